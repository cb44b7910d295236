"""Rows of a staff list: name, code, homeroom classes. Nothing else is read."""

import re
from collections.abc import Iterator

from school.files.cells import MAX_GROUP, makes_key
from school.files.class_names import class_name_of
from school.files.rosters.layout import Layout
from school.files.rosters.list_body import Row
from school.files.rosters.list_rows import ListRows, RowError
from school.files.rosters.people_read import StaffRead
from school.files.sheets.grid import Table, cell_place
from school.files.sheets.headings import plain
from school.files.sheets.ledger import Reading
from school.files.sheets.trouble import Trouble

_SEVERAL = re.compile(r"[+,;&\n]")
_NONE = frozenset({"", "khong", "0", "x"})


def read_staff(table: Table, layout: Layout, reading: Reading) -> Iterator[StaffRead | Trouble]:
    """The staff of one table; who has left is left out.

    Raises:
        FileRefusedError: broken, too large, or with spoilt letters.
    """
    rows = ListRows.of(table, layout, reading)
    for n, row in rows.body.items():
        try:
            has_left = rows.has_left(row)
            if has_left:
                rows.mark(n, row, has_left=True)
            else:
                name, (code, system) = rows.name(n, row), rows.code(row)
                place = cell_place(table, n)
                homerooms = _homerooms(rows, row)
                rows.mark(n, row, has_left=False)
                yield StaffRead(name, code, system, homerooms, place)
        except RowError as error:
            yield error.trouble(table, n)


def _homerooms(rows: ListRows, row: Row) -> tuple[str, ...]:
    parts = [class_name_of(part) for part in _SEVERAL.split(rows.text(row, "homeroom"))]
    names = [part for part in parts if plain(part) not in _NONE]
    bad = next((name for name in names if not makes_key(name, MAX_GROUP)), None)
    if bad is not None:
        raise RowError("bad_class", rows.layout.of("homeroom")[0], value=bad[:20])
    return tuple(dict.fromkeys(names))
