"""A table as a person sees it: texts by row, one cell's text over all the cells merged into it."""

import unicodedata
from collections.abc import Collection, Container, Iterable
from copy import copy
from datetime import date

from school.files.sheets.birth import read_birth
from school.files.sheets.dated_days import dated
from school.files.sheets.grid import (
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
from school.files.sheets.labels import slot_of
from school.files.sheets.ledger import Reading
from school.files.sheets.remarks import cut_struck
from school.files.sheets.retyped import Wrong, retyped
from school.files.sheets.trouble import Trouble, refuse
from school.records import Session

Texts = dict[int, dict[int, str]]
Spot = tuple[int, int]
"""Row and column, from 1."""


class Page:
    """A table, whole or some of its columns.

    Attributes:
        place: the table.
        ledger: what became of its cells.
        reading: the import that it is read for.
        texts: its rows without empty cells; a merged block's text stands in its first cell only.
        afternoon: lesson numbers that it gives to the afternoon, lessons or not.

    Raises:
        FileRefusedError: broken, or more than a school's file has.
    """

    def __init__(
        self, table: Table, reading: Reading, columns: Collection[int] | None = None
    ) -> None:
        """Read all columns, or some."""
        grid = table.read(columns=columns)
        self.place = table.place
        self.reading = reading
        self.ledger = reading.ledger(table)
        spots = [(row, column) for row, line in grid.items() for column in line]
        for row, column in cut_struck(table, grid, spots, self.ledger, reading):
            del grid[row][column]
        self.texts = texts_of(grid, table.day_shift)
        reading.show(self.ledger, self.texts)
        self.afternoon: set[int] = set()
        self._broken = {
            row: {column: value for column, value in line.items() if isinstance(value, Broken)}
            for row, line in grid.items()
        }
        self._day_shift = table.day_shift
        self._retyped = {
            (row, column): wrong
            for row, line in grid.items()
            for column, value in line.items()
            if isinstance(value, float) and (wrong := retyped(value, table.day_shift))
        }
        self._first = self._covered(grid, table.spans())

    def at(self, row: int, column: int) -> str:
        """What is seen in a cell: its own text or that of its merged block."""
        row, column = self.first_of(row, column)
        return self.texts.get(row, {}).get(column, "")

    def first_of(self, row: int, column: int) -> Spot:
        """The first cell of the block that a cell is merged into; the cell itself in no block."""
        return self._first.get((row, column), (row, column))

    def spots_of(self, at: Spot, slot_column: int) -> list[Spot]:
        """A cell and those below it, where one lesson number stands over several rows."""
        row, column = at
        spots = {at: None}
        while self.first_of(row + 1, slot_column) == (at[0], slot_column):
            row += 1
            spots[self.first_of(row, column)] = None
        first = self.first_of(*at)
        return [at, *(spot for spot in spots if spot not in {at, first})]

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

    def read(self, row: int, column: int, meaning: str) -> str:
        """As `at`; the cell is marked as one that the result depends on."""
        first = self.first_of(row, column)
        text = self.texts.get(first[0], {}).get(first[1], "")
        if text:
            self.ledger.use([first], meaning)
        return text

    def mark_dates(self, spots: Iterable[Spot]) -> None:
        """Mark those cells that name a day by its date."""
        named = (spot for spot in spots if dated(self.texts.get(spot[0], {}).get(spot[1], "")))
        self.ledger.use(named, "day", "by_date")

    def pass_over(self, row: int, why: str, columns: Iterable[int] | None = None) -> None:
        """Mark cells of a row, or all of them, as holding nothing that is wanted."""
        line = self.texts.get(row, {}) if columns is None else columns
        self.ledger.pass_over(((row, column) for column in line), why)

    def retyped(self, row: int, columns: Container[int]) -> list[Trouble]:
        """An error for each cell of a row where a text is meant and a date or a time stands."""
        return [
            Trouble(wrong[0], cell_place(self, row, column), wrong[1])
            for column in sorted(self.texts.get(row, {}))
            if column in columns and (wrong := self._retyped_at(row, column))
        ]

    def window(self, first: int, last: int, titles: Container[int]) -> "Page":
        """The columns of one of several grids beside each other; rows of titles are whole."""
        part = copy(self)
        part.texts = {
            row: kept
            for row, line in self.texts.items()
            if (kept := {c: t for c, t in line.items() if row in titles or first <= c <= last})
        }
        return part

    def broken(self, row: int, columns: Container[int]) -> list[Trouble]:
        """An error for each cell of a row without a usable value."""
        return [
            Trouble(value.value, cell_place(self, row, column))
            for column, value in sorted(self._broken.get(row, {}).items())
            if column in columns
        ]

    def _retyped_at(self, row: int, column: int) -> Wrong | None:
        return self._retyped.get((row, column)) or retyped(self.texts[row][column])

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


def texts_of(grid: Grid, day_shift: int = 0) -> Texts:
    """The rows as texts (NFC), without empty cells; days lack `day_shift`, as of their table."""
    return {
        row: {column: text for column, value in line.items() if (text := _text(value, day_shift))}
        for row, line in grid.items()
    }


def _text(value: Value, day_shift: int) -> str:
    return unicodedata.normalize("NFC", as_text(value, day_shift)).strip()
