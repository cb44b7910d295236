"""Days that somebody asks about, and the facts that have a say in them."""

from dataclasses import dataclass
from datetime import date, timedelta

from school.facts import Fact
from school.ids import parse_lesson_id
from school.records import School

LESSON_KINDS = frozenset({"mark", "late_tap_kept", "excuse", "confirm", "reopen", "guest"})
"""Facts that name the one lesson they speak of."""

_TIMED = frozenset({"tap", "run.started", "run.ended"})
_NEVER_MS = 1 << 60
_AHEAD_MONTHS = 13  # of a span without end: nobody speaks of lessons further ahead

Moments = tuple[int, int]
"""From when, and before when, Unix milliseconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a store may leave out unread: the many facts of other days.

    Attributes:
        moments_ms: a tap or the end of a run on a good clock that is not from these moments says
            nothing.
        days: first and last day ("20261123") of a lesson; the start of a run on a good clock from
            other moments that names only lessons of other days says nothing. None = without end.
        months: a fact of `LESSON_KINDS` whose lesson's id begins with none of these ("202611")
            says nothing.
    """

    moments_ms: Moments
    days: tuple[str, str | None]
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
        return fact if self.needs(fact, school) else time_alone(fact)

    def window(self, school: School) -> Window:
        """What may be left out before `cut`, which is exact."""
        last = None if self.last is None else f"{self.last:%Y%m%d}"
        return Window(self._moments(school), (f"{self.first:%Y%m%d}", last), self._months())

    def _moments(self, school: School) -> Moments:
        first = school.at_ms(self.first, 0)
        if self.last is None:
            return first, _NEVER_MS
        return first, school.at_ms(self.last + timedelta(days=1), 0)

    def _months(self) -> tuple[str, ...]:
        """Each month of the span, as ids of lessons begin."""
        first = self.first.year * 12 + self.first.month - 1
        until = first + _AHEAD_MONTHS
        if self.last is not None:
            until = self.last.year * 12 + self.last.month
        return tuple(f"{n // 12:04}{n % 12 + 1:02}" for n in range(first, until))

    def needs(self, fact: Fact, school: School) -> bool:
        """Whether a fact may say something of a lesson of these days.

        Taps and runs go by the rules of `RoomBook`: a tap counts for lessons of its own day, an end
        for taps of its own day, a run for the days of its lessons.
        """
        if fact.kind in LESSON_KINDS:
            but_for = frozenset[str]() if fact.kind == "guest" else self.but_for
            return self._has_lesson(fact.text("lesson"), but_for)
        if fact.kind not in _TIMED or not fact.tq.trusted:
            return True
        if self._is_in(school.day_of(fact.wall_ms)):
            return True
        lessons = fact.texts("lessons") if fact.kind == "run.started" else ()
        return any(self._has_lesson(lesson, frozenset()) for lesson in lessons)

    def _has_lesson(self, lesson_id: str, but_for: frozenset[str]) -> bool:
        try:
            key = parse_lesson_id(lesson_id)
        except ValueError:
            return True
        return (key.day is None or self._is_in(key.day)) and key.group_key not in but_for

    def _is_in(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def time_alone(fact: Fact) -> Fact:
    """An anchor in a fact's place: others are dated and ordered by it all the same."""
    time = (fact.boot, fact.mono_ms, fact.wall_ms, fact.tq)
    return Fact(fact.id, fact.room, "anchor", *time, body={})
