"""The timetable as iCalendar (RFC 5545), for a class or a teacher (domain reference §6.5).

One VEVENT for each (class or teacher, slot, timetable version), weekly until the version ends. What
a day really has is asked of `day_plan`, as the rooms ask it: days off, cancelled lessons and those
that give way to an exam are taken out (EXDATE); another teacher, room or subject is an override of
one day (RECURRENCE-ID); a lesson that no week has, made up or swapped, is an event of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneStandard

from school.day_plan import Dated, bells_on, exams_on, is_suspended, lessons_on
from school.files.books.out_about import About
from school.ids import group_key, lesson_id
from school.names import clean
from school.records import Bell, School, Session, TimetableEntry

_Place = tuple[str, Session, int]

ZONE_NAME = "Asia/Ho_Chi_Minh"
_ZONE = ZoneInfo(ZONE_NAME)
_DAYS = ("", "MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLAIN_OFFSET_MIN = 420


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


@dataclass(frozen=True)
class Plan:
    """What is written.

    Attributes:
        school: the records.
        versions: versions of the timetable; their days do not overlap.
        lessons: what each day has, by its slots; a day off has none.
    """

    school: School
    versions: Sequence[Version]
    lessons: Mapping[date, Mapping[_Place, Dated]]


def plan_of(school: School, first: date, last: date, off: Collection[date] = ()) -> Plan:
    """What the records plan for a span of days.

    Args:
        school: the records: versions of the timetable, days off, changes, exams.
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
    return Plan(school, versions, {day: _lessons(school, day) for day in days if day not in off})


def _lessons(school: School, day: date) -> Mapping[_Place, Dated]:
    exams = exams_on(school, day)
    return {
        _place(entry): (entry, bell)
        for entry, bell in lessons_on(school, day)
        if not is_suspended(exams, entry.room, bell)
    }


def _place(entry: TimetableEntry) -> _Place:
    return entry.group_key, entry.session, entry.slot


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
    calendar = _calendar(plan, about)
    for event in _events(plan, about, _Wish(group, teacher)):
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _calendar(plan: Plan, about: About) -> Calendar:
    """The calendar without events; its zone has had one time since 1975."""
    calendar = Calendar()
    calendar.add("prodid", "-//lophoc//export//VI")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.calendar_name = _printable(f"Thời khóa biểu – {plan.school.name}")
    made = f"{about.at:%H:%M %d/%m/%Y}"
    calendar.description = _printable(f"Nguồn: {about.source}. Lập lúc {made}.")
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1975, 6, 13))  # noqa: DTZ001 - local by definition
    standard.add("tzoffsetfrom", timedelta(minutes=_PLAIN_OFFSET_MIN))
    standard.add("tzoffsetto", timedelta(minutes=_PLAIN_OFFSET_MIN))
    standard.add("tzname", "+07")
    zone = Timezone()
    zone.add("tzid", ZONE_NAME)
    zone.add_component(standard)
    calendar.add_component(zone)
    return calendar


def _printable(text: str) -> str:
    """RFC 5545 has no place for control characters (3.1)."""
    return "".join(sign for sign in clean(text) if sign >= " " and sign != "\x7f")


@dataclass(frozen=True, slots=True)
class _Series:
    """One slot of one version at one time of the day.

    Attributes:
        uid: stable as long as the version has the slot.
        entry: the lesson as the week has it.
        bell: its time.
        days: on which the slot is rung at that time, whether a lesson is held or not.
    """

    uid: str
    entry: TimetableEntry
    bell: Bell
    days: Sequence[date]


@dataclass(frozen=True, slots=True)
class _Wish:
    """Whose lessons are written: of one group, of one teacher, or all."""

    group: str
    teacher: str

    def is_met(self, entry: TimetableEntry) -> bool:
        """Whether a lesson is one of them."""
        is_group = self.group in ("", entry.group_key)
        return is_group and self.teacher in ("", entry.teacher_id, *entry.co_teacher_ids)


