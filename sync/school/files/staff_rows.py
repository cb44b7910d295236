"""Rows of a staff list: name, code, homeroom classes. Nothing else is read."""

import re
from collections.abc import Iterator

from sync.school.files.cells import MAX_GROUP, makes_key
from sync.school.files.class_names import class_name_of
from sync.school.files.grid import Table, cell_place
from sync.school.files.headings import plain
from sync.school.files.layout import Layout
from sync.school.files.list_body import Row
from sync.school.files.list_rows import ListRows, RowError
from sync.school.files.people_read import StaffRead
from sync.school.files.trouble import Trouble

_SEVERAL = re.compile(r"[+,;&\n]")
_NONE = frozenset({"", "khong", "0", "x"})


def read_staff(table: Table, layout: Layout) -> Iterator[StaffRead | Trouble]:
    """The staff of one table; who has left is left out.

    Raises:
        FileRefusedError: broken, too large, or with spoilt letters.
    """
    rows = ListRows.of(table, layout)
    for n, row in rows.body.items():
        try:
            if not rows.has_left(row):
                name, (code, system) = rows.name(n, row), rows.code(row)
                place = cell_place(table, n)
                yield StaffRead(name, code, system, _homerooms(rows, row), place)
        except RowError as error:
            yield error.trouble(table, n)


def _homerooms(rows: ListRows, row: Row) -> tuple[str, ...]:
    parts = [class_name_of(part) for part in _SEVERAL.split(rows.text(row, "homeroom"))]
    names = [part for part in parts if plain(part) not in _NONE]
    bad = next((name for name in names if not makes_key(name, MAX_GROUP)), None)
    if bad is not None:
        raise RowError("bad_class", rows.layout.of("homeroom")[0], value=bad[:20])
    return tuple(dict.fromkeys(names))
