"""What the facts say of runs beyond the register's needs: resumptions, extensions, free ids."""

from itertools import count

from edge.attendance.journal import Entry, Journal
from edge.lesson.returning import Found
from edge.lesson.run import RunNow, RunState
from school.facts import Fact
from school.ids import run_id
from school.moment import Clock
from school.room_runs import Run
from school.rules import MINUTE_MS, Rules


class RunMemory:
    """Listens to the journal, replayed facts included."""

    def __init__(self, journal: Journal, clock: Clock, rules: Rules) -> None:
        self._journal = journal
        self._register = journal.register
        self._clock = clock
        self._rules = rules
        self._begun: dict[str, list[Fact]] = {}
        self._extended: dict[str, Fact] = {}
        journal.watch(self._note)

    def open_run(self) -> Run | None:
        """The run that the facts leave open in this room."""
        return self._register.open_run(self._journal.room)

    def handed_over(self) -> tuple[Run, int] | None:
        """The last run, where it was handed over in this boot, and when (boot-monotonic ms)."""
        runs = self._register.runs(self._journal.room)
        ended = runs[-1].ended if runs else None
        if ended is None or ended.boot != self._clock.now().boot:
            return None
        return (runs[-1], ended.mono_ms) if ended.body.get("handover") is True else None

    def run_now(self, run: Run, state: RunState) -> RunNow:
        """A run of the facts, as the room holds it in mind from now on."""
        when = self._register.when_of(run.fact)
        lessons = tuple(map(self._register.canonical, run.lessons))
        return RunNow(
            id=run.id,
            lessons=lessons,
            picture=run.fact.body.get("picture") is True,
            by=run.fact.text("by"),
            started_ms=when.at_ms,
            state=state,
            touched_ms=self._clock.now().mono_ms,
            ends_ms=self.planned_end(run.id, lessons, when.at_ms),
        )

    def began_at_ms(self, run: Run) -> int | None:
        """Unix milliseconds of a run's start; None while no good time of its boot is known."""
        when, moment = self._register.when_of(run.fact), self._clock.now()
        if when.dated:
            return when.at_ms
        if moment.tq.trusted and moment.boot == run.fact.boot:
            return moment.wall_ms - (moment.mono_ms - run.fact.mono_ms)
        return None

    def planned_end(self, run: str, lessons: tuple[str, ...], started_ms: int) -> int | None:
        """Unix milliseconds of the planned end; None where nobody knows.

        It is that of the last lesson, or later where the teacher said so or began after it.
        """
        extended = self._extended.get(run)
        if extended is not None:
            minutes = extended.number("minutes") or 0
            return self._register.when_of(extended).at_ms + minutes * MINUTE_MS
        known = [one for one in map(self._register.timetable.lesson, lessons) if one]
        if not known:
            return None
        ends_ms = max(one.ends_ms for one in known)
        return ends_ms if ends_ms > started_ms else started_ms + self._rules.extend_min * MINUTE_MS

    def new_run_id(self) -> str:
        """An id that no run of this room has."""
        boot = self._clock.now().boot
        taken = {run.id for run in self._register.runs(self._journal.room)}
        return next(i for i in (run_id(boot, n) for n in count(1)) if i not in taken)

    def found(self, run: Run) -> Found:
        """What is known of an open run, to decide about it after a start of the agent."""
        moment = self._clock.now()
        begun = self._begun.get(run.id) or [run.fact]
        return Found(
            boot=moment.boot,
            now_ms=moment.mono_ms,
            run_boots=frozenset(fact.boot for fact in begun),
            begun_boot=begun[-1].boot,
            begun_ms=begun[-1].mono_ms,
        )

    def _note(self, entry: Entry) -> None:
        fact = entry.fact
        if fact.kind in ("run.started", "run.resumed"):
            self._begun.setdefault(fact.text("run"), []).append(fact)
        elif fact.kind == "run.extended":
            self._extended[fact.text("run")] = fact
