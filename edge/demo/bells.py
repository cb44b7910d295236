"""Bells of the made-up school: whenever the demo starts, a lesson has just begun.

A day keeps what was planned for it before, because taps were judged by it; only what has not
begun yet is planned anew. Minutes count from local midnight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

LESSON_MIN = 45
BREAK_MIN = 5
ENOUGH_LEFT_MIN = 15
DAY_MIN = 24 * 60
_NOON_MIN, _EVENING_MIN = 12 * 60, 17 * 60 + 30


@dataclass(frozen=True, slots=True)
class Slot:
    """One lesson's time.

    Attributes:
        session: `S` morning, `C` afternoon, `T` evening.
        number: within its session, 1 and up.
        start_min: first minute.
        end_min: minute at which it is over.
    """

    session: str
    number: int
    start_min: int
    end_min: int


def whole_day() -> list[Slot]:
    """Lessons round the clock, for the days on which no demo was started."""
    return _lessons_from(0, ())


def day_with_lesson_at(planned: Sequence[Slot], now_min: int) -> list[Slot]:
    """The day's lessons, one of them on at `now_min` and lasting a while (midnight ends it).

    Args:
        planned: what the day had before.
        now_min: the present minute, 0 to 1439.
    """
    on = next((slot for slot in planned if slot.start_min <= now_min < slot.end_min), None)
    if on is not None and on.end_min - now_min >= ENOUGH_LEFT_MIN:
        return list(planned)
    begun = [
        replace(slot, end_min=min(slot.end_min, now_min))
        for slot in planned
        if slot.start_min < now_min
    ]
    return begun + _lessons_from(now_min, begun)


def _lessons_from(start_min: int, before: Iterable[Slot]) -> list[Slot]:
    counts = {"S": 0, "C": 0, "T": 0}
    for slot in before:
        counts[slot.session] = max(counts[slot.session], slot.number)
    slots = []
    while start_min < DAY_MIN:
        session = _session_of(start_min)
        counts[session] += 1
        end_min = min(start_min + LESSON_MIN, DAY_MIN)
        slots.append(Slot(session, counts[session], start_min, end_min))
        start_min = end_min + BREAK_MIN
    return slots


def _session_of(minute: int) -> str:
    if minute < _NOON_MIN:
        return "S"
    return "C" if minute < _EVENING_MIN else "T"
