"""Which column of a pupil list is which: headings found under a title, by maps kept as data.

The top rows are read heading by heading: a text that no map names leaves no trace in memory, so the
columns of parents, ethnicity, addresses and fees are passed over unread.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sync.school.files.grid import TOP_ROWS, Grid, Span, Table, as_text
from sync.school.names import clean, fold

_SIGNS = re.compile(r"[^a-z0-9]+")
_IN_TITLE = re.compile(r"\blớp\s*:?\s*([0-9]{1,2}[^\s,;:()]{0,10})", re.IGNORECASE)
_CLASS_PREFIX = re.compile(r"^(lớp|lop)\s+", re.IGNORECASE)
_CLASS_SHAPE = re.compile(r"^[0-9]{1,2}[^\s,;:()]{0,10}$")
_OTHERS = "!"
_TITLE = "="
_STAFF = "@"
_MAX_HEADING = 60
_BESIDE_NAME = ("stt", "code", "birth", "class", "gender", "status", "homeroom", "unit")
MAPS = ("vnedu", "smas", "qlth")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A map of one system (a file in `maps/`).

    Attributes:
        id: its short name.
        signature: headings that together tell its files.
        roles: heading → what the column holds.
        words: lists of words by purpose.
    """

    id: str
    signature: frozenset[str]
    roles: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]


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
    """

    system: str
    first_row: int
    columns: Mapping[str, tuple[int, ...]]
    class_name: str
    code_system: str
    is_of_staff: bool

    def of(self, role: str) -> tuple[int, ...]:
        """The columns of a role; none where the table has no such column."""
        return self.columns.get(role, ())


def class_name_of(text: str) -> str:
    """From "Lớp 10A1 " → "10A1"."""
    return _CLASS_PREFIX.sub("", clean(text))


def sheet_class(table: Table) -> str:
    """The class that a sheet is named after; empty where it is none."""
    name = class_name_of(table.place.sheet)
    return name if _CLASS_SHAPE.match(name) else ""


def plain(text: str) -> str:
    """A heading as maps write it: "Mã định danh Bộ GD&ĐT (*)" → "ma dinh danh bo gd dt"."""
    return _SIGNS.sub(" ", fold(text)).strip()


@cache
def column_map(name: str) -> ColumnMap:
    """A map by its id."""
    raw = resources.files(__package__).joinpath("maps", f"{name}.toml").read_text("utf-8")
    read = tomllib.loads(raw)
    roles = {heading: role for role, many in read["columns"].items() for heading in many}
    words = {purpose: tuple(many) for purpose, many in read.get("words", {}).items()}
    return ColumnMap(read["id"], frozenset(read.get("signature", ())), roles, words)


@cache
def _roles() -> dict[str, str]:
    known: dict[str, str] = {}
    for name in MAPS:
        known |= column_map(name).roles
    return known | dict(column_map("general").roles)


def find_layout(table: Table) -> Layout | None:
    """The layout of a list of pupils or of staff; None where the table is none."""
    top = table.read(last_row=TOP_ROWS + 1, recognise=_recognise)
    header = next((n for n in sorted(top) if n <= TOP_ROWS and _is_header(top, n)), None)
    if header is None:
        return None
    roles = _with_spans(top, table.spans())
    closed = {
        c for n in (header - 1, header) for c, text in roles.get(n, {}).items() if text == _OTHERS
    }
    below = _sub_headings(top, header)
    headings = {c: t for c, t in roles[header].items() if t in _roles()}
    headings |= below
    columns = _by_role({c: t for c, t in headings.items() if c not in closed})
    found = frozenset(headings.values())
    fitting = [name for name in MAPS if column_map(name).signature <= found]
    system = fitting[0] if fitting else "general"
    is_of_staff = _is_of_staff(top, header, found, table)
    unread = ("class", "birth", "gender") if is_of_staff else ("homeroom", "unit")
    return Layout(
        system=system,
        first_row=header + (2 if below else 1),
        columns={role: where for role, where in columns.items() if role not in unread},
        class_name=_title_class(top, header),
        code_system=_code_system([headings[c] for c in columns.get("code", ())], system),
        is_of_staff=is_of_staff,
    )


def _is_of_staff(top: Grid, header: int, found: frozenset[str], table: Table) -> bool:
    """By headings that only staff lists have, by the title; a class makes it a pupil list."""
    general = column_map("general")
    roles = {general.roles.get(heading, "") for heading in found}
    if "class" in roles:
        return False
    if found & set(general.words["staff"]):
        return True
    titles = {t for row in range(1, header) for t in _texts(top, row).values()}
    has_class = bool(_title_class(top, header) or sheet_class(table))
    return not has_class and (_STAFF in titles or "unit" in roles)


def _code_system(named: list[str], system: str) -> str:
    """The Ministry's where the heading says so, else those of the system that made the file."""
    if not named:
        return ""
    if any(word in named[0] for word in ("dinh danh", "moet")):
        return "moet"
    return "school" if system == "general" else system


