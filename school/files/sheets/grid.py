"""What a sheet and a text table have in common: named grids of cells, read column by column.

A reader first asks for the top rows alone, with `recognise` turning each text into what is known
about it (or into nothing); then for the wanted columns. What lies in other columns is never kept.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple, Protocol

from school.files.sheets.trouble import Place

MAX_ROWS = 10_000
MAX_COLUMNS = 400
MAX_CELLS = 600_000
TOP_ROWS = 15
_LETTERS = 26
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class Broken(Enum):
    """A cell without a usable value."""

    ERROR = "error_cell"  # #REF!, #N/A …
    UNCALCULATED = "formula_empty"  # a formula saved without its result


_EPOCH = date(1899, 12, 30)
_FIRST_DAY, _LAST_DAY = 1, 80_000


class Typed(float):
    """A number that a spreadsheet shows as something else: what was typed is not in the file.

    Attributes:
        kind: "date", "time", or "formula" for a nought that a formula was saved with.
    """

    kind: str

    def __new__(cls, number: float, kind: str) -> "Typed":
        """The number with its kind."""
        made = super().__new__(cls, number)
        made.kind = kind
        return made


Value = str | float | Broken
Grid = dict[int, dict[int, Value]]
"""Row number (from 1) → column number (from 1) → value; empty cells are absent."""


class Span(NamedTuple):
    """A merged block of cells, ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Seen:
    """What there was in a table, whether it was kept or not.

    Attributes:
        filled: row → columns of its cells that are not empty.
        hidden_rows: rows that the person's program does not show.
        hidden_columns: columns that it does not show.
        struck: row → columns of its cells with a line through the text.
        commented: cells that a comment hangs on.
    """

    filled: dict[int, list[int]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    struck: dict[int, list[int]] = field(default_factory=dict)
    commented: list[tuple[int, int]] = field(default_factory=list)


class Placed(Protocol):
    """Something in a file."""

    @property
    def place(self) -> Place:
        """It as a whole."""
        ...


class Table(Placed, Protocol):
    """A grid with a name."""

    @property
    def day_shift(self) -> int:
        """Days that its day numbers lack: a workbook may count from 1904."""
        ...

    @property
    def seen(self) -> Seen:
        """All that there was in it at the last reading down to the end."""
        ...

    def read(
        self,
        *,
        columns: Collection[int] | None = None,
        last_row: int | None = None,
        recognise: Callable[[str], str] | None = None,
    ) -> Grid:
        """The cells of some columns (None: all) down to a row (None: the last).

        Raises:
            FileRefusedError: broken, or more than a school's file has.
        """
        ...

    def spans(self) -> list[Span]:
        """The merged blocks."""
        ...


def letters(column: int) -> str:
    """3 → "C", 28 → "AB"."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, _LETTERS)
        text = chr(ord("A") + rest) + text
    return text


def reference(text: str) -> tuple[int, int] | None:
    """From "C7" → (7, 3); None where it is no reference."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return int(match[2]), column


def cell_place(table: Placed, row: int, column: int = 0) -> Place:
    """A place inside a table."""
    return Place(table.place.file, table.place.sheet, row, letters(column))


def number_text(value: float) -> str:
    """7.0 → "7", 7.5 → "7.5"."""
    return str(int(value)) if value == int(value) else str(value)


def as_text(value: Value | None, day_shift: int = 0) -> str:
    """A cell as text; empty where it has none. A day of the calendar is its date: "2026-11-23"."""
    if isinstance(value, Typed) and value.kind == "date" and value.is_integer():
        days = int(value) + day_shift
        if _FIRST_DAY <= days <= _LAST_DAY:
            return (_EPOCH + timedelta(days=days)).isoformat()
    if isinstance(value, float):
        return number_text(value) if abs(value) < 1e15 else str(value)
    return value if isinstance(value, str) else ""
