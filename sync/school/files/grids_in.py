"""Timetables as people draw them: classes across, teachers down, or a flat list.

Source: domain reference §2.4 (shapes 2 to 4), reconstructed; confirm with a school's samples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sync.school.files.cells import (
    Cell,
    is_class_name,
    session_of,
    slot_of,
    teachers_in,
    weekday_of,
)
from sync.school.files.grid import Table, cell_place
from sync.school.files.grid_texts import (
    DAY_HEADS,
    SESSION_HEADS,
    SLOT_HEADS,
    Found,
    Texts,
    lesson_cells,
    slot_row,
    taught_cells,
    texts_of,
    weekday_columns,
)
from sync.school.files.headings import class_name_of, plain
from sync.school.files.trouble import Trouble
from sync.school.names import clean
from sync.school.records import Session

_TEACHER_HEADS = ("giao vien", "ho va ten", "ho ten", "ten gv", "gv", "teacher")
_FLAT = {
    "lop": "group", "ten lop": "group", "ma lop": "group", "nhom": "group", "lop nhom": "group",
    "class": "group", "thu": "day", "ngay": "day", "buoi": "session", "tiet": "slot",
    "tiet hoc": "slot", "mon": "subject", "mon hoc": "subject", "ten mon": "subject",
    "giao vien": "teacher", "gv": "teacher", "gvbm": "teacher", "ten giao vien": "teacher",
    "giao vien day": "teacher", "phong": "room", "phong hoc": "room",
}  # fmt: skip
_MIN_CLASSES = 2


def flat_cells(table: Table) -> Iterator[Found]:
    """A list with a lesson in each row."""
    texts = texts_of(table.read())
    header = next(row for row in sorted(texts) if flat_header(texts[row]))
    where = flat_header(texts[header])
    outside = session_of(table.place.sheet) or session_of(table.place.file)
    for row in sorted(texts):
        if row > header:
            line = {name: texts[row].get(column, "") for name, column in where.items()}
            if line["group"] and line["day"]:
                yield from _flat_row(table, row, line, outside)


def class_grid_cells(table: Table) -> Iterator[Found]:
    """Classes across, days and lessons down; sessions as blocks, a column, or sheets."""
    texts = texts_of(table.read())
    block: _ClassBlock | None = None
    session = session_of(table.place.sheet) or session_of(table.place.file)
    for row in sorted(texts):
        line = texts[row]
        if header := class_header(line):
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
    texts = texts_of(table.read())
    session = session_of(table.place.sheet) or session_of(table.place.file)
    header: _TeacherHeader | None = None
    skip_to = 0
    for row in sorted(texts):
        line = texts[row]
        slots = slot_row(texts, row) if weekday_columns(line) else 0
        if slots:
            header = _TeacherHeader.of(texts, row, slots, session)
            skip_to = slots
        elif row > skip_to:
            if header is not None and any(c >= header.first for c in line):
                yield from header.cells(table, row, line)
            elif len(line) <= 2:
                session = session_of(" ".join(line.values())) or session


def flat_header(line: Mapping[int, str]) -> dict[str, int]:
    """Columns by what they hold; none where the row heads no list."""
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
class ClassHeader:
    """Which column is which class, and where days, lessons and sessions stand (0: nowhere)."""

    classes: Mapping[int, str]
    day: int
    slot: int
    session: int


def class_header(line: Mapping[int, str]) -> "ClassHeader | None":
    """The columns of a class grid; None where the row heads none."""
    heads = {plain(text): column for column, text in line.items()}
    classes = {c: name for c, t in line.items() if is_class_name(name := class_name_of(t))}
    day = next((heads[h] for h in heads if h in DAY_HEADS), 0)
    slot = next((heads[h] for h in heads if h in SLOT_HEADS), 0)
    session = next((heads[h] for h in heads if h in SESSION_HEADS), 0)
    if not classes or (len(classes) < _MIN_CLASSES and not (day and slot)):
        return None
    others = len(line) - len(classes)
    if others > 5 or not (day or slot or len(classes) > _MIN_CLASSES):
        return None
    first = min(classes)
    return ClassHeader(classes, day or max(first - 2, 1), slot or max(first - 1, 1), session)


class _ClassBlock:
    """The rows under one heading of classes; days are named once and hold until the next."""

    def __init__(self, header: ClassHeader, session: Session | None) -> None:
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
                yield from lesson_cells(table, (row, column), name, (weekday, *slot),
                                       line.get(column, ""))  # fmt: skip


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
        days = weekday_columns(texts[row])
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
        subject = clean(line.get(self.subject, ""))
        for column, when in self.slots.items():
            text = line.get(column, "")
            yield from taught_cells(table, (row, column), teachers, when, text, subject)
