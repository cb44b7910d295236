"""A table as a person sees it: texts by row, one cell's text over all the cells merged into it."""

import unicodedata
from collections.abc import Collection, Container
from datetime import date

from sync.school.files.birth import read_birth
from sync.school.files.cells import slot_of
from sync.school.files.grid import (
    MAX_CELLS,
    MAX_ROWS,
    Broken,
    Grid,
    Span,
    Table,
    Value,
    as_text,
    cell_place,
)
from sync.school.files.trouble import Trouble, refuse
from sync.school.records import Session

Texts = dict[int, dict[int, str]]
Spot = tuple[int, int]
"""Row and column, from 1."""


class Page:
    """A table, whole or some of its columns.

    Attributes:
        place: the table.
        texts: its rows without empty cells; a merged block's text stands in its first cell only.
        afternoon: lesson numbers that it gives to the afternoon, lessons or not.

    Raises:
        FileRefusedError: broken, or more than a school's file has.
    """

    def __init__(self, table: Table, columns: Collection[int] | None = None) -> None:
        """Read all columns, or some."""
        grid = table.read(columns=columns)
        self.place = table.place
        self.texts = texts_of(grid)
        self.afternoon: set[int] = set()
        self._broken = {
            row: {column: value for column, value in line.items() if isinstance(value, Broken)}
            for row, line in grid.items()
        }
        self._day_shift = table.day_shift
        self._first = self._covered(grid, table.spans())

    def at(self, row: int, column: int) -> str:
        """What is seen in a cell: its own text or that of its merged block."""
        row, column = self.first_of(row, column)
        return self.texts.get(row, {}).get(column, "")

    def first_of(self, row: int, column: int) -> Spot:
        """The first cell of the block that a cell is merged into; the cell itself in no block."""
        return self._first.get((row, column), (row, column))

    def day(self, row: int, column: int) -> date | None:
        """The day in a cell; None where it is empty.

        Raises:
            BirthError: it is no day.
        """
        text = self.at(row, column)
        return read_birth(float(text) + self._day_shift if text.isdecimal() else text)

    def slot(self, label: str, session: Session | None) -> tuple[Session, int] | None:
        """As `slot_of`; what the afternoon is given is remembered."""
        found = slot_of(label, session)
        if found and found[0] is Session.AFTERNOON:
            self.afternoon.add(found[1])
        return found

    def broken(self, row: int, columns: Container[int]) -> list[Trouble]:
        """An error for each cell of a row without a usable value."""
        return [
            Trouble(value.value, cell_place(self, row, column))
            for column, value in sorted(self._broken.get(row, {}).items())
            if column in columns
        ]

    def _covered(self, grid: Grid, spans: list[Span]) -> dict[Spot, Spot]:
        """Cell → first cell of its block, as far down and right as there are texts."""
        rows = max(grid, default=0)
        columns = max((column for line in grid.values() for column in line), default=0)
        found: dict[Spot, Spot] = {}
        room = MAX_CELLS  # blocks that lie over one another must not take all the time there is
        for span in spans:
            if span.left not in self.texts.get(span.top, {}):
                continue
            down = range(span.top, min(span.bottom, rows) + 1)
            across = range(span.left, min(span.right, columns) + 1)
            room -= len(down) * len(across)
            if room < 0:
                raise refuse("too_many_rows", self.place, limit=str(MAX_ROWS))
            found |= {(row, column): (span.top, span.left) for row in down for column in across}
        return found


def texts_of(grid: Grid) -> Texts:
    """The rows as texts (NFC), without empty cells."""
    return {
        row: {column: text for column, value in line.items() if (text := _text(value))}
        for row, line in grid.items()
    }


def _text(value: Value) -> str:
    return unicodedata.normalize("NFC", as_text(value)).strip()