def _recognise(text: str) -> str:
    heading = plain(text)
    if heading in _roles():
        return heading
    if match := _IN_TITLE.search(text):
        return f"{_TITLE}{match[1]}"
    if heading.startswith(column_map("general").words["staff_titles"]):
        return _STAFF
    return _OTHERS if len(heading) < _MAX_HEADING and _is_of_others(heading) else ""


def _is_of_others(heading: str) -> bool:
    words, text = column_map("general").words, f" {heading} "
    for phrase in words["not_others"]:
        text = text.replace(f" {phrase} ", " ")
    return any(f" {word} " in text for word in words["others"])


def _texts(top: Grid, row: int) -> dict[int, str]:
    return {column: as_text(value) for column, value in top.get(row, {}).items()}


def _is_header(top: Grid, row: int) -> bool:
    found = {_roles()[text] for text in _texts(top, row).values() if text in _roles()}
    if not found:
        return False  # a title right above the headings is none of them
    found |= {_roles().get(text, "") for text in _sub_headings(top, row).values()}
    return bool(found & {"name", "given"}) and bool(found & set(_BESIDE_NAME))


def _sub_headings(top: Grid, header: int) -> dict[int, str]:
    """The headings of a second heading row; none where the next row holds a pupil."""
    texts = _texts(top, header + 1)
    found = {c: t for c, t in texts.items() if t in _roles()}
    kept = {c: t for c, t in found.items() if _roles()[t] in {"family", "given", "name", "code"}}
    numbers = any(isinstance(value, float) for value in top.get(header + 1, {}).values())
    return {} if numbers else kept


def _with_spans(top: Grid, spans: list[Span]) -> dict[int, dict[int, str]]:
    rows = {row: _texts(top, row) for row in top}
    for span in spans:
        text = rows.get(span.top, {}).get(span.left)
        if text and span.top <= TOP_ROWS and span.right - span.left < 30:
            for row in range(span.top, min(span.bottom, TOP_ROWS + 1) + 1):
                for column in range(span.left, span.right + 1):
                    rows.setdefault(row, {}).setdefault(column, text)
    return rows


def _by_role(headings: Mapping[int, str]) -> dict[str, tuple[int, ...]]:
    by_role: dict[str, list[int]] = {}
    for column in sorted(headings):
        by_role.setdefault(_roles()[headings[column]], []).append(column)
    names = by_role.get("name", [])
    if "given" in by_role and (names or "family" in by_role):
        left = [c for c in [*names, *by_role.get("family", [])] if c < by_role["given"][0]][-1:]
        by_role["name"] = [*left, by_role["given"][0]]
    elif "given" in by_role:
        by_role["name"] = by_role["given"][:1]
    else:
        by_role["name"] = [c for n, c in enumerate(names) if c - n == names[0]]
    once = {
        role: tuple(found[:1])
        for role, found in by_role.items()
        if role not in {"name", "family", "given"}
    }
    return once | {"name": tuple(by_role["name"])}


def _title_class(top: Grid, header: int) -> str:
    titles = [
        t[1:] for row in range(1, header) for t in _texts(top, row).values() if t[:1] == _TITLE
    ]
    return titles[0] if titles else ""
