"""Timetables as a list with a lesson in each row. Source: domain reference §2.4, shape 4."""

from collections.abc import Iterator, Mapping

from school.files.cells import Cell, teachers_in
from school.files.sheets.birth import BirthError
from school.files.sheets.dated_days import dated, no_weekday
from school.files.sheets.grid import cell_place
from school.files.sheets.headings import plain
from school.files.sheets.labels import (
    LIST_ROLES,
    half_day_of,
    is_slot_label,
    slot_of,
    weekday_of,
)
from school.files.sheets.page import Page
from school.files.sheets.trouble import Trouble
from school.files.timetables.grid_texts import is_below_lessons, outside_session
from school.files.timetables.lesson_texts import Found, groups_in
from school.names import clean
from school.records import Session

_NEEDED = {"group": "Lớp", "day": "Thứ", "slot": "Tiết"}


def flat_header(line: Mapping[int, str]) -> dict[str, int]:
    """Columns by what they hold; none where the row heads no list."""
    found: dict[str, int] = {}
    for column, text in sorted(line.items()):
        role = LIST_ROLES.get(plain(text))
        if role:
            found.setdefault(role, column)
    return found if {"group", "day", "slot"} <= set(found) else {}


def flat_cells(page: Page) -> Iterator[Found]:
    """The lessons of a list."""
    header = next(row for row in sorted(page.texts) if flat_header(page.texts[row]))
    where = flat_header(page.texts[header])
    outside = outside_session(page.place)
    headed = set(page.texts[header])
    weeks = _weeks_told(page, header, where.pop("weeks", 0))
    for row in sorted(page.texts):
        if row < header:
            page.pass_over(row, "titles")
            continue
        if row == header or flat_header(page.texts[row]):
            page.ledger.use(((row, column) for column in where.values()), "headings")
            page.pass_over(row, "beside")
            continue
        if not page.texts[row].keys() & {where["day"], where["slot"]} and is_below_lessons(
            page.texts[row]
        ):
            page.pass_over(row, "footer")
            continue
        if (
            broken := page.broken(row, where.values())
            + page.retyped(row, _texts_of(page, row, where))
            + weeks.get(row, [])
        ):
            yield from broken
            continue
        page.mark_dates([(row, where["day"])])
        line = {role: page.read(row, column, role) for role, column in where.items()}
        page.pass_over(row, "beside", headed - set(where.values()))
        missing = [name for role, name in _NEEDED.items() if not line[role]]
        if not missing:
            yield from _row(page, row, line, outside, where)
        elif len(missing) == 1 and _is_lesson(line):
            yield Trouble("no_value", cell_place(page, row), {"name": missing[0]})


def _texts_of(page: Page, row: int, where: Mapping[str, int]) -> set[int]:
    """The columns of a row where a text is meant: a day may be told by its date."""
    days = {"from", "day"} if dated(page.texts[row].get(where["day"], "")) else {"from"}
    return {column for role, column in where.items() if role not in days}


def _weeks_told(page: Page, header: int, column: int) -> Mapping[int, list[Trouble]]:
    """Row → the error of its weeks, where these are not those of the whole list."""
    rows = [row for row, line in page.texts.items() if row > header and len(line) > 1]
    told = {row: page.at(row, column) for row in rows} if column else {}
    if len(set(told.values())) < 2:
        return {}
    return {
        row: [Trouble("some_weeks", cell_place(page, row, column), {"value": text[:20]})]
        for row, text in told.items()
        if text
    }


def _is_lesson(line: Mapping[str, str]) -> bool:
    """Whether a row with a gap is a lesson, not a total or a signature."""
    return slot_of(line["slot"], None) is not None or bool(weekday_of(line["day"]))


def _row(
    page: Page, row: int, line: Mapping[str, str], outside: Session | None, where: Mapping[str, int]
) -> Iterator[Found]:
    place = cell_place(page, row)
    at = {role: cell_place(page, row, column) for role, column in where.items()}
    named = line.get("session", "")
    session = half_day_of(named)
    slot = page.slot(line["slot"], session or outside) if is_slot_label(line["slot"]) else None
    weekday, groups = weekday_of(line["day"]), groups_in(line["group"])
    if named and session is None:
        yield Trouble("bad_session", at["session"], {"value": named[:20]})
    elif weekday is None:
        code, params = no_weekday(line["day"])
        yield Trouble(code, at["day"], params)
    elif slot is None:
        yield Trouble("bad_slot", at["slot"], {"value": line["slot"][:20]})
    elif not groups:
        yield Trouble("bad_class", at["group"], {"value": line["group"][:20]})
    else:
        try:
            valid_from = page.day(row, where["from"]) if "from" in where else None
        except BirthError:
            value = line["from"][:20]
            yield Trouble("bad_first_day", at["from"], {"value": value})
            return
        subject, room = clean(line.get("subject", "")), clean(line.get("room", ""))
        teachers = teachers_in(line.get("teacher", ""))
        for group in groups:
            yield Cell(group, weekday, *slot, subject, teachers, room, place, valid_from)
