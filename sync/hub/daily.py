"""A class's half day from the marks of its lessons, as the morning table shows it; pure.

Source: domain reference §3.1 (columns) and §3.2 (from lessons to half days).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from school.lesson_book import AttendanceState
from school.marks import AWAY, HERE, Excuse, Mark, Presence
from school.register import LessonState


class Taken(StrEnum):
    """How far a class's half day is."""

    NONE = "none"  # Chưa điểm danh
    TAPS = "taps"  # Có quẹt thẻ, chưa ai chốt
    OPEN = "open"  # Chưa chốt
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Line:
    """Columns of one class: present + excused + unexcused + unknown + unmarked = size.

    Attributes:
        state: how far attendance is, of the lessons that have begun.
        size: pupils of the class.
        present: here at some time, the late ones among them.
        late: came late to the first lesson they were in.
        excused: away, with leave (P).
        unexcused: away, without (K).
        unknown: away, nobody has said why yet.
        unmarked: nobody has said anything.
    """

    state: Taken
    size: int
    present: int
    late: int
    excused: int
    unexcused: int
    unknown: int
    unmarked: int


Held = tuple[LessonState, Sequence[Mark]]


def line(size: int, held: Sequence[Held], now_ms: int) -> Line:
    """The columns of one class and half day.

    Args:
        size: pupils of the class.
        held: the class's lessons in the order of the day, each with its marks.
        now_ms: Unix milliseconds; lessons that begin later do not make the class late.
    """
    confirmed = [one for one in held if one[0].attendance is AttendanceState.CONFIRMED]
    spoken = [one for one in held if one[0].attendance is not AttendanceState.NONE]
    marks = _by_pupil(marks for _, marks in (confirmed or spoken))
    verdicts = [_verdict(said) for said in marks]
    told = {name: verdicts.count(name) for name in ("present", "late", *_EXCUSES.values())}
    counted = sum(told.values())
    return Line(
        state=_state([state for state, _ in held], now_ms),
        size=size,
        present=told["present"] + told["late"],
        late=told["late"],
        excused=told["excused"],
        unexcused=told["unexcused"],
        unknown=told["unknown"],
        unmarked=size - counted,
    )


_EXCUSES = {
    Excuse.EXCUSED: "excused",
    Excuse.UNEXCUSED: "unexcused",
    Excuse.UNKNOWN: "unknown",
}


def _by_pupil(lessons: Iterable[Sequence[Mark]]) -> Iterable[list[Mark]]:
    said: dict[str, list[Mark]] = {}
    for marks in lessons:
        for mark in marks:
            said.setdefault(mark.person_id, []).append(mark)
    return said.values()


def _verdict(said: Sequence[Mark]) -> str:
    """One word for a pupil's half day; missing in all lessons is absent, else present."""
    here = [mark.presence for mark in said if mark.presence in HERE]
    if here:
        return "late" if here[0] is Presence.LATE else "present"
    excuses = {mark.excuse for mark in said if mark.presence in AWAY}
    for excuse, word in _EXCUSES.items():
        if excuse in excuses:
            return word
    return "unknown" if excuses else "unmarked"


def _state(lessons: Sequence[LessonState], now_ms: int) -> Taken:
    begun = [
        one
        for one in lessons
        if one.attendance is not AttendanceState.NONE or (one.starts_ms or 0) <= now_ms
    ]
    states = {one.attendance for one in begun}
    if AttendanceState.OPEN in states:
        return Taken.OPEN
    if AttendanceState.TAPS in states:
        return Taken.TAPS
    if states == {AttendanceState.CONFIRMED}:
        return Taken.CONFIRMED
    return Taken.OPEN if AttendanceState.CONFIRMED in states else Taken.NONE
