"""Rows of a pupil list: every row becomes a pupil or one error with its place."""

from collections.abc import Iterator
from datetime import date

from sync.school.files.birth import BirthError, read_birth, swapped_serials
from sync.school.files.cells import MAX_GROUP, makes_key
from sync.school.files.grid import Broken, Table, as_text, cell_place
from sync.school.files.layout import Layout
from sync.school.files.list_body import Row
from sync.school.files.list_rows import ListRows, RowError
from sync.school.files.people_read import PupilRead
from sync.school.files.trouble import Trouble

MAX_RUNNING = 99_999
MAX_GENDER = 10


def read_pupils(table: Table, layout: Layout) -> Iterator[PupilRead | Trouble]:
    """The pupils of one table; who has left is left out.

    Raises:
        FileRefusedError: broken, too large, or with spoilt letters.
    """
    rows = ListRows.of(table, layout)
    births = layout.of("birth")
    by_serial = swapped_serials(row.get(c) for row in rows.body.values() for c in births)
    if by_serial:
        place = cell_place(table, next(iter(rows.body)), births[0])
        yield Trouble("swapped_birth", place, {"value": by_serial})
    for n, row in rows.body.items():
        try:
            pupil = _pupil(rows, n, row)
        except RowError as error:
            yield error.trouble(table, n)
        else:
            if pupil is not None:
                yield pupil


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
    if not makes_key(name, MAX_GROUP):
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
