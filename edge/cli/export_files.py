"""`lophoc export …`: the school's records as files; whoever runs it reads the hub or one room."""

import gc
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.say import refuse, say
from school.retention import Keeping

if TYPE_CHECKING:
    from edge.cli.export_desk import Desk

export_app = typer.Typer(no_args_is_help=True)

_YEAR_FIRST, _YEAR_LAST = (9, 5), (5, 31)  # as in 2025-2026; the province sets it each year
_UNKNOWN_DAYS = Keeping().unknown_excuse

Config = Annotated[Path | None, typer.Option(help=say("cli.export.opt.config"))]
State = Annotated[Path | None, typer.Option(help=say("cli.opt.state"))]
SchoolFile = Annotated[Path | None, typer.Option("--school", help=say("cli.export.opt.school"))]
Out = Annotated[Path | None, typer.Option(help=say("cli.export.opt.out"))]
Force = Annotated[bool, typer.Option("--force", help=say("cli.export.opt.force"))]
First = Annotated[str | None, typer.Option("--from", help=say("cli.export.opt.first"))]
Last = Annotated[str | None, typer.Option("--until", help=say("cli.export.opt.last"))]
Class = Annotated[str | None, typer.Option("--class", help=say("cli.export.opt.class"))]
Unknown = Annotated[int, typer.Option(min=0, max=60, help=say("cli.export.opt.unknown"))]


class OneRoster(StrEnum):
    """Versions of the standard that can be written."""

    V11 = "1.1"
    V12 = "1.2"


@export_app.callback()
def begin(context: typer.Context) -> None:
    """Of the many facts and marks all stay until the end: to look for rubbish is no use."""
    gc.disable()
    context.call_on_close(_end)


def _end() -> None:
    gc.freeze()  # nor is it for what is left
    gc.enable()


