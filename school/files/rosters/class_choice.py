"""Which class a list is of, where its title, its sheet and its column of classes contradict."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from school.files.cells import MAX_GROUP, makes_key
from school.files.class_names import class_name_of
from school.files.rosters.layout import Layout, sheet_class
from school.files.rosters.list_body import Row
from school.files.sheets.grid import Table, as_text, cell_place
from school.files.sheets.ledger import Ledger, Reading
from school.files.sheets.questions import Choice, Question
from school.ids import group_key

_MAX_NAMED = 4


class ListSource(NamedTuple):
    """A list that is being read: where it stands, its columns, and what is noted of it."""

    table: Table
    layout: Layout
    ledger: Ledger
    reading: Reading


def class_of_titles(table: Table, layout: Layout, reading: Reading) -> str:
    """The class of the title or of the sheet; where they name two, a person says which."""
    title, sheet = layout.class_name, sheet_class(table)
    if not title or not sheet or title.isdecimal() or sheet.isdecimal():
        return title or sheet
    if group_key(title) == group_key(sheet):
        return title
    choices = (Choice("title", "title", {"name": title}), Choice("sheet", "sheet", {"name": sheet}))
    params = {"title": title, "sheet": sheet}
    asked = Question("title_or_sheet", table.place, choices, params, about=table.place.sheet)
    return sheet if reading.ask(asked) == "sheet" else title


def with_one_class(rows: ListSource, body: Mapping[int, Row]) -> Layout:
    """The layout without its column of classes, where a person says that the title holds.

    Such a column may be of the year before, or of the school before.
    """
    layout, columns = rows.layout, rows.layout.of("class")
    above = layout.class_name or sheet_class(rows.table)
    own = {row: class_name_of(as_text(body[row].get(c))) for row in body for c in columns}
    named = {row: name for row, name in own.items() if makes_key(name, MAX_GROUP)}
    if not above or above.isdecimal() or not named or layout.is_of_staff:
        return layout
    others = [row for row, name in named.items() if group_key(name) != group_key(above)]
    if not others:
        return layout
    names = list(dict.fromkeys(named.values()))
    shown = ", ".join(names[:_MAX_NAMED]) + (" …" if len(names) > _MAX_NAMED else "")
    choices = (
        Choice("title", "title", {"name": above}),
        Choice("column", "column", {"names": shown}),
    )
    place = cell_place(rows.table, others[0], columns[0])
    asked = Question("class_or_title", place, choices, {"title": above, "names": shown})
    if rows.reading.ask(asked) != "title":
        return layout
    for row in body:
        body[row].pop(columns[0], None)
    rows.ledger.pass_over(((row, columns[0]) for row in body), "not_chosen")
    kept = {role: where for role, where in layout.columns.items() if role != "class"}
    return replace(layout, columns=kept)
