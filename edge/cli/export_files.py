"""`lophoc export …`: the school's records as files; whoever runs it reads the hub or one room."""

import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from edge.cli.export_source import Progress, Source, open_source, school_only
from edge.cli.say import refuse, say
from sync.school.files.out_about import About
from sync.school.files.out_days import (
    Held,
    Letters,
    Patience,
    about,
    classes_in_order,
    days_between,
    held_on,
    lessons_of,
)
from sync.school.records import Group, PersonKind, School
from sync.school.retention import Keeping

export_app = typer.Typer(no_args_is_help=True)

_SPAN_MAX = 400
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


class Desk:
    """One export: its records, its moment, where it is written.

    Attributes:
        source: records and facts.
        school: the records.
        at_ms: the moment of the export, Unix milliseconds.
    """

    def __init__(self, config: Path | None, state: Path | None, school: Path | None = None) -> None:
        if config is None and school is None:
            refuse(say("cli.export.no_source"))
        self.source: Source = (
            open_source(config, state) if config is not None else school_only(school or Path())
        )
        self.school: School = self.source.register.school
        self.at_ms = time.time_ns() // 1_000_000
        self._at = self.school.local(self.at_ms)

    @property
    def today(self) -> date:
        """The local date."""
        return self._at.date()

    def held(self, first: date, last: date) -> list[Held]:
        """Lessons of a span, with progress."""
        if not 0 <= (last - first).days <= _SPAN_MAX:
            refuse(say("cli.export.bad_span", first=first, last=last))
        progress = Progress("days", (last - first).days + 1)
        found: list[Held] = []
        for day in days_between(first, last):
            found += held_on(self.source.register, day, self.at_ms)
            progress.step()
        progress.close()
        return found

    def about(self, held: list[Held]) -> About:
        """What the file says of itself."""
        return about(self.school, self.source.words, self._at, held)

    def patience(self, days: int) -> Patience:
        """When an unknown excuse becomes K."""
        return Patience(self.source.register, self.today, days)

    def letters(self, days: int) -> Letters:
        """The short forms of marks."""
        return Letters(self.source.register, self.patience(days))

    def group(self, name: str) -> Group:
        """A class or group by key or name."""
        return self.school.find_group(name) or _refuse("no_class", name)

    def only(self, held: list[Held], name: str | None) -> list[Held]:
        """The lessons of one class; of all without a name."""
        if name is None:
            return held
        key = self.group(name).key
        return [one for one in held if one.state.group_key == key]


def _refuse(word: str, name: str) -> NoReturn:
    refuse(say(f"cli.export.{word}", name=name))


def _day(text: str | None, default: date) -> date:
    try:
        return default if text is None else date.fromisoformat(text)
    except ValueError:
        refuse(say("cli.export.bad_date", text=text))


def _write(path: Path, content: bytes, said: str, *, force: bool) -> None:
    """A whole file or none, readable by its owner alone; never in place of another one unasked."""
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists() and not force:
            refuse(say("cli.export.exists", file=path))
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        refuse(say("cli.export.unwritable", file=path, reason=error.strerror))
    typer.echo(say("cli.export.done", file=path, about=said))


