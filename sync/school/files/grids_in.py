"""Timetables as people draw them: classes across, or teachers or classes down.

Source: domain reference §2.4 (shapes 2 and 3), reconstructed; confirm with a school's samples.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sync.school.files.cells import (
    Cell,
    is_class_name,
    is_slot_label,
    session_of,
    teachers_in,
    weekday_of,
)
from sync.school.files.class_names import class_name_of
from sync.school.files.grid import MAX_COLUMNS, cell_place
from sync.school.files.grid_texts import (
    BESIDE_HEADS,
    DAY_HEADS,
    SESSION_HEADS,
    SLOT_HEADS,
    class_heading,
    named_day,
    outside_session,
    slot_row,
    title_session,
    weekday_columns,
)
from sync.school.files.headings import plain
from sync.school.files.lesson_texts import Found, When, lesson_cells, taught_cells
from sync.school.files.page import Page, Spot, Texts
from sync.school.files.trouble import Trouble
from sync.school.names import clean, fold
from sync.school.records import Session

_TEACHER_HEADS = ("giao vien", "ho va ten", "ho ten", "ten gv", "gv", "teacher")
_SUBJECT_HEADS = frozenset({"mon", "mon day", "mon hoc"})
_PART_HEADS = {"mon": "subject", "mon hoc": "subject", "gv": "teacher", "giao vien": "teacher",
    "gvbm": "teacher", "ten gv": "teacher", "phong": "room", "phong hoc": "room"}  # fmt: skip
_BREAKS = ("ra choi", "giai lao", "nghi trua")
_HAS_CLASS = re.compile(r"(?<!\w)[0-9]{1,2}[^\W\d_]")
_MIN_CLASSES, _MAX_TITLES = 2, 2


def class_grid_cells(page: Page) -> Iterator[Found]:
    """Classes across, days and lessons down; sessions as blocks, a column, or sheets.

    Days too may be blocks or sheets.
    """
    block: _ClassBlock | None = None
    session = outside_session(page.place)
    day = named_day([page.place.sheet])
    for row in sorted(page.texts):
        line = page.texts[row]
        if header := class_header(line, page.texts.get(row + 1, {})):
            yield from page.broken(row, range(MAX_COLUMNS))
            block = _ClassBlock(row, header, session, day)
        elif block is None or block.is_between(line):
            titles = line.values() if len(line) <= _MAX_TITLES else ()
            title = title_session(titles)
            session, day = title or session, named_day(titles) or day
            if block is not None:
                yield from page.broken(row, range(block.last_column + 1))
                block.pass_over(page, row)
                if title or named_day(titles):
                    block = _ClassBlock(block.row, block.header, session, day)
        else:
            yield from block.cells(page, row, line)


def has_classes_down(texts: Texts, row: int) -> bool:
    """Whether classes, not teachers, stand left of the days that a row names."""
    first, slots = min(weekday_columns(texts[row])), slot_row(texts, row)
    left = [(n, text) for n in texts for c, text in texts[n].items() if c < first and n >= row]
    if any(_is_teacher_head(text) for n, text in left if n <= slots):
        return False
    return any(is_class_name(class_name_of(text)) for n, text in left if n > slots)


def _is_teacher_head(text: str) -> bool:
    return any(head in plain(text) for head in _TEACHER_HEADS)


def teacher_grid_cells(page: Page) -> Iterator[Found]:
    """Teachers or classes down, days and lessons across."""
    session = outside_session(page.place)
    header: _TeacherHeader | None = None
    skip_to = 0
    for row in sorted(page.texts):
        line = page.texts[row]
        slots = slot_row(page.texts, row) if weekday_columns(line) else 0
        if slots:
            header = _TeacherHeader.of(page, row, slots, session)
            skip_to = slots
        if header is not None:
            yield from page.broken(row, range(header.last + 1))
        if row > skip_to:
            if header is not None and any(c >= header.first for c in line):
                yield from header.cells(page, row, line)
            elif len(line) <= _MAX_TITLES:
                session = title_session(line.values()) or session


@dataclass(frozen=True, slots=True)
class ClassHeader:
    """Which column is which class, and where days, lessons and sessions stand (0: nowhere).

    Attributes:
        classes: column → class.
        parts: column of a class → where subject, teacher and room have columns of their own.
        day: column of the days.
        slot: column of the lesson numbers.
        session: column of the sessions.
        others: columns that hold no lessons by their heading.
    """

    classes: Mapping[int, str]
    parts: Mapping[int, Mapping[str, int]]
    day: int
    slot: int
    session: int
    others: frozenset[int]


def class_header(line: Mapping[int, str], below: Mapping[int, str]) -> "ClassHeader | None":
    """The columns of a class grid; None where the row heads none.

    Args:
        line: the row.
        below: the next one, which may part the classes into subject, teacher and room.
    """
    heads: dict[str, int] = {}
    for column, text in sorted(line.items()):
        heads.setdefault(plain(text), column)
    classes = {c: name for c, text in line.items() if (name := class_heading(text))}
    day = next((heads[h] for h in heads if h in DAY_HEADS), 0)
    slot = next((heads[h] for h in heads if h in SLOT_HEADS), 0)
    session = next((heads[h] for h in heads if h in SESSION_HEADS), 0)
    if not classes or (len(classes) < _MIN_CLASSES and not (day and slot)):
        return None
    if len(line) - len(classes) > 5 or not (day or slot or len(classes) > _MIN_CLASSES):
        return None
    first = min(classes)
    others = frozenset(c for c, text in line.items() if plain(text) in BESIDE_HEADS)
    parts = _parts(classes, line, below)
    return ClassHeader(
        classes, parts, day or max(first - 2, 1), slot or max(first - 1, 1), session, others
    )


def _parts(
    classes: Mapping[int, str], line: Mapping[int, str], below: Mapping[int, str]
) -> dict[int, dict[str, int]]:
    """The columns under a class, where the next row names them: Môn, GV, Phòng."""
    found: dict[int, dict[str, int]] = {}
    for column in classes:
        end = min((c for c in line if c > column), default=column + len(_PART_HEADS))
        roles = {_PART_HEADS.get(plain(below.get(c, "")), ""): c for c in range(column, end)}
        if {"subject", "teacher"} <= set(roles):
            found[column] = roles
    return found


class _ClassBlock:
    """The rows under one heading of classes; days are named once and hold until the next."""

    def __init__(self, row: int, header: ClassHeader, session: Session | None, day: str) -> None:
        self.row = row
        self.header = header
        self._session = session
        self._day = day
        self._lesson_row = 0
        self._passed: list[Trouble] = []
        used = {column for roles in header.parts.values() for column in roles.values()}
        self._used = {*header.classes, *used, *header.others}
        self._used |= set(range(max(header.day, header.slot, header.session) + 1))
        self.last_column = max(self._used)

    def is_between(self, line: Mapping[int, str]) -> bool:
        """Whether a row holds no lessons: a title between two blocks, a footer."""
        return not is_slot_label(line.get(self.header.slot, ""))

    def pass_over(self, page: Page, row: int) -> None:
        """Note a row without a number that has texts of classes: told if lessons follow below it.

        Before the first lesson stand homeroom teachers, after the last one signatures.
        """
        texts = [text for c in self.header.classes if (text := page.texts[row].get(c))]
        is_part = page.first_of(row, self.header.slot)[0] == self._lesson_row
        is_break = any(word in fold(text) for text in texts for word in _BREAKS)
        if self._lesson_row and len(texts) >= _MIN_CLASSES and not is_part and not is_break:
            place = cell_place(page, row, self.header.slot)
            self._passed.append(Trouble("no_value", place, {"name": "Tiết"}))

    def cells(self, page: Page, row: int, line: Mapping[int, str]) -> Iterator[Found]:
        """The lessons of a row."""
        head = self.header
        self._lesson_row = row
        yield from self._passed
        self._passed = []
        yield from self._unheaded(page, line)
        broken = page.broken(row, range(self.last_column + 1))
        yield from broken
        if head.day != head.slot and (day := line.get(head.day)):
            self._day = day
        if head.session and (named := session_of(line.get(head.session, ""))):
            self._session = named
        weekday = weekday_of(self._day)
        slot = page.slot(line.get(head.slot, ""), self._session)
        if weekday is None and not broken:
            place = cell_place(page, row, head.day)
            day = self._day[:20]
            yield Trouble(
                "bad_weekday" if day else "no_value", place, {"value": day, "name": "Thứ"}
            )
        elif slot is None:
            value = line.get(head.slot, "")[:20]
            yield Trouble("bad_slot", cell_place(page, row, head.slot), {"value": value})
        elif weekday is not None:
            for column, name in head.classes.items():
                yield from self._lessons(page, (row, column), name, (weekday, *slot))

    def _lessons(self, page: Page, at: Spot, name: str, when: When) -> Iterator[Cell]:
        row, column = at
        roles = self.header.parts.get(column)
        if roles is None:
            yield from lesson_cells(page, at, name, when, self._text(page, at))
            return
        texts = {role: page.at(row, c) for role, c in roles.items()}
        if page.first_of(row, roles["subject"]) == page.first_of(row, roles["teacher"]):
            texts = {"subject": texts["subject"]}  # one text over both: "Chào cờ"
        if texts["subject"] or texts.get("teacher"):
            teachers = teachers_in(texts.get("teacher", ""))
            room = clean(texts.get("room", ""))
            place = cell_place(page, row, column)
            yield Cell(name, *when, clean(texts["subject"]), teachers, room, place)

    def _text(self, page: Page, at: Spot) -> str:
        """A class's cell; all its cells where one lesson number stands over several rows."""
        row, column = at
        spots = {page.first_of(row, column): None}
        while page.first_of(row + 1, self.header.slot) == (at[0], self.header.slot):
            row += 1
            spots[page.first_of(row, column)] = None
        return "\n".join(text for spot in spots if (text := page.at(*spot)))

    def _unheaded(self, page: Page, line: Mapping[int, str]) -> Iterator[Trouble]:
        """Columns with lessons of which the heading names no class, each once."""
        for column in sorted(set(line) - self._used):
            if any(map(str.isalpha, line[column])):
                self._used.add(column)
                heading = page.texts[self.row].get(column, "")
                code = "bad_class" if heading else "no_heading"
                place = cell_place(page, self.row, column)
                yield Trouble(code, place, {"value": clean(heading)[:20]})


