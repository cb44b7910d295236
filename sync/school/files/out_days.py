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
from sync.school.marks import HERE, Excuse, Mark, Presence
from sync.school.papers import Decision
from sync.school.records import Group, School, Session
from sync.school.register import LessonState, Register
from sync.school.sessions import Lesson, Stay, derive

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
        register: the records, and what office or homeroom teacher decided of a half day.
        held: lessons of the span in the order of time.
        patience: when an unknown excuse becomes K.
    """

    def __init__(self, register: Register, held: Iterable[Held], patience: Patience) -> None:
        self._papers = register.papers
        self._patience = patience
        self._said: dict[str, dict[HalfDay, list[Lesson]]] = defaultdict(dict)
        self._late: dict[str, int] = defaultdict(int)
        for one in held:
            group = register.school.groups.get(one.state.group_key)
            if one.state.session is not None and (group is None or group.counts_to_45):
                self._take(one, (one.day, one.state.session))

    def _take(self, one: Held, when: HalfDay) -> None:
        slot, is_confirmed = one.state.slot, one.is_confirmed
        for mark in one.marks:
            lesson = Lesson(slot, is_confirmed, mark)
            self._said[mark.person_id].setdefault(when, []).append(lesson)
            if is_confirmed and mark.presence is Presence.LATE:
                self._late[mark.person_id] += 1

    def of(self, person_id: str) -> Mapping[HalfDay, Sign]:
        """A pupil's half days that had lessons."""
        said = self._said.get(person_id, {})
        return {when: self._sign(person_id, when, one) for when, one in said.items()}

    def late(self, person_id: str) -> int:
        """How often a pupil came late to a lesson."""
        return self._late.get(person_id, 0)

    def _sign(self, person_id: str, when: HalfDay, lessons: Sequence[Lesson]) -> Sign:
        sign = sign_of(lessons, self._papers.decision(person_id, *when))
        is_late = sign is Sign.UNKNOWN and self._patience.is_over(when[0])
        return Sign.UNEXCUSED if is_late else sign


def sign_of(lessons: Sequence[Lesson], decision: Decision | None = None) -> Sign:
    """A pupil's half day as the books write it.

    Who skipped a lesson was in school: that is "Vắng, this lesson only" (domain reference §3.1).
    """
    if decision is None and any(one.is_confirmed and one.mark.presence in HERE for one in lessons):
        return Sign.PRESENT  # as `derive` would find, and nearly always so
    found = derive(lessons, decision)
    if found.stay is Stay.UNKNOWN:
        return Sign.NO_DATA
    if found.stay is not Stay.ABSENT or (found.skipped and decision is None):
        return Sign.PRESENT
    return _BY_EXCUSE.get(found.excuse or Excuse.UNKNOWN, Sign.UNKNOWN)


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
