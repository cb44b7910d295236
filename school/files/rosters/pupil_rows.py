"""Rows of a pupil list: every row becomes a pupil or one error with its place."""

import re
from collections.abc import Iterator
from datetime import date

from school.files.cells import MAX_GROUP, makes_key
from school.files.rosters.layout import Layout
from school.files.rosters.list_body import Row
from school.files.rosters.list_rows import ListRows, RowError
from school.files.rosters.people_read import PupilRead
from school.files.sheets.birth import BirthError, read_birth, serial_text, swapped_serials
from school.files.sheets.grid import Broken, Table, as_text, cell_place
from school.files.sheets.ledger import Reading
from school.files.sheets.questions import Choice, Question
from school.files.sheets.trouble import Trouble

_SEVERAL = re.compile(
    r"[0-9]{1,2}[^\W\d_]\S*\s*(?:[,;+&/]|\bvà\b)\s*[0-9]{1,2}[^\W\d_]", re.IGNORECASE
)
"""Two classes in one cell: a pupil is in one."""
MAX_RUNNING = 99_999
MAX_GENDER = 10


def read_pupils(table: Table, layout: Layout, reading: Reading) -> Iterator[PupilRead | Trouble]:
    """The pupils of one table; who has left is left out.

    Raises:
        FileRefusedError: broken, too large, or with spoilt letters.
    """
    rows = ListRows.of(table, layout, reading)
    _settle_births(rows, reading)
    for n, row in rows.body.items():
        try:
            pupil = _pupil(rows, n, row)
        except RowError as error:
            yield error.trouble(table, n)
        else:
            rows.mark(n, row, has_left=pupil is None)
            if pupil is not None:
                yield pupil


def _settle_births(rows: ListRows, reading: Reading) -> None:
    """Ask about days and months that a spreadsheet has swapped, and swap them back if so said."""
    spots = [
        (n, c)
        for c in rows.layout.of("birth")
        for n, row in rows.body.items()
        if isinstance(row.get(c), float)
    ]
    every = [row.get(c) for row in rows.body.values() for c in rows.layout.of("birth")]
    if not spots or not swapped_serials(every):
        return
    row, column = spots[0]
    seen, meant = (serial_text(rows.body[row][column], swaps=swaps) for swaps in (False, True))
    choices = (
        Choice("swap", "swap", {"seen": seen, "meant": meant}),
        Choice("keep", "keep", {"seen": seen}),
    )
    place = cell_place(rows.table, row, column)
    asked = Question("swapped_birth", place, choices, {"n": str(len(spots)), "seen": seen})
    if reading.ask(asked) == "swap":
        for n, c in spots:
            rows.body[n][c] = serial_text(rows.body[n][c], swaps=True)


def _pupil(rows: ListRows, n: int, row: Row) -> PupilRead | None:
    if rows.has_left(row):
        return None
    name = rows.name(n, row)
    class_name = _class(rows, n)
    code, system = rows.code(row)
    return PupilRead(
        name=name,
        class_name=class_name,
        code=code,
        birth=_birth(rows, row),
        stt=_stt(rows, row),
        gender=rows.text(row, "gender")[:MAX_GENDER],
        place=cell_place(rows.table, n),
        system=system,
    )


def _class(rows: ListRows, n: int) -> str:
    column = (rows.layout.of("class") or (0,))[0]
    name = rows.class_of(n)
    if not name:
        raise RowError("no_class", column)
    if not makes_key(name, MAX_GROUP) or _SEVERAL.match(name):
        raise RowError("bad_class", column, value=name[:20])
    return name


def _birth(rows: ListRows, row: Row) -> date | None:
    for column in rows.layout.of("birth"):
        value = row.get(column)
        if value is None:
            continue
        if isinstance(value, Broken):
            raise RowError(value.value, column)
        try:
            return read_birth(value)
        except BirthError as error:
            raise RowError(error.code, column, value=as_text(value)[:12]) from error
    return None


def _stt(rows: ListRows, row: Row) -> int | None:
    text = rows.text(row, "stt").rstrip(".")
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text[:6]) <= MAX_RUNNING:
        raise RowError("bad_stt", rows.layout.of("stt")[0], value=text[:12])
    return int(text)
