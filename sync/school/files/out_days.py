"""Lessons of a span of days, and each pupil's half days (buổi) from the confirmed ones.

Source: domain reference §3.1 and §3.2.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sync.school.files.out_about import About
from sync.school.ids import parse_lesson_id
from sync.school.lesson_book import AttendanceState
from sync.school.marks import Excuse, Mark, Presence
from sync.school.records import Group, School, Session
from sync.school.register import LessonState, Register

LEGEND = (
    "Chú thích: P = vắng có phép; K = vắng không phép (gồm chưa rõ phép quá {days} ngày học); "
    "? = chưa rõ phép; / = có tiết, chưa chốt; để trống = có mặt; nền xám = không có tiết."
)


@dataclass(frozen=True, slots=True)
class Held:
    """A lesson that has begun, with the marks of its roster."""

    day: date
    state: LessonState
    marks: Sequence[Mark]

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody has confirmed it (chốt)."""
        return self.state.attendance is AttendanceState.CONFIRMED


class Sign(StrEnum):
    """A pupil's half day as the books write it."""

    PRESENT = ""
    EXCUSED = "P"
    UNEXCUSED = "K"
    UNKNOWN = "?"
    NO_DATA = "/"


_BY_EXCUSE = {
    Excuse.EXCUSED: Sign.EXCUSED,
    Excuse.UNEXCUSED: Sign.UNEXCUSED,
    Excuse.UNKNOWN: Sign.UNKNOWN,
}


class Patience:
    """When an excuse that nobody knows is written as K.

    Args:
        register: gives the school days.
        today: the local date of the export.
        days: whole school days between the absence and today; from so many on it is K.
    """

    def __init__(self, register: Register, today: date, days: int) -> None:
        self.days = days
        self._limit = today
        left = days
        for back in range(1, 366):
            if left <= 0:
                break
            day = today - timedelta(days=back)
            left -= bool(register.timetable.on(day))
            self._limit = day

    def is_over(self, day: date) -> bool:
        """Whether an absence of that day has waited long enough."""
        return day < self._limit


def held_on(register: Register, day: date, at_ms: int) -> list[Held]:
    """The lessons of a day that have begun by a moment, or of which something is known."""
    return [
        Held(day, state, register.marks(state.id))
        for state in register.lessons_on(day)
        if state.attendance is not AttendanceState.NONE
        or (state.starts_ms is not None and state.starts_ms <= at_ms)
    ]


def lessons_of(register: Register, person_id: str) -> list[Held]:
    """The dated lessons of a pupil of which some fact speaks."""
    found = []
    for lesson_id in register.touched_lessons():
        day = parse_lesson_id(register.canonical(lesson_id)).day
        if day is not None and register.on_roster(lesson_id, person_id):
            found.append(Held(day, register.lesson(lesson_id), register.marks(lesson_id)))
    return found


def days_between(first: date, last: date) -> Iterator[date]:
    """All dates from the first to the last, both among them."""
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def about(school: School, source: str, at: datetime, held: Iterable[Held]) -> About:
    """Source, time and completeness of an export of these lessons."""
    done: dict[str, bool] = {}
    confirmed = lessons = 0
    for one in held:
        key = one.state.group_key
        done[key] = done.get(key, True) and one.is_confirmed
        lessons += 1
        confirmed += one.is_confirmed
    classes = [key for key in done if key in school.groups and school.groups[key].is_class]
    return About(
        school=school.name,
        source=source,
        at=at,
        classes_done=sum(done[key] for key in classes),
        classes=len(classes),
        lessons_done=confirmed,
        lessons=lessons,
    )


def classes_in_order(school: School) -> list[Group]:
    """The classes of the school by grade and name."""
    classes = (group for group in school.groups.values() if group.is_class)
    return sorted(classes, key=lambda g: (g.grade or 0, len(g.name), g.name))


HalfDay = tuple[date, Session]


class HalfDays:
    """Half days of all pupils, from lessons of the regular programme (`counts_to_45`).

    Args:
        school: the records.
        held: lessons of the span.
        patience: when an unknown excuse becomes K.
    """

    def __init__(self, school: School, held: Iterable[Held], patience: Patience) -> None:
        self._patience = patience
        self._said: dict[str, dict[HalfDay, list[Mark]]] = defaultdict(dict)
        self._late: dict[str, int] = defaultdict(int)
        for one in held:
            group = school.groups.get(one.state.group_key)
            if one.state.session is not None and (group is None or group.counts_to_45):
                self._take(one, (one.day, one.state.session))

    def _take(self, one: Held, when: HalfDay) -> None:
        for mark in one.marks:
            said = self._said[mark.person_id].setdefault(when, [])
            if one.is_confirmed:
                said.append(mark)
                self._late[mark.person_id] += mark.presence is Presence.LATE

    def of(self, person_id: str) -> Mapping[HalfDay, Sign]:
        """A pupil's half days that had lessons."""
        said = self._said.get(person_id, {})
        return {when: self._sign(when[0], marks) for when, marks in said.items()}

    def late(self, person_id: str) -> int:
        """How often a pupil came late to a lesson."""
        return self._late.get(person_id, 0)

    def _sign(self, day: date, marks: Sequence[Mark]) -> Sign:
        sign = sign_of(marks)
        is_late = sign is Sign.UNKNOWN and self._patience.is_over(day)
        return Sign.UNEXCUSED if is_late else sign


def sign_of(marks: Sequence[Mark]) -> Sign:
    """A pupil's half day from the confirmed lessons of it.

    Absent only who was away in all of them; who skipped one was in school.
    """
    known = [mark for mark in marks if mark.presence is not Presence.UNMARKED]
    if not known:
        return Sign.NO_DATA
    if any(mark.presence is not Presence.ABSENT for mark in known):
        return Sign.PRESENT
    excuses = {mark.excuse for mark in known}
    return next((sign for excuse, sign in _BY_EXCUSE.items() if excuse in excuses), Sign.UNKNOWN)


def letter(mark: Mark, day: date, patience: Patience) -> str:
    """The short form of one lesson's mark in the books; "Chưa rõ" while nobody knows the excuse."""
    if mark.presence is Presence.ABSENT:
        sign = _BY_EXCUSE.get(mark.excuse or Excuse.UNKNOWN, Sign.UNKNOWN)
        if sign is not Sign.UNKNOWN:
            return sign.value
        return "K" if patience.is_over(day) else "Chưa rõ"
    return _LETTERS[mark.presence]


_LETTERS = {
    Presence.UNMARKED: "Chưa ghi",
    Presence.PRESENT: "",
    Presence.LATE: "M",
    Presence.LEFT_EARLY: "V",
    Presence.SKIPPED: "B",
    Presence.OUT_ON_DUTY: "T",
}
