"""Timetables with a sheet for each class or each teacher: lessons down, days across.

A title, the sheet's name or the file's says whose week it is; morning and afternoon are blocks one
below the other or a column "Buổi". Several weeks may stand on one sheet, each under its own title.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from school.files.sheets.dated_days import no_weekday
from school.files.sheets.grid import cell_place, letters
from school.files.sheets.half_days import half_days
from school.files.sheets.headings import plain
from school.files.sheets.labels import (
    LABEL_HEADS,
    SESSION_HEADS,
    SLOT_HEADS,
    is_beside_head,
    is_slot_label,
    session_named,
)
from school.files.sheets.page import Page, Spot, Texts
from school.files.sheets.trouble import Place, Trouble
from school.files.timetables.grid_texts import (
    BREAKS,
    is_below_lessons,
    slot_row,
    title_session,
    weekday_columns,
)
from school.files.timetables.lesson_texts import Found, lesson_cells, taught_cells
from school.files.timetables.week_owner import (
    Owner,
    bare_owner,
    lessons_below,
    owner_in,
    owner_named,
)
from school.names import fold
from school.records import Session

Line = Mapping[int, str]


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
    rows: list[int] = field(default_factory=list)


def week_header(texts: Texts, row: int) -> bool:
    """Whether a row has days across, beside or above lessons that go down."""
    return _columns(texts, row) is not None


def owner_of(place: Place, texts: Texts) -> Owner:
    """Whose week a sheet begins with; none where nothing says it."""
    first = next((row for row in sorted(texts) if week_header(texts, row)), 0)
    above = {row: line for row, line in texts.items() if row < first}
    lessons = lessons_below(texts, first, weekday_columns(texts[first])) if first else []
    return _owner_above(above, lessons)[0] or owner_named(place, lessons)[0]


def week_cells(page: Page) -> Iterator[Found]:
    """The lessons of every week on a sheet."""
    for week in _weeks(page):
        if isinstance(week, Trouble):
            yield week
        else:
            yield from _week_cells(page, week)


def _weeks(page: Page) -> Iterator[_Week | Trouble]:
    """The weeks, and parts of them under a title of their own; `above` are rows of titles."""
    week: _Week | None = None
    above: dict[int, Line] = {}
    for row in sorted(page.texts):
        line = page.texts[row]
        if _columns(page.texts, row):
            yield from [week] if week else []
            week = _next_week(page, row, above, week)
            yield from _wrong_heading(page, week)
            above = {}
        elif week and is_slot_label(line.get(week.slot, "")):
            week.rows.append(row)
        elif week is None:
            above[row] = line
            page.pass_over(row, "titles")
        else:
            above[row] = line
            session = _session_in(line.values(), week.owner)
            if session:
                page.ledger.use(((row, c) for c in line), "title", "names_time")
                yield week
                week = replace(week, session=session, rows=[])
            else:
                yield from _between(page, row, week)
    yield from [week] if week else []


def _next_week(page: Page, row: int, above: Mapping[int, Line], before: _Week | None) -> _Week:
    texts = page.texts
    days, slot, named = _columns(texts, row) or ({}, 0, 0)
    lessons = lessons_below(texts, row, days)
    owner, title = _owner_above(above, lessons)
    if title:
        page.ledger.marks.pop(title, None)
        page.ledger.use([title], "owner")
        page.ledger.read_as("week", "title", name=owner.name)
    elif before:
        owner = before.owner
    else:
        owner, why = owner_named(page.place, lessons)
        if owner:
            page.ledger.read_as("week", why, name=owner.name)
    titles = [text for line in above.values() for text in line.values()]
    session = _session_in(titles, owner)
    if session is None:
        held = before.session if before and before.owner == owner else _outside(page, owner)
        session = held
    labels = {c for c in (slot, named) if plain(texts[row].get(c, "")) in LABEL_HEADS}
    heads = {*labels, *days}
    page.mark_dates((row, c) for c in days)
    page.ledger.use(((row, c) for c in heads), "headings")
    page.pass_over(row, "beside", _beside(texts[row]) - heads)
    first = {day: c for c, day in sorted(days.items(), reverse=True)}
    once = {c: day for c, day in sorted(days.items()) if day == 0 or first[day] == c}
    return _Week(owner, session, once, slot, named, row, {*days, *_beside(texts[row])})


def _wrong_heading(page: Page, week: _Week) -> Iterator[Trouble]:
    yield from page.broken(week.row, range(max(week.days) + 1))
    for column in (c for c, day in week.days.items() if day == 0):
        code, params = no_weekday(page.texts[week.row][column])
        yield Trouble(code, cell_place(page, week.row, column), params)
    if not week.owner:
        yield Trouble("no_owner", cell_place(page, week.row, min(week.days)))
    twice = sorted(weekday_columns(page.texts[week.row]).keys() - week.days.keys())
    if twice:
        first, line = twice[0], page.texts[week.row]
        while plain(line.get(first - 1, "")) in LABEL_HEADS:
            first -= 1
        yield Trouble("two_grids", cell_place(page, week.row, first), {"column": letters(first)})


def _outside(page: Page, owner: Owner) -> Session | None:
    name = owner.teacher.name if owner.teacher else ""
    for text in (page.place.sheet, page.place.file.rpartition(".")[0]):
        rest = re.sub(re.escape(name), "", text, flags=re.IGNORECASE) if name else text
        if found := session_named(rest):
            return found
    return None


def _owner_above(above: Mapping[int, Line], lessons: list[str]) -> tuple[Owner, Spot | None]:
    """Whom the titles name, the nearest first, and in which cell."""
    spots = [
        ((row, c), text) for row in sorted(above, reverse=True) for c, text in above[row].items()
    ]
    for spot, text in spots:
        if found := owner_in(text):
            return found, spot
    for spot, text in spots:
        if len(above[spot[0]]) == 1 and (found := bare_owner(text, lessons)):
            return found, spot
    return Owner(), None


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
    before = plain(line.get(slot - 1, ""))
    if is_week and not session and slot > 1 and (not before or before.startswith("buoi")):
        session = slot - 1
    return (days, slot, session) if is_week else None


def _beside(line: Line) -> set[int]:
    """The columns that hold no lessons by their heading."""
    return {column for column, text in line.items() if is_beside_head(text)}


def _between(page: Page, row: int, week: _Week) -> Iterator[Trouble]:
    """A row without a lesson's number, below the first one with lessons."""
    line = page.texts[row]
    taught = [text for c in week.days if any(map(str.isalpha, text := line.get(c, "")))]
    label = line.get(week.slot, "")
    if page.first_of(row, week.slot)[0] in week.rows:
        return  # one more row of the same lesson
    yield from page.broken(row, range(max(week.days) + 1))
    if any(word in fold(text) for text in line.values() for word in BREAKS):
        page.pass_over(row, "break")
    elif is_below_lessons(line):
        page.pass_over(row, "footer")
    elif taught and (wrong := page.retyped(row, {week.slot})):
        yield from wrong
    elif taught and label[:1].isdigit():
        yield Trouble("bad_slot", cell_place(page, row, week.slot), {"value": label[:20]})


