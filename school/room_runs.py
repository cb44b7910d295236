"""The runs of one room: which lessons each holds, of which days, and when it ended."""

from bisect import insort
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from school.dating import Order, When
from school.facts import Fact
from school.ids import has_date
from school.law import Law
from school.lesson_book import LessonBook

Day = date


@dataclass(slots=True, eq=False)
class Run:
    """What happened in a room from a start until an end.

    Attributes:
        id: the run's id.
        fact: its start.
        order: place of its start.
        lessons: ids of its lessons, with dates where they are known by now.
        ended: its end; None while it is open, also after an end that was taken back.
        held: ids of all lessons whose books know of it.
        days: days of its lessons, or the day of a run without lessons.
        is_undated: whether it holds a lesson without a date, which may be of any day.
    """

    id: str
    fact: Fact
    order: Order
    lessons: tuple[str, ...]
    ended: Fact | None = None
    held: frozenset[str] = frozenset()
    days: frozenset[date] = frozenset()
    is_undated: bool = False


def run_order(run: Run) -> Order:
    """Runs are sorted by this."""
    return run.order


class RoomRuns:
    """All runs of a room, whatever came first: starts, ends or dates.

    Attributes:
        every: all runs, oldest first.

    Args:
        room: its id.
        law: what is looked up.
        book: the book of a lesson.
        doubt: gets the days whose taps are to be placed anew; None = all days.
    """

    def __init__(
        self,
        room: str,
        law: Law,
        book: Callable[[str], LessonBook | None],
        doubt: Callable[[Collection[Day] | None], None],
    ) -> None:
        self._room = room
        self._law = law
        self._book = book
        self._doubt = doubt
        self.every: list[Run] = []
        self._on: dict[Day, list[Run]] = {}
        self._undated: list[Run] = []
        self._ends: dict[str, list[Fact]] = {}
        self._goes_on: dict[str, list[Fact]] = {}
        self._dated: dict[str, list[Fact]] = {}

    def start(self, fact: Fact) -> Run:
        """Take a `run.started` fact."""
        run = Run(fact.text("run"), fact, self._law.dating.order(fact), fact.texts("lessons"))
        insort(self.every, run, key=run_order)
        self._link(run)
        return run

    def end(self, fact: Fact) -> None:
        """Take a `run.ended` fact, also before its start has come."""
        self._ends.setdefault(fact.text("run"), []).append(fact)
        self._relink(fact.text("run"))

    def go_on(self, fact: Fact) -> None:
        """Take a `run.continued` fact: an end before it, on the same day, was taken back."""
        self._goes_on.setdefault(fact.text("run"), []).append(fact)
        self._relink(fact.text("run"))

    def date(self, fact: Fact) -> None:
        """Take a `run.dated` fact: the dates of a provisional run are known now."""
        self._dated.setdefault(fact.text("run"), []).append(fact)
        self._relink(fact.text("run"))

    def of(self, day: Day) -> list[Run]:
        """The runs that have a say in the taps of a day, in order."""
        runs = self._on.get(day, [])
        if not self._undated:
            return runs
        both = {id(run): run for run in (*runs, *self._undated)}
        return sorted(both.values(), key=run_order)

    def lessons_of(self, run: Run, day: Day) -> list[str]:
        """The lessons of a run that a tap of a day may count for."""
        return [lesson for lesson in run.lessons if self._day_of(lesson) in (None, day)]

    def is_ended(self, run: Run, order: Order, when: When) -> bool:
        """Whether an end of the same day, which nobody took back, came before a tap."""
        day = self._law.school.day_of(when.at_ms)
        before = self._law.dating.order
        return any(
            before(end) < order and self._date_of(end) == day for end in self._standing_ends(run.id)
        )

    def redate(self) -> None:
        """Sort and link everything anew, after facts of this room got other dates."""
        for run in self.every:
            run.order = self._law.dating.order(run.fact)
            run.days, run.is_undated = frozenset(), False
        self.every.sort(key=run_order)
        self._on, self._undated = {}, []
        self.link_all()

    def link_all(self) -> None:
        """Look anew which lessons each run holds."""
        for run in self.every:
            self._link(run)

    def forget_before(self, first: Day) -> None:
        """Let go of runs that have no say in lessons from a day on; an open one stays."""
        gone = [run for run in self.every if self._is_over_before(run, first)]
        for run in gone:
            self._hold_on(run, frozenset(), is_undated=False)
        self.every = [run for run in self.every if run not in gone]
        for run_id in {run.id for run in gone} - {run.id for run in self.every}:
            for facts in (self._ends, self._goes_on):
                kept = [fact for fact in facts.pop(run_id, ()) if not fact.tq.trusted]
                if kept:
                    facts[run_id] = kept

    def _is_over_before(self, run: Run, first: Day) -> bool:
        is_early = run.fact.tq.trusted and not run.is_undated and max(run.days) < first
        return is_early and run.ended is not None

    def _relink(self, run_id: str) -> None:
        for run in self.every:
            if run.id == run_id:
                self._link(run)

    def _link(self, run: Run) -> None:
        """Give a run its end and its dated lessons, whatever came first."""
        order = self._law.dating.order
        run.ended = min(self._standing_ends(run.id), key=order, default=None)
        dated = max(self._dated.get(run.id, ()), key=order, default=None)
        lessons = dated.texts("lessons") if dated else ()
        given = run.fact.texts("lessons")
        run.lessons = given
        if len(lessons) == len(given):
            told = zip(given, lessons, strict=True)
            run.lessons = tuple(one if has_date(one) else new for one, new in told)
        self._hold(run, frozenset((*given, *run.lessons)))
        days = {self._day_of(lesson) for lesson in run.lessons}
        if not run.lessons:
            days = {self._law.school.day_of(self._law.dating.when(run.fact).at_ms)}
        self._hold_on(run, frozenset(day for day in days if day), is_undated=None in days)

    def _hold(self, run: Run, lessons: frozenset[str]) -> None:
        """Tell the lessons of a run that they are held in it, and others that they are not."""
        for lesson in run.held - lessons:
            if book := self._book(lesson):
                book.runs.discard((self._room, run.fact.id))
        for lesson in lessons:
            if book := self._book(lesson):
                book.runs.add((self._room, run.fact.id))
        run.held = lessons

    def _hold_on(self, run: Run, days: frozenset[Day], *, is_undated: bool) -> None:
        """Let a run have a say in the taps of some days; these and those before are in doubt."""
        for day in run.days - days:
            self._on[day].remove(run)
        for day in days - run.days:
            insort(self._on.setdefault(day, []), run, key=run_order)
        if run.is_undated != is_undated:
            (self._undated.append if is_undated else self._undated.remove)(run)
        self._doubt(None if is_undated or run.is_undated else run.days | days)
        run.days, run.is_undated = days, is_undated

    def _standing_ends(self, run_id: str) -> list[Fact]:
        """Ends after which nobody went on the same day."""
        order = self._law.dating.order
        again = [(self._date_of(fact), order(fact)) for fact in self._goes_on.get(run_id, ())]
        return [
            end
            for end in self._ends.get(run_id, ())
            if not any(day == self._date_of(end) and order(end) < later for day, later in again)
        ]

    def _date_of(self, fact: Fact) -> Day:
        return self._law.school.day_of(self._law.dating.when(fact).at_ms)

    def _day_of(self, lesson_id: str) -> Day | None:
        """The day of a lesson, as far as it is known; None also for what is no lesson."""
        book = self._book(lesson_id)
        return book.day if book else None
