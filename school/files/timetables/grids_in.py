"""Timetables with teachers or classes down, days and lessons across.

Source: domain reference §2.4 (shape 3), reconstructed; confirm with a school's samples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from school.files.cells import is_class_name, teachers_in
from school.files.class_names import class_name_of
from school.files.sheets.dated_days import dated, no_weekday
from school.files.sheets.grid import cell_place, letters
from school.files.sheets.headings import plain
from school.files.sheets.labels import (
    OWNER_HEADS,
    SUBJECT_HEADS,
    first_number,
    half_day_of,
    is_slot_label,
    session_of,
    weekday_of,
)
from school.files.sheets.page import Page, Texts
from school.files.sheets.spread import SESSION_ORDER, parts_of, spread
from school.files.sheets.trouble import Trouble
from school.files.timetables.grid_texts import (
    is_below_lessons,
    outside_session,
    slot_row,
    title_session,
    weekday_columns,
)
from school.files.timetables.lesson_texts import Found, has_class, lesson_cells, taught_cells
from school.names import clean
from school.records import Session

_MAX_TITLES = 2


def has_classes_down(texts: Texts, row: int) -> bool:
    """Whether classes, not teachers, stand left of the days that a row names."""
    first, slots = min(weekday_columns(texts[row])), slot_row(texts, row)
    left = [(n, text) for n in texts for c, text in texts[n].items() if c < first and n >= row]
    if any(_is_teacher_head(text) for n, text in left if n <= slots):
        return False
    return any(is_class_name(class_name_of(text)) for n, text in left if n > slots)


def _is_teacher_head(text: str) -> bool:
    return any(head in plain(text) for head in OWNER_HEADS)


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
            yield from header.wrong
        if header is not None:
            yield from page.broken(row, range(header.last + 1))
        if row > skip_to:
            if header is not None and any(c >= header.first for c in line):
                yield from header.cells(page, row, line)
            elif len(line) <= _MAX_TITLES:
                named = title_session(line.values())
                session = named or session
                _account_title(page, row, names_session=bool(named), is_above=header is None)
            elif header is None:
                page.pass_over(row, "titles")


def _account_title(page: Page, row: int, *, names_session: bool, is_above: bool) -> None:
    if names_session:
        page.ledger.use(((row, column) for column in page.texts[row]), "title", "names_time")
    elif is_above or is_below_lessons(page.texts[row]):
        page.pass_over(row, "titles" if is_above else "footer")


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
    wrong: tuple[Trouble, ...]

    @classmethod
    def of(cls, page: Page, row: int, slots: int, session: Session | None) -> "_TeacherHeader":
        """Days and sessions hold until the next one to their right, or around their middle."""
        texts = page.texts
        days = weekday_columns(texts[row])
        first = min(days)
        while is_slot_label(texts[slots].get(first - 1, "")):
            first -= 1
        found, wrong = _slots_across(page, (row, slots), first, session)
        left = {c: (r, t) for r in range(row, slots + 1) for c, t in texts.get(r, {}).items()
                if c < first}  # fmt: skip
        named_so = [c for c, (_, t) in left.items() if _is_teacher_head(t)]
        subject = next((c for c, (_, t) in left.items() if plain(t) in SUBJECT_HEADS), 0)
        teacher = named_so[0] if named_so else max(first - 1, 1)
        heads = {(r, c) for r in range(row, slots + 1) for c in texts.get(r, {})}
        used = {(r, c) for r, c in heads if c in found} | {
            (left[c][0], c) for c in (teacher, subject) if c in left
        }
        page.mark_dates((row, column) for column in days)
        page.ledger.use(used, "headings")
        page.ledger.pass_over(heads - used, "beside")
        headed = frozenset(c for _, c in heads)
        return cls(
            first, max(found, default=first), teacher, subject, found, headed, slots, tuple(wrong)
        )

    def cells(self, page: Page, row: int, line: Mapping[int, str]) -> Iterator[Found]:
        """The lessons of one teacher or class."""
        owner = page.at(row, self.teacher)
        others = self.headed - set(self.slots) - {self.teacher, self.subject}
        page.pass_over(row, "beside", others & set(line))
        wrong = page.retyped(row, {*self.slots, self.teacher, self.subject})
        yield from wrong
        if wrong:
            return
        if is_below_lessons({0: owner} if owner else line):
            page.pass_over(row, "footer")
            return
        if is_class_name(name := class_name_of(owner)):
            page.read(row, self.teacher, "owner")
            yield from self._class_cells(page, row, name)
            return
        lessons = [c for c in line if c >= self.first and has_class(line[c])]
        if lessons and not teachers_in(owner):
            yield Trouble("no_value", cell_place(page, row, self.teacher), {"name": "Giáo viên"})
        elif lessons:
            page.read(row, self.teacher, "owner")
            unheaded = (c for c in lessons if c not in self.headed)
            yield from (Trouble("no_heading", cell_place(page, row, c)) for c in unheaded)
        if teachers_in(owner):
            yield from self._taught(page, row, owner)

    def _taught(self, page: Page, row: int, owner: str) -> Iterator[Found]:
        teachers = teachers_in(owner)
        subject = clean(page.read(row, self.subject, "subject")) if self.subject else ""
        for column, when in self.slots.items():
            text = page.at(row, column)
            yield from taught_cells(page, (row, column), teachers, when, text, subject)

    def _class_cells(self, page: Page, row: int, name: str) -> Iterator[Found]:
        for column, when in self.slots.items():
            yield from lesson_cells(page, [(row, column)], name, when)


def _slots_across(
    page: Page, rows: tuple[int, int], first: int, session: Session | None
) -> tuple[dict[int, tuple[int, Session, int]], list[Trouble]]:
    """Column → day, session and lesson; and columns of which the day cannot be told."""
    row, below = rows
    line = page.texts[below]
    columns = [c for c in sorted(line) if c >= first and is_slot_label(line[c])]
    between = page.texts.get(below - 1, {}) if below - 1 > row else {}
    named = {n: between[c] for n, c in enumerate(columns) if session_of(between.get(c, ""))}
    held = spread(parts_of([(first_number(line[c]),) for c in columns]), named, "")
    slots = [
        page.slot(line[c], half_day_of(label) if label else session)
        for c, label in zip(columns, held, strict=True)
    ]
    order = [(SESSION_ORDER[slot[0]], slot[1]) if slot else (0, 0) for slot in slots]
    labels = {n: page.texts[row][c] for n, c in enumerate(columns)
              if weekday_of(text := page.texts[row].get(c, "")) or dated(text)}  # fmt: skip
    days = spread(parts_of(order), labels, "", is_strict=True)
    found: dict[int, tuple[int, Session, int]] = {}
    wrong: list[Trouble] = []
    for column, slot, day in zip(columns, slots, days, strict=True):
        weekday = weekday_of(day or "")
        if slot is None or weekday is None:
            place = cell_place(page, below, column)
            code, params = no_weekday(day) if day else ("no_value", {"name": "Thứ"})
            wrong.append(Trouble(code, place, params))
        elif (weekday, *slot) in found.values():
            place = cell_place(page, row, column)
            wrong.append(Trouble("two_grids", place, {"column": letters(column)}))
        else:
            found[column] = (weekday, *slot)
    return found, wrong
