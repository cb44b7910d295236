"""Timetables with classes across, or teachers, and days and lessons down.

Source: domain reference §2.4 (shape 2), reconstructed; confirm with a school's samples.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from school.files.cells import Cell, Teacher, teachers_in
from school.files.sheets.dated_days import dated, no_weekday
from school.files.sheets.grid import MAX_COLUMNS, cell_place
from school.files.sheets.half_days import half_days
from school.files.sheets.headings import plain
from school.files.sheets.labels import (
    DAY_HEADS,
    LABEL_HEADS,
    PART_HEADS,
    SESSION_HEADS,
    SLOT_HEADS,
    is_beside_head,
    is_slot_label,
    weekday_of,
)
from school.files.sheets.page import Page, Spot, Texts
from school.files.sheets.spread import SESSION_ORDER, parts_of, spread
from school.files.sheets.trouble import Trouble
from school.files.timetables.grid_texts import (
    BREAKS,
    class_heading,
    is_below_lessons,
    named_day,
    outside_session,
    title_session,
)
from school.files.timetables.lesson_texts import Found, When, has_class, lesson_cells, taught_cells
from school.names import clean, fold
from school.records import Session

_MIN_CLASSES, _MAX_TITLES = 2, 2
_LOOKS_BELOW = 8


def class_grid_cells(page: Page) -> Iterator[Found]:
    """Classes or teachers across, days and lessons down; sessions as blocks, a column, or sheets.

    Days too may be blocks or sheets. Several grids may stand beside each other.
    """
    for part in _beside_each_other(page):
        yield from _grid_cells(part)


def _grid_cells(page: Page) -> Iterator[Found]:
    block: _ClassBlock | None = None
    session = outside_session(page.place)
    day = named_day([page.place.sheet])
    for row in sorted(page.texts):
        line = page.texts[row]
        if header := grid_header(page.texts, row):
            yield from _finished(page, block)
            yield from page.broken(row, range(MAX_COLUMNS))
            yield from page.retyped(row, range(MAX_COLUMNS))
            block = _ClassBlock(row, header, session, day)
            block.mark_heading(page)
        elif block is None or block.is_between(line):
            titles = line.values() if len(line) <= _MAX_TITLES else ()
            title = title_session(titles)
            session, day = title or session, named_day(titles) or day
            if title or named_day(titles):
                page.ledger.use(((row, column) for column in line), "title", "names_time")
            if block is None:
                page.pass_over(row, "titles")
                continue
            yield from page.broken(row, range(block.last_column + 1))
            block.rows.append((row, False))
            if title or named_day(titles):
                yield from _finished(page, block)
                block = _ClassBlock(block.row, block.header, session, day)
        else:
            block.rows.append((row, True))
    yield from _finished(page, block)


def _finished(page: Page, block: "_ClassBlock | None") -> Iterator[Found]:
    if block is not None:
        yield from block.found(page)


@dataclass(frozen=True, slots=True)
class ClassHeader:
    """Which column is which class, and where days, lessons and sessions stand (0: nowhere).

    Attributes:
        classes: column → class, or teacher.
        parts: column of a class → where subject, teacher and room have columns of their own.
        day: column of the days.
        slot: column of the lesson numbers.
        session: column of the sessions.
        others: columns that hold no lessons by their heading.
        teachers: column → teachers, where these stand across instead of classes.
    """

    classes: Mapping[int, str]
    parts: Mapping[int, Mapping[str, int]]
    day: int
    slot: int
    session: int
    others: frozenset[int]
    teachers: Mapping[int, tuple[Teacher, ...]] = field(default_factory=dict)


def grid_header(texts: Texts, row: int) -> ClassHeader | None:
    """The columns of a grid of classes or of teachers across; None where the row heads none."""
    line = texts[row]
    return class_header(line, texts.get(row + 1, {})) or _teacher_header(texts, row)


def class_header(line: Mapping[int, str], below: Mapping[int, str]) -> ClassHeader | None:
    """The columns of a class grid; None where the row heads none.

    Args:
        line: the row.
        below: the next one, which may part the classes into subject, teacher and room.
    """
    classes = {c: name for c, text in line.items() if (name := class_heading(text))}
    day, slot, session = _label_columns(line)
    if not classes or (len(classes) < _MIN_CLASSES and not (day and slot)):
        return None
    if len(line) - len(classes) > 5 or not (day or slot or len(classes) > _MIN_CLASSES):
        return None
    first = min(classes)
    others = frozenset(c for c, text in line.items() if is_beside_head(text))
    parts = _parts(classes, line, below)
    return ClassHeader(
        classes, parts, day or max(first - 2, 1), slot or max(first - 1, 1), session, others
    )


def _teacher_header(texts: Texts, row: int) -> ClassHeader | None:
    """Teachers across: beside days and lesson numbers, over cells that name classes."""
    line = texts[row]
    day, slot, session = _label_columns(line)
    others = frozenset(c for c, text in line.items() if is_beside_head(text))
    owners = {c: text for c, text in line.items() if c > max(day, slot) and c not in others}
    if not (day and slot and owners) or any(map(weekday_of, owners.values())):
        return None
    below = [texts.get(n, {}) for n in range(row + 1, row + _LOOKS_BELOW)]
    cells = [text for one in below for c, text in one.items() if c in owners]
    if not cells or sum(map(has_class, cells)) * 2 <= len(cells):
        return None
    teachers = {c: teachers_in(text) for c, text in owners.items()}
    return ClassHeader(owners, {}, day, slot, session, others, teachers)


def _label_columns(line: Mapping[int, str]) -> tuple[int, int, int]:
    """The columns of days, lesson numbers and sessions by their headings; 0 for none."""
    heads: dict[str, int] = {}
    for column, text in sorted(line.items()):
        heads.setdefault(plain(text), column)
    day, slot, session = (
        next((heads[head] for head in heads if head in words), 0)
        for words in (DAY_HEADS, SLOT_HEADS, SESSION_HEADS)
    )
    return day, slot, session


def side_cuts(line: Mapping[int, str]) -> list[int]:
    """Columns where one more grid begins beside the first, with days and lessons of its own."""
    named = [(c, plain(text)) for c, text in sorted(line.items())]
    labels = [c for c, head in named if head in LABEL_HEADS]
    days = [c for c, head in named if head in DAY_HEADS]
    slots = [c for c, head in named if head in SLOT_HEADS]
    if len(days) < 2 or len(slots) != len(days):
        return []
    runs = [c for n, c in enumerate(labels) if n == 0 or labels[n - 1] != c - 1]
    after = {c for c, _ in named} - set(labels)
    has_grid = all(any(c > run for c in after) for run in runs)
    return runs[1:] if len(runs) == len(days) and has_grid else []


def windows_of(line: Mapping[int, str]) -> list[tuple[int, int]]:
    """First and last column of each of the grids that a heading row names."""
    cuts = side_cuts(line)
    return list(zip([1, *cuts], [*(cut - 1 for cut in cuts), MAX_COLUMNS], strict=True))


def _beside_each_other(page: Page) -> list[Page]:
    """The grids of a page, each as a page; itself where it has one."""
    row = next((row for row in sorted(page.texts) if side_cuts(page.texts[row])), 0)
    if not row:
        return [page]
    titles = {n for n in page.texts if n < row}
    return [page.window(first, last, titles) for first, last in windows_of(page.texts[row])]


def _parts(
    classes: Mapping[int, str], line: Mapping[int, str], below: Mapping[int, str]
) -> dict[int, dict[str, int]]:
    """The columns under a class, where the next row names them: Môn, GV, Phòng."""
    found: dict[int, dict[str, int]] = {}
    for column in classes:
        end = min((c for c in line if c > column), default=column + len(PART_HEADS))
        roles = {PART_HEADS.get(plain(below.get(c, "")), ""): c for c in range(column, end)}
        if {"subject", "teacher"} <= set(roles):
            found[column] = roles
    return found


class _ClassBlock:
    """The rows under one heading: `rows` are numbers with whether they hold lessons."""

    def __init__(self, row: int, header: ClassHeader, session: Session | None, day: str) -> None:
        self.row = row
        self.header = header
        self.rows: list[tuple[int, bool]] = []
        self._session = session
        self._day = day
        used = {column for roles in header.parts.values() for column in roles.values()}
        self._used = {*header.classes, *used, *header.others}
        self._used |= set(range(max(header.day, header.slot, header.session) + 1))
        self.last_column = max(self._used)

    def mark_heading(self, page: Page) -> None:
        """Account for the row of headings and the one that parts the classes."""
        head, line = self.header, page.texts[self.row]
        labels = {
            c for c in (head.day, head.slot, head.session) if plain(line.get(c, "")) in LABEL_HEADS
        }
        page.ledger.use(((self.row, c) for c in {*head.classes, *labels}), "headings")
        page.pass_over(self.row, "beside", head.others - labels)
        below = {c for roles in head.parts.values() for role, c in roles.items() if role}
        page.ledger.use(((self.row + 1, c) for c in below), "headings")

    def is_between(self, line: Mapping[int, str]) -> bool:
        """Whether a row holds no lessons: a title between two blocks, a footer."""
        return not is_slot_label(line.get(self.header.slot, ""))

    def found(self, page: Page) -> Iterator[Found]:
        """The lessons of the block; what stands between them without a number is told of."""
        lessons = [row for row, is_lesson in self.rows if is_lesson]
        last, before = max(lessons, default=0), 0
        for row, is_lesson in self.rows:
            if is_lesson:
                before = row
            else:
                yield from self._between(page, row, before, is_last=row > last)
        yield from self._lessons_of(page, lessons)

    def _between(self, page: Page, row: int, before: int, *, is_last: bool) -> Iterator[Found]:
        """A row without a number: an error where it has lessons and others follow below it.

        Before the first lesson stand homeroom teachers, after the last one signatures.
        """
        line, slot = page.texts[row], self.header.slot
        texts = {c: text for c in self.header.classes if (text := line.get(c))}
        is_lettered = any(map(str.isalpha, "".join(texts.values())))
        labelled = line.get(slot, "")
        if before and page.first_of(row, slot)[0] == before:
            return  # one more row of the same lesson
        if page.retyped(row, {slot}) and texts:
            yield from page.retyped(row, {slot})
        elif labelled[:1].isdigit() and is_lettered:
            yield Trouble("bad_slot", cell_place(page, row, slot), {"value": labelled[:20]})
        elif any(word in fold(text) for text in texts.values() for word in BREAKS):
            page.pass_over(row, "break")
        elif before and not is_last and len(texts) >= _MIN_CLASSES:
            yield Trouble("no_value", cell_place(page, row, slot), {"name": "Tiết"})
        elif not before:
            page.pass_over(row, "above")
        elif is_last and is_below_lessons(line):
            page.pass_over(row, "footer")

    def _lessons_of(self, page: Page, rows: list[int]) -> Iterator[Found]:
        head = self.header
        columns = head.slot, head.session
        sessions, wrong = half_days(page, rows, columns, self._session, headed=True)
        yield from wrong
        every, rows = rows, list(sessions)
        slots = [page.slot(page.texts[row].get(head.slot, ""), sessions[row]) for row in rows]
        days = self._days(page, every, rows, slots)
        for row, slot, day in zip(rows, slots, days, strict=True):
            yield from self._row(page, row, slot, day)

    def _days(
        self,
        page: Page,
        every: list[int],
        rows: list[int],
        slots: list[tuple[Session, int] | None],
    ) -> list[str | None]:
        """The day of each row, likewise: a day's lessons count up from morning to evening."""
        head = self.header
        if head.day == head.slot:
            return [self._day] * len(rows)
        written = {row: text for row in every if (text := page.texts[row].get(head.day))}
        page.mark_dates((row, head.day) for row in written)
        page.ledger.use(((row, head.day) for row in written), "day")
        labels: dict[int, str] = {}
        for row, text in written.items():  # beside a row that is left out, the next one has it
            labels.setdefault(bisect_left(rows, row), text)
        order = [(SESSION_ORDER[slot[0]], slot[1]) if slot else (0, 0) for slot in slots]
        return spread(parts_of(order), labels, self._day, is_strict=True)

    def _row(
        self, page: Page, row: int, slot: tuple[Session, int] | None, day: str | None
    ) -> Iterator[Found]:
        """The lessons of a row."""
        head, line = self.header, page.texts[row]
        page.ledger.use([(row, head.slot)], "slot")
        yield from self._unheaded(page, line)
        wrong = page.broken(row, range(self.last_column + 1))
        labels = {head.day, head.slot, head.session}
        days = {head.day} if dated(line.get(head.day, "")) else set()  # a date is a day
        wrong += page.retyped(row, self._used - (head.others - labels) - days)
        yield from wrong
        page.pass_over(row, "beside", head.others - labels)
        weekday = weekday_of(day or "")
        if weekday is None and not wrong:
            code, params = no_weekday(day) if day else ("no_value", {"name": "Thứ"})
            yield Trouble(code, cell_place(page, row, head.day), params)
        elif slot is None:
            value = line.get(head.slot, "")[:20]
            yield Trouble("bad_slot", cell_place(page, row, head.slot), {"value": value})
        elif weekday is not None:
            for column, name in head.classes.items():
                yield from self._lessons(page, (row, column), name, (weekday, *slot))

    def _lessons(self, page: Page, at: Spot, name: str, when: When) -> Iterator[Found]:
        row, column = at
        roles = self.header.parts.get(column)
        if teachers := self.header.teachers.get(column):
            yield from taught_cells(page, at, teachers, when, page.at(*at))
            return
        if roles is None:
            yield from lesson_cells(page, page.spots_of(at, self.header.slot), name, when)
            return
        texts = {role: page.read(row, c, "lessons") for role, c in roles.items() if role}
        if page.first_of(row, roles["subject"]) == page.first_of(row, roles["teacher"]):
            texts = {"subject": texts["subject"]}  # one text over both: "Chào cờ"
        if texts["subject"] or texts.get("teacher"):
            teachers = teachers_in(texts.get("teacher", ""))
            room = clean(texts.get("room", ""))
            place = cell_place(page, row, column)
            yield Cell(name, *when, clean(texts["subject"]), teachers, room, place)

    def _unheaded(self, page: Page, line: Mapping[int, str]) -> Iterator[Trouble]:
        """Columns with lessons of which the heading names no class, each once."""
        for column in sorted(set(line) - self._used):
            if any(map(str.isalpha, line[column])):
                self._used.add(column)
                heading = page.texts[self.row].get(column, "")
                code = "bad_class" if heading else "no_heading"
                place = cell_place(page, self.row, column)
                yield Trouble(code, place, {"value": clean(heading)[:20]})