@dataclass(frozen=True, slots=True)
class _TeacherHeader:
    """Which column is which day and lesson; which ones have no heading at all."""

    first: int
    last: int
    teacher: int
    subject: int
    slots: Mapping[int, tuple[int, Session, int]]
    headed: frozenset[int]
    row: int

    @classmethod
    def of(cls, page: Page, row: int, slots: int, session: Session | None) -> "_TeacherHeader":
        """Days and sessions hold until the next one to their right."""
        texts = page.texts
        days = weekday_columns(texts[row])
        between = texts.get(slots - 1, {}) if slots - 1 > row else {}
        found: dict[int, tuple[int, Session, int]] = {}
        day, named = 0, session
        for column in range(min(days), max(texts[slots]) + 1):
            if column in days:
                day, named = days[column], session
            named = session_of(between.get(column, "")) or named
            slot = page.slot(texts[slots].get(column, ""), named)
            if slot is not None:
                found[column] = (day, *slot)
        left = {c: t for r in range(row, slots + 1) for c, t in texts.get(r, {}).items()
                if c < min(days)}  # fmt: skip
        named_so = [c for c, t in left.items() if _is_teacher_head(t)]
        subject = next((c for c, t in left.items() if plain(t) in _SUBJECT_HEADS), 0)
        teacher = named_so[0] if named_so else max(min(days) - 1, 1)
        headed = frozenset(c for r in range(row, slots + 1) for c in texts.get(r, {}))
        return cls(min(days), max(found), teacher, subject, found, headed, slots)

    def cells(self, page: Page, row: int, line: Mapping[int, str]) -> Iterator[Found]:
        """The lessons of one teacher or class."""
        owner = page.at(row, self.teacher)
        if is_class_name(name := class_name_of(owner)):
            yield from self._class_cells(page, row, name)
            return
        teachers = teachers_in(owner)
        lessons = [
            column for column in line if column >= self.first and _HAS_CLASS.search(line[column])
        ]
        if not teachers:
            if lessons:
                yield Trouble(
                    "no_value", cell_place(page, row, self.teacher), {"name": "Giáo viên"}
                )
            return
        for column in lessons:
            if column not in self.headed:
                yield Trouble("no_heading", cell_place(page, row, column))
        subject = clean(page.at(row, self.subject)) if self.subject else ""
        for column, when in self.slots.items():
            text = page.at(row, column)
            yield from taught_cells(page, (row, column), teachers, when, text, subject)

    def _class_cells(self, page: Page, row: int, name: str) -> Iterator[Found]:
        for column, when in self.slots.items():
            at = (row, column)
            yield from lesson_cells(page, at, name, when, page.at(*at))