@export_app.command("attendance", help=say("cli.export.attendance"))
def attendance(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Config = None,
    first: First = None,
    last: Last = None,
    class_name: Class = None,
    everybody: Annotated[
        bool, typer.Option("--everybody", help=say("cli.export.opt.everybody"))
    ] = False,
    unknown_days: Unknown = _UNKNOWN_DAYS,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write attendance as a flat list; the last seven days unless told otherwise."""
    from edge.cli.export_desk import Desk, day_of, free_path, only, private_folder, write_file
    from school.files.books.out_attendance import attendance_file

    desk = Desk(config, state)
    until = day_of(last, desk.today)
    since = day_of(first, until - timedelta(days=6))
    path = free_path(out, f"diem-danh-{since}-{until}.xlsx", force=force)
    group = desk.group(class_name)
    held = only(desk.held(since, until, group), group)
    said = desk.about(held)
    letters = desk.letters(unknown_days)
    with private_folder(path) as scratch:
        content = attendance_file(
            desk.school, held, letters, said, everybody=everybody, scratch=scratch
        )
    desk.note(f"attendance {since} {until}", group)
    write_file(path, content, said.completeness, force=force)


@export_app.command("month", help=say("cli.export.month"))
def month(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Config = None,
    month_text: Annotated[
        str | None, typer.Option("--month", help=say("cli.export.opt.month"))
    ] = None,
    class_name: Class = None,
    unknown_days: Unknown = _UNKNOWN_DAYS,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write the month sheets; this month unless told otherwise."""
    from edge.cli.export_desk import Desk, day_of, free_path, only, write_file
    from edge.cli.progress import Counter, Progress
    from school.files.books.out_days import classes_in_order
    from school.files.books.out_month import month_sheets
    from school.files.books.xlsx_out import write_book

    desk = Desk(config, state)
    first = day_of(None if month_text is None else f"{month_text}-01", desk.today.replace(day=1))
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    path = free_path(out, f"so-thang-{first:%Y-%m}.xlsx", force=force)
    group = desk.group(class_name)
    held = desk.held(first, last, group)
    said = desk.about(only(held, group))
    groups = classes_in_order(desk.school) if group is None else [group]
    patience = desk.patience(unknown_days)
    sheets = month_sheets(desk.register, first, groups, held, patience)
    with Progress() as progress:
        counter = Counter(progress, "classes", len(groups))
        content = write_book(sheets, said, counter.one_more)
    desk.note(f"month {first:%Y-%m}", group)
    write_file(path, content, said.completeness, force=force)


@export_app.command("logbook", help=say("cli.export.logbook"))
def logbook(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Config = None,
    week: Annotated[str | None, typer.Option(help=say("cli.export.opt.week"))] = None,
    class_name: Class = None,
    unknown_days: Unknown = _UNKNOWN_DAYS,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write a week's logbook pages and say each class's line."""
    from edge.cli.export_desk import Desk, day_of, free_path, only, write_file
    from school.files.books.out_days import classes_in_order
    from school.files.books.out_logbook import Week, logbook_file, week_of

    desk = Desk(config, state)
    monday, sunday = week_of(day_of(week, desk.today))
    path = free_path(out, f"so-dau-bai-{monday}.xlsx", force=force)
    group = desk.group(class_name)
    held = desk.held(monday, sunday, group)
    groups = classes_in_order(desk.school) if group is None else [group]
    said = desk.about(only(held, group))
    pages = Week(desk.register, held, desk.patience(unknown_days))
    content = logbook_file(pages, groups, said)
    desk.note(f"logbook {monday} {sunday}", group)
    write_file(path, content, said.completeness, force=force)
    for one in groups:
        typer.echo(f"{one.name}: {pages.line(one)}")


@export_app.command("totals", help=say("cli.export.totals"))
def totals(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Config = None,
    first: First = None,
    last: Last = None,
    unknown_days: Unknown = _UNKNOWN_DAYS,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write anonymous totals; the last seven days unless told otherwise."""
    from edge.cli.export_desk import Desk, day_of, free_path, write_file
    from school.files.books.out_totals import totals_file

    desk = Desk(config, state)
    until = day_of(last, desk.today)
    since = day_of(first, until - timedelta(days=6))
    path = free_path(out, f"tong-so-{since}-{until}.csv", force=force)
    held = desk.held(since, until)
    said = desk.about(held)
    content = totals_file(desk.register, held, desk.patience(unknown_days), said)
    write_file(path, content, said.completeness, force=force)


@export_app.command("record", help=say("cli.export.record"))
def record(
    pupil: Annotated[str, typer.Argument(help=say("cli.export.opt.pupil"))],
    config: Config = None,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write all that is held about one pupil, as xlsx and as JSON beside it."""
    from edge.cli.export_desk import Desk, free_path, write_file
    from school.files.books.out_days import lessons_of
    from school.files.books.out_record import record_json, record_of
    from school.files.books.out_record_book import record_file

    desk = Desk(config, state)
    person = desk.pupil(pupil)
    path = free_path(out, f"hoc-sinh-{person.id}.xlsx", force=force)
    beside = free_path(path.with_suffix(".json"), "", force=force)
    told = desk.facts_of(person.id)
    said = desk.about(lessons_of(desk.register, person.id))
    found = record_of(desk.register, person, said, told)
    desk.note("record", person.id)
    write_file(path, record_file(found, desk.school, said), said.completeness, force=force)
    write_file(beside, record_json(found), said.completeness, force=force)


@export_app.command("calendar", help=say("cli.export.calendar"))
def calendar(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Config = None,
    school: SchoolFile = None,
    first: First = None,
    last: Last = None,
    class_name: Class = None,
    teacher: Annotated[str | None, typer.Option(help=say("cli.export.opt.teacher"))] = None,
    off: Annotated[list[str] | None, typer.Option(help=say("cli.export.opt.off"))] = None,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write the timetable; of this school year unless told otherwise."""
    from edge.cli.export_desk import Desk, day_of, free_path, refuse_name, write_file
    from school.files.books.out_calendar import NoZoneError, calendar_file, plan_of

    desk = Desk(config, state, school)
    begin, end = _year(desk)
    days = day_of(first, begin), day_of(last, end)
    if days[1] < days[0]:
        refuse(say("cli.export.bad_span", first=days[0], last=days[1]))
    if teacher is not None and teacher not in desk.school.people:
        refuse_name("no_teacher", teacher)
    group = desk.group(class_name)
    key = group.key if group else ""
    path = free_path(out, f"tkb-{teacher or key or desk.school.id}.ics", force=force)
    plan = plan_of(desk.school, *days, off=[day_of(one, days[0]) for one in off or ()])
    said = desk.about([])
    try:
        content = calendar_file(plan, said, group=key, teacher=teacher or "")
    except NoZoneError as error:
        refuse(error)
    write_file(path, content, said.source, force=force)


@export_app.command("oneroster", help=say("cli.export.oneroster"))
def oneroster(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Config = None,
    school: SchoolFile = None,
    first: First = None,
    last: Last = None,
    version: Annotated[OneRoster, typer.Option(help=say("cli.export.opt.version"))] = OneRoster.V11,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write the roster of this school year."""
    from edge.cli.export_desk import Desk, day_of, free_path, write_file
    from school.files.books.out_oneroster import SchoolYear, oneroster_file

    desk = Desk(config, state, school)
    begin, end = _year(desk)
    since, until = day_of(first, begin), day_of(last, end)
    if until < since:
        refuse(say("cli.export.bad_span", first=since, last=until))
    path = free_path(out, f"oneroster-{desk.school.id}.zip", force=force)
    year = SchoolYear(f"{since.year}-{until.year}", since, until)
    said = desk.about([])
    content = oneroster_file(desk.school, year, said, version.value)
    desk.note("oneroster", None)
    write_file(path, content, said.source, force=force)


@export_app.command("room-records", help=say("cli.export.room_records"))
def room_records(
    source: Annotated[Path, typer.Option("--from", help=say("cli.export.opt.records"))],
    room: Annotated[str, typer.Option(help=say("cli.export.opt.room"))],
    on: Annotated[str | None, typer.Option(help=say("cli.export.opt.on"))] = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Write the part of the school's records that a room may hold on a day and around it."""
    from edge.cli.export_desk import Desk, day_of, free_path, refuse_name, write_file
    from school.room_copy import room_copy
    from school.room_cut import cut_for_room
    from school.school_file import read_rows, write_school
    from sync.state.records import NAME

    path = source / NAME if source.is_dir() else source
    desk = Desk(None, None, path)
    place = desk.school.rooms.get(room) or refuse_name("no_room", room)
    to = free_path(out, f"school-{room}.json", force=force)
    own = cut_for_room(read_rows(path.read_bytes()), place.id, day_of(on, desk.today))
    content = write_school(room_copy(own))
    desk.note(f"room-records {room}", None)
    write_file(to, content, place.name, force=force)


def _year(desk: "Desk") -> tuple[date, date]:
    """First and last day of the school year that is on, or of the usual one without records."""
    today = desk.today
    for one in desk.school.years:
        if one.first_day <= today <= one.last_day:
            return one.first_day, one.last_day
    year = today.year if today.month >= 7 else today.year - 1
    return date(year, *_YEAR_FIRST), date(year + 1, *_YEAR_LAST)
