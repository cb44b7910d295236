"""What people say beside the texts: brackets after a name, a line through a cell.

Only a person can tell what they mean by it. A question names nobody: it is kept in a template.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from school.files.sheets.grid import Table, Value, as_text, cell_place
from school.files.sheets.ledger import Ledger, Reading
from school.files.sheets.questions import Choice, Question

_BRACKETS = re.compile(r"\s*(?:\([^()]*\)?|\[[^\[\]]*\]?)")
_CHOICES = (Choice("keep", "as_it_is"), Choice("cut", "cut"))
_MAX_TEXT = 60


def cuts_remarks(
    table: Table, rows: Mapping[int, Mapping[int, Value]], names: Sequence[int], reading: Reading
) -> bool:
    """Whether what stands in brackets in the columns of names is no part of them."""
    held = [
        (n, c, found[0].strip())
        for n, row in rows.items()
        for c in names
        if (found := _BRACKETS.search(as_text(row.get(c))))
    ]
    if not held:
        return False
    row, column, remark = held[0]
    params = {"n": str(len({n for n, _, _ in held})), "remark": remark[:_MAX_TEXT]}
    asked = Question("name_remark", cell_place(table, row, column), _CHOICES, params)
    return reading.ask(asked) == "cut"


def without_remark(name: str) -> str:
    """A name without what stands in brackets."""
    return _BRACKETS.sub("", name).strip()


def cut_struck(
    table: Table,
    grid: Mapping[int, dict[int, Value]],
    spots: Iterable[tuple[int, int]],
    ledger: Ledger,
    reading: Reading,
) -> set[tuple[int, int]]:
    """The cells with a line through the text, of some, where a person says that they are out."""
    columns = table.seen.struck
    struck = [(n, c) for n, c in spots if c in columns.get(n, ()) and as_text(grid[n].get(c))]
    if not struck:
        return set()
    row, column = struck[0]
    asked = Question("struck", cell_place(table, row, column), _CHOICES, {"n": str(len(struck))})
    if reading.ask(asked) != "cut":
        return set()
    ledger.pass_over(struck, "struck")
    return set(struck)
