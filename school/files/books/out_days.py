"""Lessons of a span of days, and each pupil's half days (buổi) from the confirmed ones.

Source: domain reference §3.1 and §3.2.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from school.files.books.out_about import About
from school.ids import parse_lesson_id
from school.lesson_book import AttendanceState
from school.marks import HERE, Excuse, Mark, Presence
from school.papers import Decision
from school.records import Group, Person, School, Session
from school.register import LessonState, Register
from school.retention import is_school_day
from school.sessions import Lesson, Stay, derive

LEGEND = (
    "Chú thích: P = vắng có phép; K = vắng không phép (gồm chưa rõ phép quá {days} ngày học); "
    "? = chưa rõ phép; / = có tiết, chưa chốt; để trống = có mặt; nền xám = không có tiết, "
    "hoặc chưa hay không còn học lớp này."
)


@dataclass(frozen=True, slots=True)
class Held:
    """A lesson that has begun.

    Attributes:
        day: its date.
        state: how it stands.
        register: has the marks of its roster.
    """

    day: date
    state: LessonState
    register: Register

    @property
    def marks(self) -> Sequence[Mark]:
        """The whole roster in its order."""
        return self.register.marks(self.state.id)

    @property
    def presences(self) -> Mapping[str, Presence]:
        """Where each pupil of the roster was: all that most exports need, and far cheaper."""
        return self.register.presences(self.state.id)

    def among(self, wanted: Collection[Presence]) -> list[str]:
        """Pupils of the roster with one of these presences."""
        return [person for person, presence in self.presences.items() if presence in wanted]

    def mark(self, person_id: str) -> Mark | None:
        """One pupil's mark; None for who is not of this lesson."""
        return self.register.mark(self.state.id, person_id)

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
            left -= _has_lessons(register, day)
            self._limit = day

    def is_over(self, day: date) -> bool:
        """Whether an absence of that day has waited long enough."""
        return day < self._limit

    def sign(self, excuse: Excuse | None, day: date) -> Sign:
        """An absence of that day as the books write it."""
        sign = _BY_EXCUSE[excuse or Excuse.UNKNOWN]
        return Sign.UNEXCUSED if sign is Sign.UNKNOWN and self.is_over(day) else sign


def _has_lessons(register: Register, day: date) -> bool:
    school = register.school
    if school.timetable or school.timetables:
        return bool(register.timetable.on(day))
    return is_school_day(day, school.years)


