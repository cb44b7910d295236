"""Timetables with a sheet for each class or each teacher: lessons down, days across.

The sheet's title or its name says whose week it is; morning and afternoon are blocks one below the
other or a column "Buổi". Several weeks may stand on one sheet, each under its own title.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sync.school.files.cells import Teacher, is_class_name, session_of, slot_of, teacher_of
from sync.school.files.grid import Table, cell_place
from sync.school.files.grid_texts import (
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
from sync.school.names import clean, fold
from sync.school.records import Session

_CLASS = re.compile(r"\blớp\s*:?\s*([0-9]{1,2}[^\s,;:()]{0,10})", re.IGNORECASE)
_TEACHER = re.compile(
    r"(?:giáo viên|\bgv|\bthầy|\bcô)(?! ?cn\b| chủ nhiệm)\s*[:.]?\s+(.+)", re.IGNORECASE
)
_AFTER_NAME = re.compile(r"\s{2,}|\s+[-–]\s+|[,;(\n]|\b(?:tổ|môn|lớp|áp dụng|năm)\b", re.IGNORECASE)
_SLOT = re.compile(r"(?:tiet|t|s|c|sang|chieu|toi|period)?[\s.:-]*[0-9]{1,2}\W*")
_NO_NAME = re.compile(r"^(?:sheet|trang|tkb|thời khóa biểu)?\s*[0-9]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose week it is: one of the two; none where nothing says it."""

    class_name: str = ""
    teacher: Teacher | None = None

    def __bool__(self) -> bool:
        return bool(self.class_name or self.teacher)


@dataclass(frozen=True, slots=True)
class _Week:
    """What holds for the rows under a heading."""

    owner: Owner
    session: Session | None
    days: Mapping[int, int]
    slot: int
    named_session: int


def week_header(texts: Texts, row: int) -> bool:
    """Whether a row has days across, beside or above lessons that go down."""
    return _columns(texts, row) is not None


def owner_of(table: Table, texts: Texts) -> Owner:
    """Whose week a sheet holds, by its first title or by its name."""
    first = next((row for row in sorted(texts) if week_header(texts, row)), 0)
    titles = (text for row in sorted(texts) if row < first for text in texts[row].values())
    named = (owner for text in titles if (owner := _owner_in(text)))
    return next(named, None) or _owner_named(table.place.sheet or _stem(table.place.file))


def week_cells(table: Table) -> Iterator[Found]:
    """The lessons of every week on a sheet."""
    texts = texts_of(table.read())
    session = session_of(table.place.sheet) or session_of(table.place.file)
    week = _Week(owner_of(table, texts), session, {}, 0, 0)
    for row in sorted(texts):
        line = texts[row]
        if columns := _columns(texts, row):
            week = replace(week, days=columns[0], slot=columns[1], named_session=columns[2])
        elif _is_lesson_row(week, line):
            named = session_of(line.get(week.named_session, "")) if week.named_session else None
            week = replace(week, session=named or week.session)
            yield from _cells(table, row, line, week)
        else:
            title = " ".join(line.values())
            owner = next((found for text in line.values() if (found := _owner_in(text))), None)
            week = replace(
                week, owner=owner or week.owner, session=session_of(title) or week.session
            )


def _columns(texts: Texts, row: int) -> tuple[Mapping[int, int], int, int] | None:
    """Days by column, the column of lesson numbers, that of sessions (0: none)."""
    line = texts[row]
    days = weekday_columns(line)
    if not days or slot_row(texts, row):
        return None
    heads = {plain(text): column for column, text in line.items() if column < min(days)}
    slot = next((heads[head] for head in heads if head in SLOT_HEADS), min(days) - 1)
    session = next((heads[head] for head in heads if head in SESSION_HEADS), 0)
    below = (texts[one].get(slot, "") for one in sorted(texts) if row < one <= row + 3)
    is_week = slot > 0 and any(_is_slot(text) for text in below)
    if is_week and not session and slot > 1:
        session = slot - 1
    return (days, slot, session) if is_week else None


def _is_slot(text: str) -> bool:
    return bool(_SLOT.fullmatch(fold(text)))


def _is_lesson_row(week: _Week, line: Mapping[int, str]) -> bool:
    has_lessons = any(column in line for column in week.days)
    return has_lessons and _is_slot(line.get(week.slot, ""))


def _cells(table: Table, row: int, line: Mapping[int, str], week: _Week) -> Iterator[Found]:
    slot = slot_of(line[week.slot], week.session)
    if slot is None:
        value = line[week.slot][:20]
        yield Trouble("bad_slot", cell_place(table, row, week.slot), {"value": value})
        return
    for column, weekday in week.days.items():
        at, when, text = (row, column), (weekday, *slot), line.get(column, "")
        if week.owner.teacher is not None:
            yield from taught_cells(table, at, (week.owner.teacher,), when, text)
        else:
            yield from lesson_cells(table, at, week.owner.class_name, when, text)


def _owner_in(title: str) -> Owner:
    in_class, taught = _CLASS.search(title), _TEACHER.search(title)
    if taught and not (in_class and in_class.start() < taught.start()):
        name = clean(_AFTER_NAME.split(taught[1].strip())[0])
        return Owner(teacher=teacher_of(name)) if name else Owner()
    return Owner(class_name_of(in_class[1])) if in_class else Owner()


def _owner_named(name: str) -> Owner:
    """By a sheet's name: "10A1", "TKB 10A1", "Lớp 7-3 chiều"; any other name is a teacher's."""
    words = clean(name).split()
    in_name = next((word for word in words if is_class_name(word)), "")
    if in_name or _NO_NAME.match(clean(name)) or session_of(name):
        return Owner(in_name)
    return Owner(teacher=_owner_in(name).teacher or teacher_of(clean(name)))


def _stem(file: str) -> str:
    return file.rpartition(".")[0] or file
