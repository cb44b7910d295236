"""Half days and days from lessons, and the count towards the 45 of the year.

Source: domain reference §3.2. School books count sessions (buổi). Only lessons with chốt count;
what office or homeroom teacher decided overrides and says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from school.lesson_book import AttendanceState
from school.marks import AWAY, HERE, Excuse, Mark, Presence, Source
from school.papers import Decision
from school.records import Session
from school.register import Register
from school.rules import Rules


class Stay(StrEnum):
    """What a session says of a pupil."""

    UNKNOWN = "unknown"  # no lesson with chốt
    PRESENT = "present"
    ABSENT = "absent"  # missing in all, and nobody said that one was skipped
    FIRST_MISSED = "first_missed"  # vắng tiết đầu
    LEFT = "left"  # vắng từ tiết n, chưa rõ
    GAP = "gap"  # vắng tiết n, chưa rõ; or bỏ tiết: in school, and yet in no lesson


@dataclass(frozen=True, slots=True)
class Lesson:
    """One pupil in one lesson of the session, in the order of the day.

    Attributes:
        slot: its number; None where it has none.
        is_confirmed: whether it has a chốt.
        mark: the pupil's mark.
    """

    slot: int | None
    is_confirmed: bool
    mark: Mark


@dataclass(frozen=True, slots=True)
class SessionStay:
    """A pupil's session (buổi).

    Attributes:
        stay: the word for it.
        excuse: of a whole absence; None otherwise.
        missed: slots of the confirmed lessons that were missed.
        late: lessons that the pupil came late to.
        skipped: slots that a person said were skipped.
        decided_by: who decided it against the lessons; None where they speak for themselves.
        complete: whether every lesson of the session has a chốt.
    """

    stay: Stay
    excuse: Excuse | None = None
    missed: tuple[int, ...] = ()
    late: int = 0
    skipped: tuple[int, ...] = ()
    decided_by: Source | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class YearCount:
    """Sessions absent so far, as one a day.

    Attributes:
        absent: days with an absent session, excused and unexcused together.
        excused: of these, those where every absent session is excused.
        warning: the highest of the warning limits that is reached; None below the first.
        is_over: more than the year allows.
    """

    absent: int
    excused: int
    warning: int | None
    is_over: bool


def derive(lessons: Sequence[Lesson], decision: Decision | None = None) -> SessionStay:
    """A session from its lessons, in the order of the day."""
    told = [one for one in lessons if one.is_confirmed and _is_told(one)]
    missed = [one for one in told if one.mark.presence in AWAY]
    stay = _stay([one.mark.presence for one in told])
    excuse = _excuse(missed) if stay is Stay.ABSENT else None
    if decision is not None:
        stay = Stay.ABSENT if decision.absent else Stay.PRESENT
        excuse = decision.excuse if decision.absent else None
    return SessionStay(
        stay=stay,
        excuse=excuse,
        missed=tuple(one.slot for one in missed if one.slot is not None),
        late=sum(one.mark.presence is Presence.LATE for one in told),
        skipped=tuple(
            one.slot
            for one in told
            if one.mark.presence is Presence.SKIPPED and one.slot is not None
        ),
        decided_by=decision.source if decision else None,
        complete=bool(lessons) and all(one.is_confirmed for one in lessons),
    )


def session_of(
    register: Register, person_id: str, group_key: str, day: date, session: Session
) -> SessionStay:
    """A pupil's session as the register has it."""
    lessons = [
        Lesson(state.slot, state.attendance is AttendanceState.CONFIRMED, mark)
        for state in register.lessons_on(day)
        if (state.group_key, state.session) == (group_key, session)
        if (mark := register.mark(state.id, person_id)) is not None
    ]
    return derive(lessons, register.papers.decision(person_id, day, session))


def day_of(stays: Iterable[SessionStay]) -> Stay:
    """A day from its sessions: absent where some session is absent, however the others are."""
    words = {one.stay for one in stays}
    for word in (Stay.ABSENT, Stay.FIRST_MISSED, Stay.LEFT, Stay.GAP, Stay.PRESENT):
        if word in words:
            return word
    return Stay.UNKNOWN


def count_year(days: Iterable[Iterable[SessionStay]], rules: Rules) -> YearCount:
    """The count towards the 45 of the year, at most one a day.

    Args:
        days: the sessions of each day, of groups that count alone (`Group.counts_to_45`).
        rules: limits.
    """
    absent = excused = 0
    for day in days:
        away = [one for one in day if one.stay is Stay.ABSENT]
        absent += bool(away)
        excused += bool(away) and all(one.excuse is Excuse.EXCUSED for one in away)
    reached = [limit for limit in rules.warn_at_sessions if absent >= limit]
    return YearCount(
        absent, excused, max(reached, default=None), absent > rules.most_absent_sessions
    )


def _is_told(lesson: Lesson) -> bool:
    return lesson.mark.presence in HERE | AWAY


def _stay(told: Sequence[Presence]) -> Stay:
    """The word for it. Who skipped a lesson was in school (domain reference §3.1)."""
    away = [presence in AWAY for presence in told]
    if not away:
        return Stay.UNKNOWN
    if all(away):
        return Stay.GAP if Presence.SKIPPED in told else Stay.ABSENT
    if not any(away):
        return Stay.PRESENT
    first, last = away.index(False), len(away) - 1 - away[::-1].index(False)
    if any(away[first:last]):
        return Stay.GAP
    return Stay.LEFT if any(away[last:]) else Stay.FIRST_MISSED


def _excuse(missed: Sequence[Lesson]) -> Excuse:
    """Of a whole absence: unexcused where any lesson is, excused where all are."""
    said = {one.mark.excuse for one in missed}
    if Excuse.UNEXCUSED in said:
        return Excuse.UNEXCUSED
    return Excuse.EXCUSED if said == {Excuse.EXCUSED} else Excuse.UNKNOWN
