"""Timetables as people draw them: classes across, teachers down, or a flat list.

Source: domain reference §2.4 (shapes 2 to 4), reconstructed; confirm with a school's samples.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sync.school.files.cells import (
    PART,
    Cell,
    is_class_name,
    session_of,
    slot_of,
    teachers_in,
    weekday_of,
)
from sync.school.files.grid import TOP_ROWS, Grid, Table, as_text, cell_place
from sync.school.files.headings import class_name_of, plain
from sync.school.files.trouble import Trouble
from sync.school.names import clean
from sync.school.records import Session

Found = Cell | Trouble
Texts = dict[int, dict[int, str]]
_DAY_HEADS = frozenset({"thu", "ngay", "thu ngay", "ngay thu", "day"})
_SLOT_HEADS = frozenset({"tiet", "tiet hoc", "so tiet", "period", "hour"})
_SESSION_HEADS = frozenset({"buoi", "buoi hoc", "session"})
_TEACHER_HEADS = ("giao vien", "ho va ten", "ho ten", "ten gv", "gv", "teacher")
_FLAT = {
    "lop": "group", "ten lop": "group", "ma lop": "group", "nhom": "group", "lop nhom": "group",
    "class": "group", "thu": "day", "ngay": "day", "buoi": "session", "tiet": "slot",
    "tiet hoc": "slot", "mon": "subject", "mon hoc": "subject", "ten mon": "subject",
    "giao vien": "teacher", "gv": "teacher", "gvbm": "teacher", "ten giao vien": "teacher",
    "giao vien day": "teacher", "phong": "room", "phong hoc": "room",
}  # fmt: skip
_IN_BRACKETS = re.compile(r"^(.+?)\s*\(([^()]+)\)$")
_DASH = re.compile(r"\s+[-–]\s+")
_MIN_CLASSES = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """A way of drawing, and how its cells are read."""

    name: str
    read: Callable[[Table], Iterator[Found]]


def shape_of(table: Table) -> Shape | None:
    """Which shape a table has; None where it is no timetable."""
    top = _texts(table.read(last_row=TOP_ROWS))
    for row in sorted(top):
        if _flat_header(top[row]):
            return Shape("flat", flat_cells)
        if _class_header(top[row]):
            return Shape("class-grid", class_grid_cells)
        if _weekday_columns(top[row]) and _slot_row(top, row):
            return Shape("teacher-grid", teacher_grid_cells)
    return None


def flat_cells(table: Table) -> Iterator[Found]:
    """A list with a lesson in each row."""
    texts = _texts(table.read())
    header = next(row for row in sorted(texts) if _flat_header(texts[row]))
    where = _flat_header(texts[header])
    outside = session_of(table.place.sheet) or session_of(table.place.file)
    for row in sorted(texts):
        if row > header:
            line = {name: texts[row].get(column, "") for name, column in where.items()}
            if line["group"] and line["day"]:
                yield from _flat_row(table, row, line, outside)


def class_grid_cells(table: Table) -> Iterator[Found]:
    """Classes across, days and lessons down; sessions as blocks, a column, or sheets."""
    texts = _texts(table.read())
    block: _ClassBlock | None = None
    session = session_of(table.place.sheet) or session_of(table.place.file)
    for row in sorted(texts):
        line = texts[row]
        if header := _class_header(line):
            block = _ClassBlock(header, session)
        elif block is None or block.is_between(line):
            title = session_of(" ".join(line.values()))
            session = title or session
            if block is not None and title is not None:
                block = _ClassBlock(block.header, title)
        else:
            yield from block.cells(table, row, line)


def teacher_grid_cells(table: Table) -> Iterator[Found]:
    """Teachers down, days and lessons across."""
    texts = _texts(table.read())
    session = session_of(table.place.sheet) or session_of(table.place.file)
    header: _TeacherHeader | None = None
    skip_to = 0
    for row in sorted(texts):
        line = texts[row]
        slots = _slot_row(texts, row) if _weekday_columns(line) else 0
        if slots:
            header = _TeacherHeader.of(texts, row, slots, session)
            skip_to = slots
        elif row > skip_to:
            if header is not None and any(c >= header.first for c in line):
                yield from header.cells(table, row, line)
            elif len(line) <= 2:
                session = session_of(" ".join(line.values())) or session


def split_lesson(text: str) -> list[tuple[str, str, str]]:
    """From "Toán - Hà", "Toán" + line break + "C.Hà", "Toán (Hà)" → subject, teacher, room.

    Two lines that each name subject and teacher are two groups.
    """
    lines = [clean(line) for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(_DASH.search(line) or _IN_BRACKETS.match(line) for line in lines):
        return [_split_line(line) for line in lines]
    if len(lines) > 1:
        return [(lines[0], lines[1].strip("()- "), lines[2].strip("()- ") if lines[2:] else "")]
    return [_split_line(lines[0])] if lines else []


def _split_line(line: str) -> tuple[str, str, str]:
    parts = [part.strip() for part in _DASH.split(line)]
    if len(parts) == 1 and (match := _IN_BRACKETS.match(line)):
        parts = [match[1], match[2]]
    elif len(parts) == 1 and "-" in line:
        before, _, after = line.rpartition("-")
        parts = [before.strip(), after.strip()]
    return (*parts[:3], *[""] * (3 - len(parts)))[:3]  # type: ignore[return-value] # three by construction


def _texts(grid: Grid) -> Texts:
    return {row: {c: as_text(v).strip() for c, v in line.items() if as_text(v).strip()}
            for row, line in grid.items()}  # fmt: skip


def _flat_header(line: Mapping[int, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, text in sorted(line.items()):
        role = _FLAT.get(plain(text))
        if role:
            found.setdefault(role, column)
    return found if {"group", "day", "slot"} <= set(found) else {}


def _flat_row(
    table: Table, row: int, line: Mapping[str, str], outside: Session | None
) -> Iterator[Found]:
    place = cell_place(table, row)
    named = line.get("session", "")
    session = session_of(named) or {"S": Session.MORNING, "C": Session.AFTERNOON}.get(named.upper())
    weekday, slot = weekday_of(line["day"]), slot_of(line["slot"], session or outside)
    if named and session is None:
        yield Trouble("bad_session", place, {"value": named[:20]})
    elif weekday is None:
        yield Trouble("bad_weekday", place, {"value": line["day"][:20]})
    elif slot is None:
        yield Trouble("bad_slot", place, {"value": line["slot"][:20]})
    else:
        for name in line["group"].split("+"):
            group = class_name_of(name)
            subject, room = clean(line.get("subject", "")), clean(line.get("room", ""))
            teachers = teachers_in(line.get("teacher", ""))
            yield Cell(group, weekday, *slot, subject, teachers, room, place)


@dataclass(frozen=True, slots=True)
class _ClassHeader:
    classes: Mapping[int, str]
    day: int
    slot: int
    session: int


def _class_header(line: Mapping[int, str]) -> _ClassHeader | None:
    heads = {plain(text): column for column, text in line.items()}
    classes = {c: name for c, t in line.items() if is_class_name(name := class_name_of(t))}
    day = next((heads[h] for h in heads if h in _DAY_HEADS), 0)
    slot = next((heads[h] for h in heads if h in _SLOT_HEADS), 0)
    session = next((heads[h] for h in heads if h in _SESSION_HEADS), 0)
    if not classes or (len(classes) < _MIN_CLASSES and not (day and slot)):
        return None
    others = len(line) - len(classes)
    if others > 5 or not (day or slot or len(classes) > _MIN_CLASSES):
        return None
    first = min(classes)
    return _ClassHeader(classes, day or max(first - 2, 1), slot or max(first - 1, 1), session)


class _ClassBlock:
    """The rows under one heading of classes; days are named once and hold until the next."""

    def __init__(self, header: _ClassHeader, session: Session | None) -> None:
        self.header = header
        self._session = session
        self._day = ""

    def is_between(self, line: Mapping[int, str]) -> bool:
        """Whether a row holds no lessons: a title between two blocks, a footer."""
        slot = line.get(self.header.slot, "")
        return slot_of(slot, Session.MORNING) is None or len(slot) > 12

    def cells(self, table: Table, row: int, line: Mapping[int, str]) -> Iterator[Found]:
        head = self.header
        if head.day != head.slot and (day := line.get(head.day)):
            self._day = day
        if head.session and (named := session_of(line.get(head.session, ""))):
            self._session = named
        weekday = weekday_of(self._day)
        slot = slot_of(line.get(head.slot, ""), self._session)
        if weekday is None:
            place = cell_place(table, row, head.day)
            yield Trouble("bad_weekday", place, {"value": self._day[:20]})
        elif slot is None:
            value = line.get(head.slot, "")[:20]
            yield Trouble("bad_slot", cell_place(table, row, head.slot), {"value": value})
        else:
            for column, name in head.classes.items():
                yield from _class_cell(table, (row, column), name, (weekday, *slot),
                                       line.get(column, ""))  # fmt: skip


def _class_cell(
    table: Table, at: tuple[int, int], name: str, when: tuple[int, Session, int], text: str
) -> Iterator[Cell]:
    lessons = split_lesson(text)
    for n, (subject, teacher, room) in enumerate(lessons, start=1):
        group = name if len(lessons) == 1 else f"{name} {PART} {n}"
        yield Cell(group, *when, subject, teachers_in(teacher), room, cell_place(table, *at))


def _weekday_columns(line: Mapping[int, str]) -> dict[int, int]:
    found = {c: day for c, text in line.items() if (day := weekday_of(text)) and not text.isdigit()}
    return found if len(found) >= 2 else {}


def _slot_row(texts: Texts, row: int) -> int:
    """The row of lesson numbers under a row of days; 0 where there is none."""
    days = _weekday_columns(texts[row])
    for below in (row + 1, row + 2):
        line = {c: t for c, t in texts.get(below, {}).items() if c >= min(days)}
        numbers = [t for t in line.values() if slot_of(t, Session.MORNING) and len(t) < 12]
        if len(numbers) >= len(days) and len(numbers) == len(line):
            return below
    return 0


@dataclass(frozen=True, slots=True)
class _TeacherHeader:
    """Which column is which day and lesson."""

    first: int
    teacher: int
    subject: int
    slots: Mapping[int, tuple[int, Session, int]]

    @classmethod
    def of(cls, texts: Texts, row: int, slots: int, session: Session | None) -> "_TeacherHeader":
        """Days and sessions hold until the next one to their right."""
        days = _weekday_columns(texts[row])
        between = texts.get(slots - 1, {}) if slots - 1 > row else {}
        found: dict[int, tuple[int, Session, int]] = {}
        day, named = 0, session
        for column in range(min(days), max(texts[slots]) + 1):
            if column in days:
                day, named = days[column], session
            named = session_of(between.get(column, "")) or named
            slot = slot_of(texts[slots].get(column, ""), named)
            if slot is not None:
                found[column] = (day, *slot)
        left = {c: plain(t) for r in range(row, slots + 1) for c, t in texts.get(r, {}).items()
                if c < min(days)}  # fmt: skip
        named_so = [c for c, t in left.items() if any(head in t for head in _TEACHER_HEADS)]
        subject = next((c for c, t in left.items() if t in {"mon", "mon day", "mon hoc"}), 0)
        teacher = named_so[0] if named_so else max(min(days) - 1, 1)
        return cls(min(days), teacher, subject, found)

    def cells(self, table: Table, row: int, line: Mapping[int, str]) -> Iterator[Found]:
        """The lessons of one teacher."""
        teachers = teachers_in(line.get(self.teacher, ""))
        if not teachers:
            return
        for column, when in self.slots.items():
            text = line.get(column, "")
            lines = split_lesson(text) if is_lesson(text) else []
            for first, second, room in lines:
                subject = second or clean(line.get(self.subject, ""))
                for name in first.split("+"):
                    yield Cell(class_name_of(name), *when, subject, teachers, room,
                               cell_place(table, row, column))  # fmt: skip


def is_lesson(text: str) -> bool:
    """Whether a teacher's cell names a class (and is not only a cross or a remark)."""
    return any(sign.isdigit() for sign in text)