def _events(plan: Plan, about: About, wish: _Wish) -> Iterator[Event]:
    shown: set[tuple[date, _Place]] = set()
    for version in plan.versions:
        for series in _series(plan, version):
            if wish.is_met(series.entry):
                held = [day for day in series.days if _held(plan, series, day, wish)]
                shown |= {(day, _place(series.entry)) for day in held}
                yield from _event(plan, about, series, held)
    for day, lessons in plan.lessons.items():
        for place, (entry, bell) in lessons.items():
            if wish.is_met(entry) and (day, place) not in shown:
                yield _single(plan, about, day, entry, bell)


def _series(plan: Plan, version: Version) -> Iterator[_Series]:
    """Series of each slot: one for each time of the day at which its bell rings."""
    days = [version.first + timedelta(n) for n in range((version.last - version.first).days + 1)]
    bells = {day: bells_on(plan.school, day) for day in days}
    for entry in version.entries:
        rung: dict[tuple[int, int], list[tuple[date, Bell]]] = {}
        for day in days:
            bell = bells[day].get((entry.session, entry.slot))
            if bell is not None and day.isoweekday() == entry.weekday:
                rung.setdefault((bell.start_min, bell.end_min), []).append((day, bell))
        for n, time in enumerate(sorted(rung)):
            uid = _uid(plan.school, version, entry, n)
            yield _Series(uid, entry, rung[time][0][1], [day for day, _ in rung[time]])


def _held(plan: Plan, series: _Series, day: date, wish: _Wish) -> bool:
    """Whether a day's lesson is held, at the time of its series, as one that is wished for."""
    entry, bell = plan.lessons.get(day, {}).get(_place(series.entry), (None, None))
    return entry is not None and bell == series.bell and wish.is_met(entry)


def _uid(school: School, version: Version, entry: TimetableEntry, n: int) -> str:
    slot = f"{entry.weekday}-{entry.session}-{entry.slot}" + (f"-{n}" if n else "")
    return f"{slot}-{entry.group_key}-tkb{_slug(version.name)}@{school.id}.lophoc"


def _slug(name: str) -> str:
    """A version's name as it may stand in an id: "TKB số 5" → "tkb-so-5"."""
    try:
        return group_key(name)
    except ValueError:
        return name.encode().hex()


def _event(plan: Plan, about: About, series: _Series, held: Sequence[date]) -> Iterator[Event]:
    """The weekly event and its overrides; none where no day has the lesson."""
    if not held:
        return
    start = series.bell.start_min
    event = _open(plan, about, series.uid, held[0], (series.entry, series.bell))
    until = _moment(held[-1], start).astimezone(UTC)
    weekday = _DAYS[series.entry.weekday]
    event.add("rrule", {"freq": "weekly", "until": until, "byday": weekday})
    days = (held[0] + timedelta(n) for n in range(0, (held[-1] - held[0]).days, 7))
    if out := [_moment(day, start) for day in days if day not in held]:
        event.add("exdate", out)
    yield event
    for day in held:
        entry, bell = plan.lessons[day][_place(series.entry)]
        if entry != series.entry:
            override = _open(plan, about, series.uid, day, (entry, bell))
            override.add("recurrence-id", _moment(day, start))
            yield override


def _single(plan: Plan, about: About, day: date, entry: TimetableEntry, bell: Bell) -> Event:
    """A lesson of one day that no series of this calendar has."""
    lesson = lesson_id(day, entry.session, entry.slot, entry.group_key)
    return _open(plan, about, f"{lesson}@{plan.school.id}.lophoc", day, (entry, bell))


def _open(plan: Plan, about: About, uid: str, day: date, lesson: Dated) -> Event:
    """A lesson as an event, on its first day."""
    entry, bell = lesson
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", about.at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", _moment(day, bell.start_min))
    event.add("dtend", _moment(day, bell.end_min))
    group = plan.school.groups[entry.group_key].name
    event.add("summary", _printable(" · ".join(word for word in (entry.subject, group) if word)))
    if entry.room is not None and entry.room in plan.school.rooms:
        event.add("location", _printable(plan.school.rooms[entry.room].name))
    people = plan.school.people
    given = (people.get(one or "") for one in (entry.teacher_id, *entry.co_teacher_ids))
    teachers = ", ".join(teacher.name for teacher in given if teacher)
    said = f"Tiết {entry.slot}" + (f" · {teachers}" if teachers else "")
    event.add("description", _printable(said))
    return event


def _moment(day: date, minute: int) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=_ZONE)
    return midnight + timedelta(minutes=minute)
