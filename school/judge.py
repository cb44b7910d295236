"""What one touch of one card means: the outcome that is fed back, and the lesson it counts for.

Source: domain reference §3.3, §3.4. A tap never opens a lesson, and nobody is late on a doubtful
clock.
"""

from dataclasses import dataclass
from enum import StrEnum

from school.marks import CardClaim
from school.rules import MINUTE_MS, Rules
from school.timetable import Planned


class Outcome(StrEnum):
    """What a reader is told; the vocabulary of domain §3.3."""

    PRESENT = "present"
    LATE = "late"
    REPEAT = "repeat"
    OTHER_CLASS = "other_class"  # kept as a visit too
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    STAFF = "staff"
    VISIT = "visit"  # of a class that had this room earlier in the day (two shifts)
    NOTED = "noted"  # kept, but no lesson
    REFUSED = "refused"  # not stored


COUNTED = frozenset({Outcome.PRESENT, Outcome.LATE})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a tap.

    Attributes:
        tap_id: the fact's id.
        outcome: the word for the reader.
        at_ms: when, Unix milliseconds.
        room: where.
        reader: at which reader.
        last4: last signs of the number.
        lesson_id: the lesson it counts for, or in which it is a visit.
        person_id: the owner, where the card is known.
        minutes: minutes late.
        since_ms: of a repeat, when the first tap was.
        starts_ms: start of that lesson, where known.
    """

    tap_id: str
    outcome: Outcome
    at_ms: int
    room: str
    reader: str
    last4: str
    lesson_id: str | None = None
    person_id: str | None = None
    minutes: int | None = None
    since_ms: int | None = None
    starts_ms: int | None = None


def minutes_since(start_ms: int, at_ms: int) -> int:
    """Whole minutes from the start of a lesson, never negative."""
    return max(0, (at_ms - start_ms) // MINUTE_MS)


def late_minutes(lesson: Planned | None, at_ms: int, rules: Rules, *, trusted: bool) -> int | None:
    """Minutes late, or None where in time, where the start is unknown or the clock doubtful."""
    if lesson is None or not trusted:
        return None
    if at_ms <= lesson.starts_ms + rules.late_after_min * MINUTE_MS:
        return None
    return minutes_since(lesson.starts_ms, at_ms)


def outcome_of(card: CardClaim) -> Outcome:
    """Present or late."""
    return Outcome.PRESENT if card.late_min is None else Outcome.LATE
