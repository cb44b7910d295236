"""Days that somebody asks about, and the facts that have a say in them."""

from dataclasses import dataclass
from datetime import date, timedelta

from sync.school.facts import Fact
from sync.school.ids import parse_lesson_id
from sync.school.records import School

LESSON_KINDS = frozenset({"mark", "late_tap_kept", "excuse", "confirm", "reopen", "guest"})
"""Facts that name the one lesson they speak of."""

_TAP_DAYS = timedelta(days=1)  # a tap just before midnight may count for a lesson after it
_NEVER_MS = 1 << 60
_RUN_DAYS = timedelta(days=7)  # a run that nobody ended may still be open days later
_AHEAD_MONTHS = 13  # of a span without end: nobody speaks of lessons further ahead

Moments = tuple[int, int]
"""From when, and before when, Unix milliseconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a store may leave out unread: the many facts of other days.

    Attributes:
        taps_ms: a tap on a good clock that is not from these moments says nothing.
        runs_ms: the same of starts and ends of runs.
        months: a fact of `LESSON_KINDS` whose lesson's id begins with none of these ("202611")
            says nothing.
    """

    taps_ms: Moments
    runs_ms: Moments
    months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """All days from the first to the last, both among them.

    Attributes:
        first: the first day.
        last: the last day; None = without end.
        but_for: keys of classes that nobody asks about.
    """

    first: date
    last: date | None = None
    but_for: frozenset[str] = frozenset()

    def cut(self, fact: Fact, school: School) -> Fact:
        """The fact where it may say something of a lesson of these days, else its time alone.

        Others are dated and ordered by such an anchor as if all of it had been told. Leave,
        decisions and logbook are always needed, and what has no date yet.
        """
        return fact if self._needs(fact, school) else time_alone(fact)

    def window(self, school: School) -> Window:
        """What may be left out before `cut`, which is exact."""
        taps, runs = self._moments(_TAP_DAYS, school), self._moments(_RUN_DAYS, school)
        return Window(taps, runs, self._months())

    def _moments(self, margin: timedelta, school: School) -> Moments:
        first = school.at_ms(self.first - margin, 0)
        if self.last is None:
            return first, _NEVER_MS
        return first, school.at_ms(self.last + margin + timedelta(days=1), 0)

    def _months(self) -> tuple[str, ...]:
        """Each month of the span, as ids of lessons begin."""
        first = self.first.year * 12 + self.first.month - 1
        until = first + _AHEAD_MONTHS
        if self.last is not None:
            until = self.last.year * 12 + self.last.month
        return tuple(f"{n // 12:04}{n % 12 + 1:02}" for n in range(first, until))

    def _needs(self, fact: Fact, school: School) -> bool:
        if fact.kind in LESSON_KINDS:
            return self._has_lesson(fact.text("lesson"))
        margin = _TAP_DAYS if fact.kind == "tap" else _RUN_DAYS
        if not fact.tq.trusted or not (fact.kind == "tap" or fact.kind.startswith("run.")):
            return True
        return self._is_in(school.day_of(fact.wall_ms), margin)

    def _has_lesson(self, lesson_id: str) -> bool:
        try:
            key = parse_lesson_id(lesson_id)
        except ValueError:
            return True
        is_then = key.day is None or self._is_in(key.day, timedelta())
        return is_then and key.group_key not in self.but_for

    def _is_in(self, day: date, margin: timedelta) -> bool:
        return self.first - margin <= day and (self.last is None or day <= self.last + margin)


def time_alone(fact: Fact) -> Fact:
    """An anchor in a fact's place: others are dated and ordered by it all the same."""
    time = (fact.boot, fact.mono_ms, fact.wall_ms, fact.tq)
    return Fact(fact.id, fact.room, "anchor", *time, body={})
