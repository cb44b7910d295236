"""The school year and what is told of single days: weeks, days off, changes, leave, exams.

Source: domain reference §2.1, §2.5, §3.7, §4. Calendar is data; nothing here knows a date by heart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_WEEK = timedelta(days=7)
_SCHOOL_DAYS = 6  # Thứ Hai … Thứ Bảy


class Session(StrEnum):
    """A half of the school day (buổi), by its sign in lesson ids."""

    MORNING = "S"  # sáng
    AFTERNOON = "C"  # chiều
    EVENING = "T"  # tối


class ChangeKind(StrEnum):
    """Why a lesson is not as the timetable says."""

    SUBSTITUTE = "substitute"  # dạy thay
    MAKE_UP = "make_up"  # dạy bù
    SWAP = "swap"  # đổi tiết
    ROOM = "room"  # đổi phòng
    CANCELLED = "cancelled"  # nghỉ tiết


ADDS = frozenset({ChangeKind.MAKE_UP, ChangeKind.SWAP})
"""Changes that may put a lesson where the timetable has none."""


class LeaveState(StrEnum):
    """How far a leave request is; only an approved one counts."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Semester:
    """A semester (học kỳ) with its first and last day."""

    name: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Closed:
    """Days off, both days counted.

    Attributes:
        first_day: first day off.
        last_day: last day off.
        name: why.
        declared_on: day on which it was declared, where that was late (nghỉ đột xuất).
    """

    first_day: date
    last_day: date
    name: str = ""
    declared_on: date | None = None


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """A school year (năm học).

    Attributes:
        year: "2026-2027".
        first_day: a day of week 1.
        last_day: last day of lessons.
        semesters: in their order.
        closed: days off.
    """

    year: str
    first_day: date
    last_day: date
    semesters: tuple[Semester, ...] = ()
    closed: tuple[Closed, ...] = ()

    def is_closed(self, day: date) -> bool:
        """Whether it is a day off of this year."""
        return any(c.first_day <= day <= c.last_day for c in self.closed)

    def week(self, day: date) -> int | None:
        """The school week (tuần) of a day, 1 and up; None outside the year and in weeks off.

        A week that was planned to be off from Monday to Saturday has no number (Tết); days that
        were declared late do not change the numbers.
        """
        if not self.first_day <= day <= self.last_day or self._is_off(_monday(day)):
            return None
        monday, number = _monday(self.first_day), 0
        while monday <= day:
            number += not self._is_off(monday)
            monday += _WEEK
        return number

    def semester(self, day: date) -> Semester | None:
        """The semester of a day."""
        return next((s for s in self.semesters if s.first_day <= day <= s.last_day), None)

    def _is_off(self, monday: date) -> bool:
        planned = [c for c in self.closed if c.declared_on is None]
        days = [monday + timedelta(days=n) for n in range(_SCHOOL_DAYS)]
        days = [d for d in days if self.first_day <= d <= self.last_day]
        return all(any(c.first_day <= d <= c.last_day for c in planned) for d in days)


@dataclass(frozen=True, slots=True)
class Substitution:
    """A change of one lesson on one day; the timetable stays untouched.

    Attributes:
        kind: why.
        day: when.
        session: half of the day.
        slot: its number.
        group_key: who.
        subject: None = as planned.
        teacher_id: None = as planned.
        room: None = as planned.
    """

    kind: ChangeKind
    day: date
    session: Session
    slot: int
    group_key: str
    subject: str | None = None
    teacher_id: str | None = None
    room: str | None = None


@dataclass(frozen=True, slots=True)
class PlanLesson:
    """One lesson of the teaching plan (PPCT): its number (tiết CT) and title."""

    subject: str
    grade: int
    number: int
    title: str
    week: int | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """A pupil's leave for some days, without its reason.

    Attributes:
        id: of the request.
        person_id: the pupil.
        first_day: first day away.
        last_day: last day away.
        session: one half of the day only; None = whole days.
        state: how far it is.
    """

    id: str
    person_id: str
    first_day: date
    last_day: date
    session: Session | None = None
    state: LeaveState = LeaveState.APPROVED

    def holds(self, day: date, session: Session) -> bool:
        """Whether it excuses an absence then."""
        is_then = self.first_day <= day <= self.last_day and self.session in (None, session)
        return is_then and self.state is LeaveState.APPROVED


@dataclass(frozen=True, slots=True)
class LogbookEntry:
    """What a person wrote in the logbook of one lesson.

    Attributes:
        number: number in the teaching plan.
        title: lesson title.
        grade: Tốt, Khá, Đạt, Chưa đạt, or A to D.
        remark: one of the stock remarks.
        signed_by: person id, or `place` (chốt tại lớp, theo TKB); empty while unsigned.
    """

    number: int | None = None
    title: str = ""
    grade: str = ""
    remark: str = ""
    signed_by: str = ""


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam in one room: lessons there are suspended and readers silent.

    Attributes:
        group_key: its list, as a group of its own in lesson ids.
        name: as people say it.
        room: where.
        day: when.
        start_min: first minute of the day.
        end_min: minute at which it is over.
        subject: what.
        candidates: person ids in the order of their numbers (số báo danh).
        numbers: those numbers, in the same order.
    """

    group_key: str
    name: str
    room: str
    day: date
    start_min: int
    end_min: int
    subject: str
    candidates: tuple[str, ...]
    numbers: tuple[str, ...]


def within(day: date, first: date | None, last: date | None) -> bool:
    """Whether a day lies in a time whose open ends are None; both ends count."""
    return (first is None or first <= day) and (last is None or day <= last)


def next_plan_lesson(
    plan: Iterable[PlanLesson], subject: str, grade: int | None, taught: Iterable[int]
) -> PlanLesson | None:
    """The first lesson of the plan after the highest number that was taught; None at its end."""
    last = max(taught, default=0)
    mine = (p for p in plan if (p.subject, p.grade) == (subject, grade) and p.number > last)
    return min(mine, key=lambda p: p.number, default=None)


def _monday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() - 1)
