"""The timetable as iCalendar (RFC 5545), for a class or a teacher (domain reference §6.5).

One VEVENT for each (class or teacher, slot, timetable version), weekly until the version ends. What
a day really has is asked of `day_plan`, as the rooms ask it: days off, cancelled lessons and those
that give way to an exam are taken out (EXDATE); another teacher, room or subject is an override of
one day (RECURRENCE-ID); a lesson that no week has, made up or swapped, is an event of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sync.school.day_plan import Dated, bells_on, exams_on, is_suspended, lessons_on
from sync.school.files.out_about import About
from sync.school.ids import group_key, lesson_id
from sync.school.names import clean
from sync.school.records import Bell, School, Session, TimetableEntry

_Place = tuple[str, Session, int]

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
    lines = [*_head(plan, about), *_events(plan, about, _Wish(group, teacher)), "END:VCALENDAR"]
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


def _events(plan: Plan, about: About, wish: _Wish) -> Iterator[str]:
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
                yield from _single(plan, about, day, entry, bell)


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


def _event(plan: Plan, about: About, series: _Series, held: Sequence[date]) -> Iterator[str]:
    """The weekly event and its overrides; none where no day has the lesson."""
    if not held:
        return
    start = series.bell.start_min
    yield from _open(about, series.uid, held[0], series.bell)
    until = _utc(held[-1], start, plan.school)
    yield f"RRULE:FREQ=WEEKLY;UNTIL={until};BYDAY={_DAYS[series.entry.weekday]}"
    for n in range(0, (held[-1] - held[0]).days, 7):
        day = held[0] + timedelta(n)
        if day not in held:
            yield f"EXDATE;TZID={ZONE_NAME}:{_local(day, start)}"
    yield from _words(plan.school, series.entry)
    yield "END:VEVENT"
    for day in held:
        entry, bell = plan.lessons[day][_place(series.entry)]
        if entry != series.entry:
            yield from _open(about, series.uid, day, bell)
            yield f"RECURRENCE-ID;TZID={ZONE_NAME}:{_local(day, start)}"
            yield from _words(plan.school, entry)
            yield "END:VEVENT"


def _single(
    plan: Plan, about: About, day: date, entry: TimetableEntry, bell: Bell
) -> Iterator[str]:
    """A lesson of one day that no series of this calendar has."""
    lesson = lesson_id(day, entry.session, entry.slot, entry.group_key)
    yield from _open(about, f"{lesson}@{plan.school.id}.lophoc", day, bell)
    yield from _words(plan.school, entry)
    yield "END:VEVENT"


def _open(about: About, uid: str, day: date, bell: Bell) -> Iterator[str]:
    yield from ("BEGIN:VEVENT", f"UID:{uid}")
    yield f"DTSTAMP:{about.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;TZID={ZONE_NAME}:{_local(day, bell.start_min)}"
    yield f"DTEND;TZID={ZONE_NAME}:{_local(day, bell.end_min)}"


def _words(school: School, entry: TimetableEntry) -> Iterator[str]:
    group = school.groups[entry.group_key].name
    given = (school.people.get(one or "") for one in (entry.teacher_id, *entry.co_teacher_ids))
    teachers = ", ".join(teacher.name for teacher in given if teacher)
    title = " · ".join(word for word in (entry.subject, group) if word)
    yield f"SUMMARY:{escape(clean(title))}"
    if entry.room is not None and entry.room in school.rooms:
        yield f"LOCATION:{escape(school.rooms[entry.room].name)}"
    said = f"Tiết {entry.slot}" + (f" · {teachers}" if teachers else "")
    yield f"DESCRIPTION:{escape(said)}"


def _local(day: date, minute: int) -> str:
    return f"{datetime(day.year, day.month, day.day) + timedelta(minutes=minute):%Y%m%dT%H%M%S}"  # noqa: DTZ001 - local by its TZID


def _utc(day: date, minute: int, school: School) -> str:
    moment = datetime.fromtimestamp(school.at_ms(day, minute) / 1000, UTC)
    return f"{moment:%Y%m%dT%H%M%SZ}"
