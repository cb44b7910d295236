"""Which column of a list is which: headings found under a title.

The top rows are read heading by heading: of a text that no map names only a sign is kept, so the
columns of parents, ethnicity, addresses and fees are passed over unread.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from school.files.cells import is_class_name
from school.files.class_names import class_in, class_name_of
from school.files.rosters.column_choice import ask_columns, said_headings
from school.files.sheets.columns import NUMBER, OTHERS, Heads, by_role, heads_of, second_list
from school.files.sheets.grid import TOP_ROWS, Grid, Table, as_text, cell_place, letters
from school.files.sheets.headings import MAPS, column_map, known_roles, plain, same_headings
from school.files.sheets.ledger import Reading
from school.files.sheets.questions import Choice, Question
from school.files.sheets.trouble import refuse

_TITLE = "="
_STAFF = "@"
_TEXT = "~"
_MAX_HEADING = 60


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in a table.

    Attributes:
        system: the map that fits best; `general` where none does.
        first_row: the first row below the headings.
        columns: role → columns, left to right (a name may take several).
        class_name: the class in the title; empty where there is none.
        code_system: whose codes they are, as in `OfficeCode.system`; empty where there are none.
        is_of_staff: whether it lists staff, not pupils.
        kinds: what its columns hold, by the maps' words for it.
        unheaded: a column without a heading right of the name, which may hold its last word; 0
            where there is none.
        headed: columns with any heading.
        heads: cells of the headings that name its columns.
    """

    system: str
    first_row: int
    columns: Mapping[str, tuple[int, ...]]
    class_name: str
    code_system: str
    is_of_staff: bool
    kinds: frozenset[str]
    unheaded: int = 0
    headed: frozenset[int] = frozenset()
    heads: frozenset[tuple[int, int]] = frozenset()

    def of(self, role: str) -> tuple[int, ...]:
        """The columns of a role; none where the table has no such column."""
        return self.columns.get(role, ())


def sheet_class(table: Table) -> str:
    """The class that a sheet is named after ("10A1", "10A2 (43)"); empty where it is none."""
    name = class_name_of(table.place.sheet)
    found = class_in(f"lớp {name}")
    return found if found == name or is_class_name(found) else ""


def is_look_up(table: Table, layout: Layout) -> bool:
    """Whether a sheet looks like one that others choose values from: only numbers and names.

    Such a sheet is headed "Tên", or called after what it lists ("DAN_TOC").
    """
    has_class = bool(layout.class_name or sheet_class(table))
    if has_class or layout.is_of_staff or not layout.kinds <= {"stt", "name", "given"}:
        return False
    tab = f"{plain(table.place.sheet)} "
    named = any(tab.startswith(f"{word} ") for word in column_map("general").words["look_ups"])
    return named or "name" not in layout.kinds


def find_layout(table: Table, reading: Reading) -> Layout | None:
    """The layout of a list of pupils or of staff; None where the table is none.

    A person may have said which of its columns is which.

    Raises:
        FileRefusedError: broken, too large, or two lists beside each other.
    """
    said = said_headings(reading)
    top = table.read(last_row=TOP_ROWS + 1, recognise=lambda text: _recognise(text, said))
    heads = heads_of(top, table.spans())
    if heads is None:
        return None
    if said:
        ask_columns([table], reading)  # noted as answered
    reading.note_headings(table, heads.row)
    if second := second_list(heads.open):
        raise refuse("two_lists", cell_place(table, heads.row, second))
    columns = by_role(_one_class(table, heads, reading))
    found = frozenset(heads.known.values())
    fitting = [name for name in MAPS if column_map(name).signature <= found]
    system = fitting[0] if fitting else "general"
    is_of_staff = _is_of_staff(top, heads.row, found, table)
    unread = ("class", "birth", "gender") if is_of_staff else ("homeroom", "unit")
    return Layout(
        system=system,
        first_row=heads.first_row,
        columns={role: where for role, where in columns.items() if role not in unread},
        class_name=_title_class(top, heads.row),
        code_system=_code_system([heads.known[c] for c in columns.get("code", ())], system),
        is_of_staff=is_of_staff,
        kinds=frozenset(known_roles()[text] for text in heads.open.values()),
        unheaded=_unheaded(heads, columns["name"]),
        headed=heads.taken,
        heads=frozenset((row, c) for row in range(heads.row, heads.first_row) for c in heads.open),
    )


def _one_class(table: Table, heads: Heads, reading: Reading) -> Mapping[int, str]:
    """The headings with one column of classes: of several a person says which."""
    classes = {c: text for c, text in heads.open.items() if known_roles()[text] == "class"}
    if len(classes) < 2:
        return heads.open
    choices = tuple(
        Choice(letters(c), "heading", {"column": letters(c), "heading": text})
        for c, text in classes.items()
    )
    place = cell_place(table, heads.row, max(classes))
    asked = Question("which_column", place, choices, {"role": "Lớp"}, about="classes")
    chosen = reading.ask(asked) or letters(min(classes))
    return {c: t for c, t in heads.open.items() if c not in classes or letters(c) == chosen}


def _unheaded(heads: Heads, names: tuple[int, ...]) -> int:
    is_whole = len(names) == 1 and known_roles()[heads.known[names[0]]] == "name"
    return names[0] + 1 if is_whole and names[0] + 1 not in heads.taken else 0


def _is_of_staff(top: Grid, header: int, found: frozenset[str], table: Table) -> bool:
    """By headings that only staff lists have, by the title; a class makes it a pupil list."""
    general = column_map("general")
    roles = {general.roles.get(heading, "") for heading in found}
    if "class" in roles:
        return False
    if found & set(general.words["staff"]):
        return True
    has_class = bool(_title_class(top, header) or sheet_class(table))
    return not has_class and (_STAFF in _titles(top, header) or "unit" in roles)


def _code_system(named: list[str], system: str) -> str:
    """The Ministry's where the heading says so, else those of the system that made the file."""
    if not named:
        return ""
    if any(word in named[0] for word in ("dinh danh", "moet")):
        return "moet"
    return "school" if system == "general" else system


def _recognise(text: str, said: Mapping[str, str]) -> str:
    heading = plain(text)
    if heading in said:
        return said[heading]
    if known := same_headings().get(heading.replace(" ", "")):
        return known if heading not in known_roles() else heading
    if name := class_in(text):
        return f"{_TITLE}{name}"
    if heading.startswith(column_map("general").words["staff_titles"]):
        return _STAFF
    if len(heading) < _MAX_HEADING and _is_of_others(heading):
        return OTHERS
    return NUMBER if heading[:1].isdigit() else _TEXT if heading else ""


def _is_of_others(heading: str) -> bool:
    words, text = column_map("general").words, f" {heading} "
    for phrase in words["not_others"]:
        text = text.replace(f" {phrase} ", " ")
    return any(f" {word} " in text for word in words["others"])


def _titles(top: Grid, header: int) -> list[str]:
    return [as_text(value) for row in range(1, header) for value in top.get(row, {}).values()]


def _title_class(top: Grid, header: int) -> str:
    return next((text[1:] for text in _titles(top, header) if text[:1] == _TITLE), "")
