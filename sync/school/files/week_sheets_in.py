"""Timetables with a sheet for each class or each teacher: lessons down, days across.

The sheet's title or its name says whose week it is; morning and afternoon are blocks one below the
other or a column "Buổi". Several weeks may stand on one sheet, each under its own title.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sync.school.files.cells import (
    Teacher,
    is_class_name,
    is_slot_label,
    session_of,
    teacher_of,
)
from sync.school.files.class_names import class_in
from sync.school.files.grid import cell_place
from sync.school.files.grid_texts import (
    BESIDE_HEADS,
    SESSION_HEADS,
    SLOT_HEADS,
    class_heading,
    slot_row,
    title_session,
    weekday_columns,
)
from sync.school.files.headings import plain
from sync.school.files.lesson_texts import Found, lesson_cells, taught_cells
from sync.school.files.page import Page, Texts
from sync.school.files.trouble import Place, Trouble
from sync.school.names import clean, fold
from sync.school.records import Session

_CLASS = re.compile(r"\blớp\b", re.IGNORECASE)
_TEACHER = re.compile(
    r"(?:giáo viên|\bgv|\bthầy|\bcô)(?! ?cn\b| chủ nhiệm)\s*[:.]?\s+(.+)", re.IGNORECASE
)
_AFTER_NAME = re.compile(r"\s{2,}|\s+[-–]\s+|[,;(\n]|\b(?:tổ|môn|lớp|áp dụng|năm)\b", re.IGNORECASE)
_NO_NAMES = frozenset({"sheet", "trang", "tinh", "tkb", "thoi", "khoa", "bieu", "buoi", "ca",
    "sang", "chieu", "toi", "morning", "afternoon", "evening", "hoc", "ky", "ki", "hk", "hki",
    "hkii", "i", "ii", "so", "tuan", "khoi", "gv", "giao", "vien", "lop"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose week it is: one of the two; none where nothing says it."""

    class_name: str = ""
    teacher: Teacher | None = None

    def __bool__(self) -> bool:
        return bool(self.class_name or self.teacher)


@dataclass(frozen=True, slots=True)
class _Week:
    """What holds for the rows under a heading; `known` are columns that nobody need be told of."""

    owner: Owner
    session: Session | None
    days: Mapping[int, int]
    slot: int
    named_session: int
    row: int
    known: set[int]


def week_header(texts: Texts, row: int) -> bool:
    """Whether a row has days across, beside or above lessons that go down."""
    return _columns(texts, row) is not None


def owner_of(place: Place, texts: Texts) -> Owner:
    """Whose week a sheet holds, by its first title or by its name."""
    first = next((row for row in sorted(texts) if week_header(texts, row)), 0)
    titles = (text for row in sorted(texts) if row < first for text in texts[row].values())
    named = (owner for text in titles if (owner := _owner_in(text)))
    return next(named, None) or _owner_named(place.sheet or _stem(place.file))


def week_cells(page: Page) -> Iterator[Found]:
    """The lessons of every week on a sheet."""
    texts, owner = page.texts, owner_of(page.place, page.texts)
    outside = _session_in([page.place.sheet], owner) or _session_in([page.place.file], owner)
    week = _Week(owner, outside, {}, 0, 0, 0, set())
    for row in sorted(texts):
        line = texts[row]
        columns = _columns(texts, row)
        if columns:
            week = _Week(week.owner, week.session, *columns, row, _beside(line, columns[0]))
        if week.days:
            yield from page.broken(row, range(max(week.days) + 1))
        if columns:
            continue
        if week.days and is_slot_label(line.get(week.slot, "")):
            named = session_of(line.get(week.named_session, "")) if week.named_session else None
            week = replace(week, session=named or week.session)
            yield from _cells(page, row, week)
            yield from _unheaded(page, row, week)
        else:
            owner = next((found for text in line.values() if (found := _owner_in(text))), Owner())
            session = _session_in(line.values(), owner) or week.session
            week = replace(week, owner=owner or week.owner, session=session)


def _session_in(texts: Iterable[str], owner: Owner) -> Session | None:
    """The session that a title or a sheet's name says; a teacher called Sáng says none."""
    if owner.teacher is None:
        return title_session(texts)
    name = re.compile(re.escape(owner.teacher.name), re.IGNORECASE)
    return title_session(name.sub("", text) for text in texts)


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
    is_week = slot > 0 and any(map(is_slot_label, below))
    if is_week and not session and slot > 1:
        session = slot - 1
    return (days, slot, session) if is_week else None


def _beside(line: Mapping[int, str], days: Mapping[int, int]) -> set[int]:
    """The columns of days and those that hold no lessons by their heading."""
    return {*days, *(column for column, text in line.items() if plain(text) in BESIDE_HEADS)}


def _cells(page: Page, row: int, week: _Week) -> Iterator[Found]:
    label = page.texts[row][week.slot]
    slot = page.slot(label, week.session)
    for column, weekday in week.days.items():
        text = page.at(row, column)
        if text and slot is None:
            yield Trouble("bad_slot", cell_place(page, row, week.slot), {"value": label[:20]})
            return
        if not text or slot is None:
            continue
        at, when = (row, column), (weekday, *slot)
        if week.owner.teacher is not None:
            yield from taught_cells(page, at, (week.owner.teacher,), when, text)
        else:
            yield from lesson_cells(page, at, week.owner.class_name, when, text)


def _unheaded(page: Page, row: int, week: _Week) -> Iterator[Trouble]:
    """Columns with lessons among the days of which the heading names none, each once."""
    for column, text in sorted(page.texts[row].items()):
        if column > week.slot and column not in week.known and any(map(str.isalpha, text)):
            week.known.add(column)
            heading = page.texts[week.row].get(column, "")
            place = cell_place(page, week.row, column)
            code = "bad_weekday" if heading else "no_heading"
            yield Trouble(code, place, {"value": clean(heading)[:20]})


def _owner_in(title: str) -> Owner:
    name, taught = class_in(title), _TEACHER.search(title)
    if taught and not (name and _CLASS.search(title[: taught.start()])):
        name = clean(_AFTER_NAME.split(taught[1].strip())[0])
        return Owner(teacher=teacher_of(name)) if name else Owner()
    return Owner(class_heading(name) or name) if name else Owner()


def _owner_named(name: str) -> Owner:
    """By a sheet's name: "10A1", "TKB 10A1", "Lớp 7-3 chiều"; any other name is a teacher's."""
    in_name = next((word for word in clean(name).split() if is_class_name(word)), "")
    if in_name or all(word in _NO_NAMES for word in re.findall(r"[a-z]+", fold(name))):
        return Owner(in_name)
    return Owner(teacher=_owner_in(name).teacher or teacher_of(clean(name)))


def _stem(file: str) -> str:
    return file.rpartition(".")[0] or file
