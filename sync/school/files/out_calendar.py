"""The timetable as iCalendar (RFC 5545), for a class or a teacher (domain reference §6.5).

One VEVENT for each (class or teacher, slot, timetable version), weekly until the version ends, with
the closed days taken out; a substitution is an override of one day by RECURRENCE-ID.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sync.school.day_plan import bells_on
from sync.school.files.out_about import About
from sync.school.ids import group_key
from sync.school.names import clean
from sync.school.records import Bell, School, Session, TimetableEntry
from sync.school.year import ChangeKind

ZONE_NAME = "Asia/Ho_Chi_Minh"
_OCTETS = 75
_DAYS = ("", "MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLAIN_OFFSET_MIN = 420
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


class NoZoneError(ValueError):
    """The school is not on the time of Asia/Ho_Chi_Minh."""


@dataclass(frozen=True)
class Version:
    """One version of the timetable (TKB).

    Attributes:
        name: "1", "5" …: part of each event's id.
        first: first day on which it holds.
        last: last day.
        entries: the week.
    """

    name: str
    first: date
    last: date
    entries: Sequence[TimetableEntry]


@dataclass(frozen=True, slots=True)
class Change:
    """A lesson of one day that departs from the timetable; None leaves that part as planned.

    Attributes:
        day: its date.
        group_key: whose lesson.
        session: half of the day.
        slot: number within it.
        subject: what is taught instead.
        teacher_id: who teaches instead.
        room: where instead.
        is_off: the lesson is not given.
    """

    day: date
    group_key: str
    session: Session
    slot: int
    subject: str | None = None
    teacher_id: str | None = None
    room: str | None = None
    is_off: bool = False


@dataclass(frozen=True)
class Plan:
    """What is written.

    Attributes:
        school: the records.
        versions: versions of the timetable; their days do not overlap.
        closed: days without lessons.
        changes: substitutions, swaps, other rooms.
    """

    school: School
    versions: Sequence[Version]
    closed: Collection[date] = field(default_factory=frozenset)
    changes: Sequence[Change] = field(default_factory=tuple)


def plan_of(school: School, first: date, last: date, off: Collection[date] = ()) -> Plan:
    """What the records plan for a span of days.

    Args:
        school: the records: versions of the timetable, days off, changes.
        first: first day.
        last: last day.
        off: more days off.
    """
    known = sorted(school.timetables, key=lambda one: one.valid_from)
    starts = [
        ("0", date.min, school.timetable),
        *((t.name, t.valid_from, t.entries) for t in known),
    ]
    ends = [start - timedelta(1) for _, start, _ in starts[1:]]
    versions = [
        Version(name, max(start, first), min(end, last), entries)
        for (name, start, entries), end in zip(starts, [*ends, last], strict=True)
        if entries and max(start, first) <= min(end, last)
    ]
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    closed = {day for day in days if any(year.is_closed(day) for year in school.years)}
    changes = [
        Change(
            day=one.day,
            group_key=one.group_key,
            session=one.session,
            slot=one.slot,
            subject=one.subject,
            teacher_id=one.teacher_id,
            room=one.room,
            is_off=one.kind is ChangeKind.CANCELLED,
        )
        for one in school.substitutions
    ]
    return Plan(school, versions, closed | set(off), changes)


def calendar_file(plan: Plan, about: About, *, group: str = "", teacher: str = "") -> bytes:
    """The calendar of one class or group, of one teacher, or of the whole school.

    Args:
        plan: what is written.
        about: source and time.
        group: key of a class or group; empty = all.
        teacher: person id; empty = all.

    Raises:
        NoZoneError: the school's clock is not Việt Nam's.
    """
    if plan.school.utc_offset_min != _PLAIN_OFFSET_MIN:
        raise NoZoneError(
            f"the school's time is {plan.school.utc_offset_min} minutes from UTC; calendars are "
            f"written for {ZONE_NAME} (420) alone"
        )
    lines = [*_head(plan, about), *_events(plan, about, group, teacher), "END:VCALENDAR"]
    return b"".join(fold_line(line) for line in lines)


def fold_line(line: str) -> bytes:
    """A content line of at most 75 octets a piece, cut between characters, each ended by CRLF."""
    pieces: list[bytes] = []
    piece = b""
    for sign in line:
        octets = sign.encode()
        if len(piece) + len(octets) > _OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"


def escape(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    return "".join(c for c in text.translate(_ESCAPES) if c >= " " and c != "\x7f")


def _head(plan: Plan, about: About) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//lophoc//export//VI")
    yield from ("CALSCALE:GREGORIAN", "METHOD:PUBLISH")
    yield f"X-WR-CALNAME:{escape(f'Thời khóa biểu – {plan.school.name}')}"
    made = f"{about.at:%H:%M %d/%m/%Y}"
    yield f"X-WR-CALDESC:{escape(f'Nguồn: {about.source}. Lập lúc {made}.')}"
    yield from ("BEGIN:VTIMEZONE", f"TZID:{ZONE_NAME}", "BEGIN:STANDARD")
    yield from ("DTSTART:19750613T000000", "TZOFFSETFROM:+0700", "TZOFFSETTO:+0700")
    yield from ("TZNAME:+07", "END:STANDARD", "END:VTIMEZONE")


@dataclass(frozen=True, slots=True)
class _Series:
    """One slot of one version, with the days on which it is held."""

    uid: str
    entry: TimetableEntry
    bell: Bell
    days: Sequence[date]
    left_out: Sequence[date]
    last: date


def _events(plan: Plan, about: About, group: str, teacher: str) -> Iterator[str]:
    for version in plan.versions:
        for entry in version.entries:
            if group and entry.group_key != group:
                continue
            for series in _series(plan, version, entry):
                if not teacher or entry.teacher_id == teacher:
                    yield from _event(plan, about, series)
                    yield from _overrides(plan, about, series, teacher)
                else:
                    yield from _taken_over(plan, about, series, teacher)


def _series(plan: Plan, version: Version, entry: TimetableEntry) -> Iterator[_Series]:
    """Series of one slot: one for each time of the day at which its bell rings."""
    first = version.first + timedelta((entry.weekday - version.first.isoweekday()) % 7)
    days = [first + timedelta(7 * n) for n in range((version.last - first).days // 7 + 1)]
    rung = {day: _bell(plan.school, entry, day) for day in days}
    times = sorted({(b.start_min, b.end_min) for b in rung.values() if b is not None})
    for n, time in enumerate(times):
        mine = [d for d, b in rung.items() if b is not None and (b.start_min, b.end_min) == time]
        bell = next(b for b in rung.values() if b is not None and b.start_min == time[0])
        held = [day for day in mine if day not in plan.closed]
        if not held:
            continue
        span = [day for day in days if held[0] <= day <= held[-1]]
        left_out = [day for day in span if day not in held]
        uid = _uid(plan.school, version, entry, n)
        yield _Series(uid, entry, bell, held, left_out, held[-1])


def _uid(school: School, version: Version, entry: TimetableEntry, n: int) -> str:
    slot = f"{entry.weekday}-{entry.session}-{entry.slot}" + (f"-{n}" if n else "")
    return f"{slot}-{entry.group_key}-tkb{_slug(version.name)}@{school.id}.lophoc"


def _slug(name: str) -> str:
    """A version's name as it may stand in an id: "TKB số 5" → "tkb-so-5"."""
    try:
        return group_key(name)
    except ValueError:
        return name.encode().hex()