def _week_cells(page: Page, week: _Week) -> Iterator[Found]:
    columns = week.slot, week.named_session
    headed = plain(page.texts[week.row].get(week.named_session, "")) in SESSION_HEADS
    sessions, wrong = half_days(page, week.rows, columns, week.session, headed=headed)
    yield from wrong
    for row, session in sessions.items():
        yield from page.broken(row, range(max(week.days) + 1))
        yield from page.retyped(row, {week.slot, *week.days})
        page.ledger.use([(row, week.slot)], "slot")
        page.pass_over(row, "beside", week.known - {week.slot, week.named_session, *week.days})
        yield from _cells(page, row, replace(week, session=session))
        yield from _unheaded(page, row, week)


def _cells(page: Page, row: int, week: _Week) -> Iterator[Found]:
    label = page.texts[row][week.slot]
    slot = page.slot(label, week.session)
    for column, weekday in week.days.items():
        text = page.at(row, column)
        if text and slot is None:
            yield Trouble("bad_slot", cell_place(page, row, week.slot), {"value": label[:20]})
            return
        if not text or slot is None or not week.owner or not weekday:
            continue
        at, when = (row, column), (weekday, *slot)
        if week.owner.teacher is not None:
            yield from taught_cells(page, at, (week.owner.teacher,), when, text)
        else:
            spots = page.spots_of(at, week.slot)
            yield from lesson_cells(page, spots, week.owner.class_name, when)


def _unheaded(page: Page, row: int, week: _Week) -> Iterator[Trouble]:
    """Columns with lessons among the days of which the heading names none, each once."""
    for column, text in sorted(page.texts[row].items()):
        if column > week.slot and column not in week.known and any(map(str.isalpha, text)):
            week.known.add(column)
            heading = page.texts[week.row].get(column, "")
            place = cell_place(page, week.row, column)
            code, params = no_weekday(heading) if heading else ("no_heading", {"value": ""})
            yield Trouble(code, place, params)