def _free(out: Path | None, default: str, *, force: bool) -> Path:
    """Where to write; refused early, before the long work."""
    path = out or Path(default)
    if path.exists() and not force:
        refuse(say("cli.export.exists", file=path))
    return path


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
    from sync.school.files.out_attendance import attendance_file

    desk = Desk(config, state)
    until = _day(last, desk.today)
    since = _day(first, until - timedelta(days=6))
    path = _free(out, f"diem-danh-{since}-{until}.xlsx", force=force)
    held = desk.only(desk.held(since, until), class_name)
    said = desk.about(held)
    letters = desk.letters(unknown_days)
    content = attendance_file(desk.school, held, letters, said, everybody=everybody)
    _write(path, content, said.completeness, force=force)


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
    from sync.school.files.out_month import month_sheets
    from sync.school.files.xlsx_out import write_book

    desk = Desk(config, state)
    first = _day(None if month_text is None else f"{month_text}-01", desk.today.replace(day=1))
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    path = _free(out, f"so-thang-{first:%Y-%m}.xlsx", force=force)
    held = desk.held(first, last)
    said = desk.about(desk.only(held, class_name))
    groups = classes_in_order(desk.school) if class_name is None else [desk.group(class_name)]
    progress = Progress("classes", len(groups))
    patience = desk.patience(unknown_days)
    sheets = month_sheets(desk.source.register, first, groups, held, patience)
    content = write_book(sheets, said, progress.step)
    progress.close()
    _write(path, content, said.completeness, force=force)


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
    from sync.school.files.out_logbook import Week, logbook_file, week_of

    desk = Desk(config, state)
    monday, sunday = week_of(_day(week, desk.today))
    path = _free(out, f"so-dau-bai-{monday}.xlsx", force=force)
    held = desk.held(monday, sunday)
    groups = classes_in_order(desk.school) if class_name is None else [desk.group(class_name)]
    said = desk.about(desk.only(held, class_name))
    pages = Week(desk.source.register, held, desk.patience(unknown_days))
    _write(path, logbook_file(pages, groups, said), said.completeness, force=force)
    for group in groups:
        typer.echo(f"{group.name}: {pages.line(group)}")


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
    from sync.school.files.out_totals import totals_file

    desk = Desk(config, state)
    until = _day(last, desk.today)
    since = _day(first, until - timedelta(days=6))
    path = _free(out, f"tong-so-{since}-{until}.csv", force=force)
    held = desk.held(since, until)
    said = desk.about(held)
    content = totals_file(desk.source.register, held, desk.patience(unknown_days), said)
    _write(path, content, said.completeness, force=force)


@export_app.command("record", help=say("cli.export.record"))
def record(
    pupil: Annotated[str, typer.Argument(help=say("cli.export.opt.pupil"))],
    config: Config = None,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write all that is held about one pupil, as xlsx and as JSON beside it."""
    from sync.school.files.out_record import record_file, record_json, record_of

    desk = Desk(config, state)
    person = desk.school.people.get(pupil)
    if person is None or person.kind is not PersonKind.PUPIL:
        _refuse("no_pupil", pupil)
    path = _free(out, f"hoc-sinh-{pupil}.xlsx", force=force)
    beside = _free(path.with_suffix(".json"), "", force=force)
    said = desk.about(lessons_of(desk.source.register, pupil))
    found = record_of(desk.source.register, person, said)
    _write(path, record_file(found, said), said.completeness, force=force)
    _write(beside, record_json(found), said.completeness, force=force)


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
    from sync.school.files.out_calendar import NoZoneError, calendar_file, plan_of

    desk = Desk(config, state, school)
    begin, end = _year(desk)
    days = _day(first, begin), _day(last, end)
    if days[1] < days[0]:
        refuse(say("cli.export.bad_span", first=days[0], last=days[1]))
    if teacher is not None and teacher not in desk.school.people:
        _refuse("no_teacher", teacher)
    group = desk.group(class_name).key if class_name is not None else ""
    path = _free(out, f"tkb-{teacher or group or desk.school.id}.ics", force=force)
    plan = plan_of(desk.school, *days, off=[_day(one, days[0]) for one in off or ()])
    said = desk.about([])
    try:
        content = calendar_file(plan, said, group=group, teacher=teacher or "")
    except NoZoneError as error:
        refuse(error)
    _write(path, content, said.source, force=force)


@export_app.command("oneroster", help=say("cli.export.oneroster"))
def oneroster(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Config = None,
    school: SchoolFile = None,
    first: First = None,
    last: Last = None,
    out: Out = None,
    force: Force = False,
    state: State = None,
) -> None:
    """Write the roster of this school year."""
    from sync.school.files.out_oneroster import SchoolYear, oneroster_file

    desk = Desk(config, state, school)
    begin, end = _year(desk)
    since, until = _day(first, begin), _day(last, end)
    if until < since:
        refuse(say("cli.export.bad_span", first=since, last=until))
    path = _free(out, f"oneroster-{desk.school.id}.zip", force=force)
    year = SchoolYear(f"{since.year}-{until.year}", since, until)
    said = desk.about([])
    _write(path, oneroster_file(desk.school, year, said), said.source, force=force)


def _year(desk: Desk) -> tuple[date, date]:
    """First and last day of the school year that is on, or of the usual one without records."""
    today = desk.today
    for one in desk.school.years:
        if one.first_day <= today <= one.last_day:
            return one.first_day, one.last_day
    year = today.year if today.month >= 7 else today.year - 1
    return date(year, *_YEAR_FIRST), date(year + 1, *_YEAR_LAST)