def _bell(school: School, entry: TimetableEntry, day: date) -> Bell | None:
    return bells_on(school, day).get((entry.session, entry.slot))


def _event(plan: Plan, about: About, series: _Series) -> Iterator[str]:
    until = _utc(series.last, series.bell.start_min, plan.school)
    yield from _open(about, series, series.days[0])
    yield f"RRULE:FREQ=WEEKLY;UNTIL={until};BYDAY={_DAYS[series.entry.weekday]}"
    for day in series.left_out:
        yield f"EXDATE;TZID={ZONE_NAME}:{_local(day, series.bell.start_min)}"
    yield from _words(plan.school, series.entry)
    yield "END:VEVENT"


def _open(about: About, series: _Series, day: date) -> Iterator[str]:
    yield from ("BEGIN:VEVENT", f"UID:{series.uid}")
    yield f"DTSTAMP:{about.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;TZID={ZONE_NAME}:{_local(day, series.bell.start_min)}"
    yield f"DTEND;TZID={ZONE_NAME}:{_local(day, series.bell.end_min)}"


def _overrides(plan: Plan, about: About, series: _Series, teacher: str) -> Iterator[str]:
    """Days that depart from the week; in a teacher's calendar, what another one gives is off."""
    for change in _changes(plan, series):
        yield from _open(about, series, change.day)
        yield f"RECURRENCE-ID;TZID={ZONE_NAME}:{_local(change.day, series.bell.start_min)}"
        if change.is_off or (teacher and change.teacher_id not in (None, teacher)):
            yield "STATUS:CANCELLED"
        yield from _words(plan.school, _changed(series.entry, change))
        yield "END:VEVENT"


def _taken_over(plan: Plan, about: About, series: _Series, teacher: str) -> Iterator[str]:
    """Lessons of others that a teacher gives as a substitute: events of their own."""
    for change in _changes(plan, series):
        if change.teacher_id == teacher and not change.is_off:
            own = _Series(f"{change.day:%Y%m%d}-{series.uid}", *_rest(series))
            yield from _open(about, own, change.day)
            yield from _words(plan.school, _changed(series.entry, change))
            yield "END:VEVENT"


def _rest(
    series: _Series,
) -> tuple[TimetableEntry, Bell, Sequence[date], Sequence[date], date]:
    return series.entry, series.bell, series.days, series.left_out, series.last


def _changes(plan: Plan, series: _Series) -> Iterable[Change]:
    key = (series.entry.group_key, series.entry.session, series.entry.slot)
    return (
        change
        for change in plan.changes
        if change.day in series.days and (change.group_key, change.session, change.slot) == key
    )


def _changed(entry: TimetableEntry, change: Change) -> TimetableEntry:
    return TimetableEntry(
        group_key=entry.group_key,
        weekday=entry.weekday,
        session=entry.session,
        slot=entry.slot,
        subject=entry.subject if change.subject is None else change.subject,
        teacher_id=entry.teacher_id if change.teacher_id is None else change.teacher_id,
        room=entry.room if change.room is None else change.room,
    )


def _words(school: School, entry: TimetableEntry) -> Iterator[str]:
    group = school.groups[entry.group_key].name
    teacher = school.people.get(entry.teacher_id or "")
    title = " · ".join(word for word in (entry.subject, group) if word)
    yield f"SUMMARY:{escape(clean(title))}"
    if entry.room is not None and entry.room in school.rooms:
        yield f"LOCATION:{escape(school.rooms[entry.room].name)}"
    said = f"Tiết {entry.slot}" + (f" · {teacher.name}" if teacher else "")
    yield f"DESCRIPTION:{escape(said)}"


def _local(day: date, minute: int) -> str:
    return f"{datetime(day.year, day.month, day.day) + timedelta(minutes=minute):%Y%m%dT%H%M%S}"  # noqa: DTZ001 - local by its TZID


def _utc(day: date, minute: int, school: School) -> str:
    moment = datetime.fromtimestamp(school.at_ms(day, minute) / 1000, UTC)
    return f"{moment:%Y%m%dT%H%M%SZ}"
