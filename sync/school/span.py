"""Days that somebody asks about, and the facts that have a say in them."""

from dataclasses import dataclass
from datetime import date, timedelta

from sync.school.facts import Fact
from sync.school.ids import parse_lesson_id
from sync.school.records import School

LESSON_KINDS = frozenset({"mark", "late_tap_kept", "excuse", "confirm", "reopen", "guest"})
"""Facts that name the one lesson they speak of."""

_TAP_DAYS = timedelta(days=1)  # a tap just before midnight may count for a lesson after it
_RUN_DAYS = timedelta(days=7)  # a run that nobody ended may still be open days later


@dataclass(frozen=True, slots=True)
class Span:
    """All days from the first to the last, both among them.

    Attributes:
        first: the first day.
        last: the last day.
        but_for: keys of classes that nobody asks about.
    """

    first: date
    last: date
    but_for: frozenset[str] = frozenset()

    def cut(self, fact: Fact, school: School) -> Fact:
        """The fact where it may say something of a lesson of these days, else its time alone.

        Others are dated and ordered by such an anchor as if all of it had been told. Leave,
        decisions and logbook are always needed, and what has no date yet.
        """
        return fact if self._needs(fact, school) else time_alone(fact)

    def _needs(self, fact: Fact, school: School) -> bool:
        if fact.kind in LESSON_KINDS:
            return self._has_lesson(fact.text("lesson"))
        margin = _TAP_DAYS if fact.kind == "tap" else _RUN_DAYS
        if not fact.tq.trusted or not (fact.kind == "tap" or fact.kind.startswith("run.")):
            return True
        day = school.day_of(fact.wall_ms)
        return self.first - margin <= day <= self.last + margin

    def _has_lesson(self, lesson_id: str) -> bool:
        try:
            key = parse_lesson_id(lesson_id)
        except ValueError:
            return True
        is_then = key.day is None or self.first <= key.day <= self.last
        return is_then and key.group_key not in self.but_for


def time_alone(fact: Fact) -> Fact:
    """An anchor in a fact's place: others are dated and ordered by it all the same."""
    time = (fact.boot, fact.mono_ms, fact.wall_ms, fact.tq)
    return Fact(fact.id, fact.room, "anchor", *time, body={})