def held_on(register: Register, day: date, at_ms: int) -> list[Held]:
    """The lessons of a day that have begun by a moment, or of which something is known."""
    return [
        Held(day, state, register)
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
            found.append(Held(day, register.lesson(lesson_id), register))
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


def members(
    school: School, group_key: str, days: Collection[date], held: Iterable[Held]
) -> dict[Person, set[date]]:
    """Who was in a class on which of some days: its list of the last day, then who left before.

    Who is not on the list of a day, and yet was confirmed in a lesson of it, was in the class.
    """
    found: dict[str, set[date]] = {}
    for day in sorted(days, reverse=True):
        for person in school.roster(group_key, day):
            found.setdefault(person.id, set()).add(day)
    for one in held:
        if one.state.group_key != group_key or one.day not in days:
            continue
        listed = school.roster(group_key, one.day)
        if len(listed) == len(one.presences):
            continue
        for kept in sorted(one.presences.keys() - {person.id for person in listed}):
            found.setdefault(kept, set()).add(one.day)
    return {school.person(person): mine for person, mine in found.items()}


HalfDay = tuple[date, Session]


class HalfDays:
    """Half days of all pupils, from lessons of the regular programme (`counts_to_45`).

    Args:
        register: the records, and what office or homeroom teacher decided of a half day.
        held: lessons of the span in the order of time.
        patience: when an unknown excuse becomes K.

    Attributes:
        held: the same lessons.
        lessons: those that count, by half day.
    """

    def __init__(self, register: Register, held: Iterable[Held], patience: Patience) -> None:
        self.held = list(held)
        self._papers = register.papers
        self._patience = patience
        self._signs: dict[str, dict[HalfDay, Sign]] = defaultdict(dict)
        self._late: dict[str, list[Held]] = defaultdict(list)
        self._school = register.school
        self._moved: dict[str, dict[HalfDay, str]] = {}  # begun in a class that is left since
        self.lessons: dict[HalfDay, list[Held]] = defaultdict(list)
        for one in self.held:
            group = register.school.groups.get(one.state.group_key)
            if one.state.session is not None and (group is None or group.counts_to_45):
                self.lessons[one.day, one.state.session].append(one)
        for when, lessons in self.lessons.items():
            self._take(when, lessons)

    def of(self, person_id: str, days: Collection[date], key: str) -> Mapping[HalfDay, Sign]:
        """A pupil's half days in a class that had lessons, of some days.

        A half day in which the pupil was moved belongs to the class in which it was begun.
        """
        signs = self._signs.get(person_id, {})
        return {
            when: sign
            for when, sign in signs.items()
            if when[0] in days and self._is_in(person_id, when, key)
        }

    def is_elsewhere(self, person_id: str, day: date, key: str) -> bool:
        """Whether a half day of a date was begun in another class."""
        moved = self._moved.get(person_id, {})
        return any(when[0] == day and held != key for when, held in moved.items())

    def on(self, when: HalfDay) -> Mapping[str, Sign]:
        """All pupils of a half day by person id."""
        people = dict.fromkeys(person for one in self.lessons[when] for person in one.presences)
        return {person: self._signs[person][when] for person in people}

    def late(self, person_id: str, days: Collection[date], key: str) -> int:
        """How often a pupil of a class came late to a lesson on some days."""
        late = self._late.get(person_id, ())
        return sum(one.day in days and self._is_own(one, person_id, key) for one in late)

    def _is_own(self, one: Held, person_id: str, key: str) -> bool:
        """Whether a lesson is of a class, or of a group with a pupil who is of the class then."""
        group = self._school.groups.get(one.state.group_key)
        if group is not None and group.is_class:
            return group.key == key
        session = one.state.session
        return session is None or self._is_in(person_id, (one.day, session), key)

    def _is_in(self, person_id: str, when: HalfDay, key: str) -> bool:
        moved = self._moved.get(person_id)
        if moved is None or all(begun[0] != when[0] for begun in moved):
            return True
        if when in moved:
            return moved[when] == key
        return any(person.id == person_id for person in self._school.roster(key, when[0]))

    def _note_moved(self, when: HalfDay, told: Iterable[Held]) -> None:
        """Who was confirmed in a lesson of a class whose list of that day is without them."""
        begun: dict[str, str] = {}
        for one in told:
            group = self._school.groups.get(one.state.group_key)
            if group is not None and group.is_class:
                for person in one.presences:
                    begun.setdefault(person, group.key)
        for key in set(begun.values()):
            listed = {person.id for person in self._school.roster(key, when[0])}
            for person in [p for p, k in begun.items() if k == key and p not in listed]:
                self._moved.setdefault(person, {})[when] = key

    def _take(self, when: HalfDay, lessons: Sequence[Held]) -> None:
        told = [one for one in lessons if one.is_confirmed]
        for one in told:
            for person in one.among({Presence.LATE}) if one.state.counts.late else ():
                self._late[person].append(one)
        self._note_moved(when, told)
        # Who was in some lesson was in school: most pupils, so that `derive` need not be asked.
        here = set[str]().union(*(one.among(HERE) for one in told))
        here -= self._papers.decided(*when)
        for person in here:
            self._signs[person][when] = Sign.PRESENT
        others: dict[str, list[Lesson]] = defaultdict(list)
        for one in lessons:
            slot, is_confirmed = one.state.slot, one.is_confirmed
            for person in one.presences.keys() - here:
                if mark := one.mark(person):
                    others[person].append(Lesson(slot, is_confirmed, mark))
        for person, said in others.items():
            self._signs[person][when] = self._sign(person, when, said)

    def _sign(self, person_id: str, when: HalfDay, lessons: Sequence[Lesson]) -> Sign:
        found = derive(lessons, self._papers.decision(person_id, *when))
        if found.stay is Stay.UNKNOWN:
            return Sign.NO_DATA
        if found.stay is not Stay.ABSENT:
            return Sign.PRESENT
        return self._patience.sign(found.excuse, when[0])


class Letters:
    """One lesson's marks in the short form of the books.

    Args:
        register: has what office or homeroom teacher decided of the half day; of an absence the
            decided excuse stands, as in the month sheet.
        patience: when an unknown excuse becomes K.
    """

    def __init__(self, register: Register, patience: Patience) -> None:
        self._papers = register.papers
        self.patience = patience

    def decision(self, one: Held, mark: Mark) -> Decision | None:
        """What was decided of the half day of an absence."""
        if mark.presence is not Presence.ABSENT or one.state.session is None:
            return None
        return self._papers.decision(mark.person_id, one.day, one.state.session)

    def letter(self, one: Held, mark: Mark) -> str:
        """P, K, M …; "Chưa rõ" while nobody knows the excuse; empty for presence."""
        if mark.presence is not Presence.ABSENT:
            return _LETTERS[mark.presence]
        decision = self.decision(one, mark)
        excuse = decision.excuse if decision and decision.absent else mark.excuse
        sign = self.patience.sign(excuse, one.day)
        return "Chưa rõ" if sign is Sign.UNKNOWN else sign.value


_LETTERS = {
    Presence.UNMARKED: "Chưa ghi",
    Presence.PRESENT: "",
    Presence.LATE: "M",
    Presence.LEFT_EARLY: "V",
    Presence.SKIPPED: "B",
    Presence.OUT_ON_DUTY: "T",
}
