"""The taps and runs of one room, in order, and the lesson that each tap counts for.

A run fact can arrive after the taps around it, or claim the taps before it (pupils come before the
teacher). So only the taps between two starts are placed anew, pupil by pupil.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sync.school.dating import Dating, Order, When
from sync.school.facts import Fact
from sync.school.ids import parse_lesson_id
from sync.school.judge import Judgement, Outcome, late_minutes, minutes_since, outcome_of
from sync.school.lesson_book import LessonBook
from sync.school.marks import CardClaim
from sync.school.records import School
from sync.school.rules import MINUTE_MS, Rules
from sync.school.timetable import Planned, Timetable


@dataclass(frozen=True, slots=True)
class Law:
    """What placing a tap looks up: records, timetable, settings, dates."""

    school: School
    timetable: Timetable
    rules: Rules
    dating: Dating


@dataclass(slots=True, eq=False)
class Tap:
    """One tap of a pupil's card, with its place in time."""

    fact: Fact
    person_id: str
    order: Order
    when: When


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
    """

    id: str
    fact: Fact
    order: Order
    lessons: tuple[str, ...]
    ended: Fact | None = None
    held: frozenset[str] = frozenset()


@dataclass(slots=True)
class PersonDay:
    """One pupil's taps in one room on one day, and what they count for.

    Attributes:
        day: the date.
        taps: in order.
        counted: the first tap of each session and group, and its lesson.
    """

    day: date
    taps: list[Tap] = field(default_factory=list)
    counted: dict[str, tuple[str, Tap]] = field(default_factory=dict)


def _tap_order(tap: Tap) -> Order:
    return tap.order


def _run_order(run: Run) -> Order:
    return run.order


class RoomBook:
    """Taps and runs of one room."""

    def __init__(self, room: str, law: Law, book: Callable[[str], LessonBook | None]) -> None:
        self._room = room
        self._law = law
        self._book = book
        self._taps: list[Tap] = []
        self._runs: list[Run] = []
        self._ends: dict[str, list[Fact]] = {}
        self._goes_on: dict[str, list[Fact]] = {}
        self._dated: dict[str, list[Fact]] = {}
        self._days: dict[tuple[str, date], PersonDay] = {}

    @property
    def open_run(self) -> Run | None:
        """The run that is open now: the last start, unless it has ended."""
        last = self._runs[-1] if self._runs else None
        return last if last is not None and last.ended is None else None

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs, oldest first."""
        return tuple(self._runs)

    def tap(self, fact: Fact, person_id: str) -> Judgement:
        """Take a pupil's tap and judge it as things are known now."""
        dating = self._law.dating
        tap = Tap(fact, person_id, dating.order(fact), dating.when(fact))
        if not self._taps or tap.order > self._taps[-1].order:
            self._taps.append(tap)
        else:
            insort(self._taps, tap, key=_tap_order)
        day = self._day(tap)
        if not day.taps or tap.order > day.taps[-1].order:
            day.taps.append(tap)
            return self._place(day, tap)
        insort(day.taps, tap, key=_tap_order)
        return self._place_again(day)[tap.fact.id]

    def judgements(self, day: date) -> list[Judgement]:
        """All taps of a day, judged as things are known now."""
        days = [kept for (_, when), kept in self._days.items() if when == day]
        return [judgement for kept in days for judgement in self._place_again(kept).values()]

    def start(self, fact: Fact) -> Run:
        """Take a `run.started` fact."""
        run = Run(fact.text("run"), fact, self._law.dating.order(fact), fact.texts("lessons"))
        insort(self._runs, run, key=_run_order)
        self._link(run)
        self._place_around(run)
        return run

    def end(self, fact: Fact) -> None:
        """Take a `run.ended` fact, also before its start has come."""
        self._ends.setdefault(fact.text("run"), []).append(fact)
        self._relink(fact.text("run"))

    def go_on(self, fact: Fact) -> None:
        """Take a `run.continued` fact: an end before it was taken back."""
        self._goes_on.setdefault(fact.text("run"), []).append(fact)
        self._relink(fact.text("run"))

    def date(self, fact: Fact) -> None:
        """Take a `run.dated` fact: the dates of a provisional run are known now."""
        self._dated.setdefault(fact.text("run"), []).append(fact)
        self._relink(fact.text("run"))

    def place_person(self, person_id: str) -> None:
        """Place a pupil's taps anew, after the pupil became a guest somewhere or ceased to be."""
        for (person, _), day in self._days.items():
            if person == person_id:
                self._place_again(day)

    def place_all(self) -> None:
        """Place all taps anew, after a lesson that they may count for got its date."""
        for day in self._days.values():
            self._place_again(day)

    def redate(self) -> None:
        """Sort and place everything anew, after facts of this room got other dates."""
        for day in self._days.values():
            self._take_back(day)
        self._days = {}
        dating = self._law.dating
        for run in self._runs:
            run.order = dating.order(run.fact)
            self._link(run)
        for tap in self._taps:
            tap.order, tap.when = dating.order(tap.fact), dating.when(tap.fact)
        self._runs.sort(key=_run_order)
        self._taps.sort(key=_tap_order)
        for tap in self._taps:
            self._day(tap).taps.append(tap)
        self.place_all()

    def forget_before(self, at_ms: int) -> None:
        """Let go of taps, and of runs that ended, before a moment (Unix milliseconds)."""
        when = self._law.dating.when
        self._taps = [tap for tap in self._taps if tap.when.at_ms >= at_ms]
        gone = {r.id for r in self._runs if r.ended and when(r.ended).at_ms < at_ms}
        self._runs = [run for run in self._runs if run.id not in gone]
        for run_id in gone:
            self._ends.pop(run_id, None)
            self._goes_on.pop(run_id, None)
            self._dated.pop(run_id, None)
        first = self._law.school.day_of(at_ms)
        self._days = {key: day for key, day in self._days.items() if key[1] >= first}

    def _relink(self, run_id: str) -> None:
        for run in self._runs:
            if run.id == run_id:
                self._link(run)
                self._place_around(run)

    def _link(self, run: Run) -> None:
        """Give a run its end and its dated lessons, whatever came first."""
        order = self._law.dating.order
        run.ended = min(self._standing_ends(run.id), key=order, default=None)
        dated = max(self._dated.get(run.id, ()), key=order, default=None)
        lessons = dated.texts("lessons") if dated else ()
        given = run.fact.texts("lessons")
        run.lessons = lessons if len(lessons) == len(given) else given
        self._hold(run, frozenset((*given, *run.lessons)))

    def _standing_ends(self, run_id: str) -> list[Fact]:
        """Ends that nobody has taken back since."""
        order = self._law.dating.order
        ends = self._ends.get(run_id, [])
        again = max(map(order, self._goes_on.get(run_id, ())), default=None)
        return ends if again is None else [end for end in ends if order(end) > again]

    def _hold(self, run: Run, lessons: frozenset[str]) -> None:
        """Tell the lessons of a run that they are held in it, and others that they are not."""
        for lesson in run.held - lessons:
            if book := self._book(lesson):
                book.runs.discard((self._room, run.fact.id))
        for lesson in lessons:
            if book := self._book(lesson):
                book.runs.add((self._room, run.fact.id))
        run.held = lessons

    def _place_around(self, run: Run) -> None:
        """Place the taps anew from the start before a run until the start after it."""
        n = self._runs.index(run)
        low = bisect_left(self._taps, self._runs[n - 1].order, key=_tap_order) if n else 0
        high = len(self._taps)
        if n + 1 < len(self._runs):
            high = bisect_right(self._taps, self._runs[n + 1].order, key=_tap_order)
        days = {id(day): day for day in map(self._day, self._taps[low:high])}
        for day in days.values():
            self._place_again(day)

    def _day(self, tap: Tap) -> PersonDay:
        day = self._law.school.day_of(tap.when.at_ms)
        found = self._days.get((tap.person_id, day))
        if found is None:
            found = self._days[tap.person_id, day] = PersonDay(day)
        return found

    def _take_back(self, day: PersonDay) -> None:
        for lesson, tap in day.counted.values():
            if book := self._book(lesson):
                book.credit((self._room, day.day), tap.person_id, None)
        day.counted.clear()

    def _place_again(self, day: PersonDay) -> dict[str, Judgement]:
        self._take_back(day)
        return {tap.fact.id: self._place(day, tap) for tap in day.taps}

    def _place(self, day: PersonDay, tap: Tap) -> Judgement:
        candidates = self._candidates(tap)
        lesson_id = next((c for c in candidates if self._has(c, tap.person_id)), None)
        lesson_id = lesson_id or self._claimed_later(tap)
        if lesson_id is None:
            return self._strangers(tap, candidates[0] if candidates else None)
        session = _session_key(lesson_id)
        if session in day.counted:
            first_lesson, first = day.counted[session]
            return self._judgement(tap, Outcome.REPEAT, first_lesson, since=first.when.at_ms)
        day.counted[session] = (lesson_id, tap)
        claim = self._claim(lesson_id, tap)
        if book := self._book(lesson_id):
            book.credit((self._room, day.day), tap.person_id, claim)
        return self._judgement(tap, outcome_of(claim), lesson_id, minutes=claim.late_min)

    def _strangers(self, tap: Tap, lesson_id: str | None) -> Judgement:
        """A card that counts for no lesson here: noted, another class's, or a visit."""
        if lesson_id is None:
            return self._judgement(tap, Outcome.NOTED, None)
        visits = tap.when.dated and self._was_here_today(tap)
        return self._judgement(tap, Outcome.VISIT if visits else Outcome.OTHER_CLASS, lesson_id)

    def _was_here_today(self, tap: Tap) -> bool:
        """Whether the pupil had a lesson in this room earlier today: the other of two shifts."""
        at_ms = tap.when.at_ms
        planned = self._law.timetable.in_room(self._room, self._law.school.day_of(at_ms))
        return any(one.ends_ms <= at_ms and self._has(one.id, tap.person_id) for one in planned)

    def _candidates(self, tap: Tap) -> list[str]:
        """Lessons the tap may count for, best first.

        Those of the open run, then the timetable's, last those of a run that nobody has ended.
        """
        run = self._run_at(tap.order)
        held = run.lessons if run else ()
        if not tap.when.dated:
            return list(held)
        over = [lesson for lesson in held if self._is_over(lesson, tap.when.at_ms)]
        slots = {_slot_key(lesson) for lesson in held}
        planned = self._law.timetable.counting(self._room, tap.when.at_ms)
        free = [p.id for p in planned if _slot_key(p.id) not in slots]
        return [lesson for lesson in held if lesson not in over] + free + over

    def _is_over(self, lesson_id: str, at_ms: int) -> bool:
        lesson = self._law.timetable.lesson(lesson_id)
        return lesson is not None and at_ms >= lesson.ends_ms

    def _run_at(self, order: Order) -> Run | None:
        n = bisect_left(self._runs, order, key=_run_order)
        run = self._runs[n - 1] if n else None
        if run is None or run.ended is None:
            return run
        return run if self._law.dating.order(run.ended) > order else None

    def _claimed_later(self, tap: Tap) -> str | None:
        """The lesson of the next run, where the pupil came shortly before the teacher began it."""
        n = bisect_right(self._runs, tap.order, key=_run_order)
        if n == len(self._runs):
            return None
        run = self._runs[n]
        mine = (lesson for lesson in run.lessons if self._has(lesson, tap.person_id))
        return next((lesson for lesson in mine if self._is_near(tap, run, lesson)), None)

    def _is_near(self, tap: Tap, run: Run, lesson_id: str) -> bool:
        limit_ms = self._law.rules.open_before_min * MINUTE_MS
        if tap.fact.boot == run.fact.boot and run.fact.mono_ms - tap.fact.mono_ms <= limit_ms:
            return True
        lesson = self._law.timetable.lesson(lesson_id)
        if lesson is None or not tap.when.dated:
            return False
        return lesson.starts_ms - limit_ms <= tap.when.at_ms < lesson.ends_ms

    def _has(self, lesson_id: str, person_id: str) -> bool:
        book = self._book(lesson_id)
        return book is not None and book.takes_card_of(person_id)

    def _claim(self, lesson_id: str, tap: Tap) -> CardClaim:
        lesson = self._law.timetable.lesson(lesson_id)
        at_ms, trusted = tap.when.at_ms, tap.when.trusted
        since = minutes_since(lesson.starts_ms, at_ms) if lesson and trusted else None
        late = late_minutes(lesson, at_ms, self._law.rules, trusted=trusted)
        return CardClaim(at_ms, tap.order, late, since)

    def _judgement(
        self,
        tap: Tap,
        outcome: Outcome,
        lesson_id: str | None,
        *,
        minutes: int | None = None,
        since: int | None = None,
    ) -> Judgement:
        lesson: Planned | None = self._law.timetable.lesson(lesson_id) if lesson_id else None
        return Judgement(
            tap_id=tap.fact.id,
            outcome=outcome,
            at_ms=tap.when.at_ms,
            room=self._room,
            reader=tap.fact.text("reader"),
            last4=tap.fact.text("last4"),
            lesson_id=lesson_id,
            person_id=tap.person_id,
            minutes=minutes,
            since_ms=since,
            starts_ms=lesson.starts_ms if lesson else None,
        )


def _session_key(lesson_id: str) -> str:
    """Cards are tapped once per session and group; a provisional lesson stands for itself."""
    try:
        key = parse_lesson_id(lesson_id)
    except ValueError:
        return lesson_id
    return f"{key.day}-{key.session}-{key.group_key}" if key.day else lesson_id


def _slot_key(lesson_id: str) -> str:
    """Everything but the group: a run that holds a slot puts the planned class out of it."""
    try:
        key = parse_lesson_id(lesson_id)
    except ValueError:
        return lesson_id
    return f"{key.day}-{key.session}-{key.slot}"
