"""The taps and runs of one room, in order, and the lesson that each tap counts for.

A run fact can arrive after the taps around it, or claim the taps before it (pupils come before the
teacher). So the taps of its days are placed anew, when somebody asks next.

A tap counts for lessons of its own day alone, and only runs that hold lessons of this day have a
say in it, whatever their clocks said. So the facts of other days change nothing, and a hub that
keeps some weeks of them says the same as a room that keeps others (`Span`).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date

from school.dating import Order, When
from school.facts import Fact
from school.ids import parse_lesson_id
from school.judge import Judgement, Outcome, late_minutes, minutes_since, outcome_of
from school.law import Law
from school.lesson_book import LessonBook
from school.marks import CardClaim
from school.room_runs import Day, RoomRuns, Run, run_order
from school.rules import MINUTE_MS, Rules
from school.timetable import Planned


@dataclass(slots=True, eq=False)
class Tap:
    """One tap of a pupil's card, with its place in time."""

    fact: Fact
    person_id: str
    order: Order
    when: When


@dataclass(slots=True)
class PersonDay:
    """One pupil's taps in one room on one day, and what they count for.

    Attributes:
        day: the date.
        taps: in order.
        counted: the first tap of each session and group, and its lesson.
        turn: how often runs had put the day in doubt when the taps were placed.
    """

    day: date
    taps: list[Tap] = field(default_factory=list)
    counted: dict[str, tuple[str, Tap]] = field(default_factory=dict)
    turn: int = 0


def _tap_order(tap: Tap) -> Order:
    return tap.order


class RoomBook:
    """Taps and runs of one room.

    Args:
        room: its id.
        law: what placing a tap looks up.
        book: the book of a lesson.
        doubtful: gets this book whenever `settle` has something to do.
    """

    def __init__(
        self,
        room: str,
        law: Law,
        book: Callable[[str], LessonBook | None],
        doubtful: "set[RoomBook]",
    ) -> None:
        self._room = room
        self._law = law
        self._book = book
        self._doubtful = doubtful
        self._runs = RoomRuns(room, law, book, self._doubt)
        self._days: dict[Day, dict[str, PersonDay]] = {}
        self._doubted: set[Day] = set()
        self._turns: dict[Day, int] = {}

    @property
    def open_run(self) -> Run | None:
        """The run that is open now: the last start, unless it has ended."""
        last = self._runs.every[-1] if self._runs.every else None
        return last if last is not None and last.ended is None else None

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs, oldest first."""
        return tuple(self._runs.every)

    def take(self, fact: Fact) -> None:
        """Take a fact of a run: started, ended, continued or dated, in any order."""
        take = {
            "run.started": self._runs.start,
            "run.ended": self._runs.end,
            "run.continued": self._runs.go_on,
            "run.dated": self._runs.date,
        }
        take[fact.kind](fact)

    def tap(self, fact: Fact, person_id: str) -> Judgement:
        """Take a pupil's tap and judge it as things are known now."""
        tap = self._dated_tap(fact, person_id)
        day = self._day(tap)
        is_last = not day.taps or tap.order > day.taps[-1].order
        insort(day.taps, tap, key=_tap_order)
        if is_last and day.turn == self._turns.get(day.day, 0):
            return self._place(day, tap)
        return self._place_again(day)[tap.fact.id]

    def judgements(self, day: Day) -> list[Judgement]:
        """All taps of a day, judged as things are known now."""
        days = list(self._days.get(day, {}).values())
        return [judgement for kept in days for judgement in self._place_again(kept).values()]

    def place_person(self, person_id: str) -> None:
        """Place a pupil's taps anew, after the pupil became a guest somewhere or ceased to be."""
        for people in self._days.values():
            if day := people.get(person_id):
                self._place_again(day)

    def place_all(self) -> None:
        """Place all taps anew, after a lesson that they may count for got its date."""
        self._runs.link_all()
        self._doubt(None)

    def settle(self) -> None:
        """Place anew what runs have put in doubt; before that, books may say what is over."""
        doubted, self._doubted = self._doubted, set()
        for date_ in doubted:
            for day in self._days.get(date_, {}).values():
                if day.turn != self._turns[date_]:
                    self._place_again(day)

    def redate(self) -> None:
        """Sort and place everything anew, after facts of this room got other dates."""
        days = [day for people in self._days.values() for day in people.values()]
        for day in days:
            self._take_back(day)
        self._days = {}
        for taps in (day.taps for day in days):
            for tap in taps:
                dated = self._dated_tap(tap.fact, tap.person_id)
                insort(self._day(dated).taps, dated, key=_tap_order)
        self._runs.redate()
        self._doubt(None)

    def forget_before(self, first: Day) -> None:
        """Let go of runs and taps that have no say in lessons from a day on.

        A tap that may yet get another date stays, and so does a run that nobody has ended.
        """
        for date_ in [date_ for date_ in self._days if date_ < first]:
            people = self._days[date_]
            for day in people.values():
                self._take_back(day)
                day.taps = [tap for tap in day.taps if not tap.fact.tq.trusted]
            self._days[date_] = {person: day for person, day in people.items() if day.taps}
            self._doubt([date_])
        self._runs.forget_before(first)

    def _doubt(self, days: Collection[Day] | None) -> None:
        for day in self._days if days is None else days:
            self._turns[day] = self._turns.get(day, 0) + 1
            self._doubted.add(day)
        self._doubtful.add(self)

    def _dated_tap(self, fact: Fact, person_id: str) -> Tap:
        dating = self._law.dating
        return Tap(fact, person_id, dating.order(fact), dating.when(fact))

    def _day(self, tap: Tap) -> PersonDay:
        day = self._date_of(tap)
        people = self._days.setdefault(day, {})
        found = people.get(tap.person_id)
        if found is None:
            found = people[tap.person_id] = PersonDay(day, turn=self._turns.get(day, 0))
        return found

    def _date_of(self, tap: Tap) -> Day:
        return self._law.school.day_of(tap.when.at_ms)

    def _take_back(self, day: PersonDay) -> None:
        for lesson, tap in day.counted.values():
            if book := self._book(lesson):
                book.credit((self._room, day.day), tap.person_id, None)
        day.counted.clear()

    def _place_again(self, day: PersonDay) -> dict[str, Judgement]:
        self._take_back(day)
        day.turn = self._turns.get(day.day, 0)
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
        planned = self._law.timetable.in_room(self._room, self._date_of(tap))
        return any(one.ends_ms <= at_ms and self._has(one.id, tap.person_id) for one in planned)

    def _candidates(self, tap: Tap) -> list[str]:
        """Lessons the tap may count for, best first.

        Those of the open run, then the timetable's, last those of a run that nobody has ended.
        """
        run = self._run_at(tap)
        held = self._runs.lessons_of(run, self._date_of(tap)) if run else []
        if not tap.when.dated:
            return held
        over = [lesson for lesson in held if self._is_over(lesson, tap.when.at_ms)]
        slots = {_slot_key(lesson) for lesson in held}
        planned = self._law.timetable.counting(self._room, tap.when.at_ms)
        free = [p.id for p in planned if _slot_key(p.id) not in slots]
        return [lesson for lesson in held if lesson not in over] + free + over

    def _is_over(self, lesson_id: str, at_ms: int) -> bool:
        lesson = self._law.timetable.lesson(lesson_id)
        return lesson is not None and at_ms >= lesson.ends_ms

    def _run_at(self, tap: Tap) -> Run | None:
        runs = self._runs.of(self._date_of(tap))
        n = bisect_left(runs, tap.order, key=run_order)
        if not n or self._runs.is_ended(runs[n - 1], tap.order, tap.when):
            return None
        return runs[n - 1]

    def _claimed_later(self, tap: Tap) -> str | None:
        """The lesson of the next run, where the pupil came shortly before the teacher began it."""
        runs = self._runs.of(self._date_of(tap))
        n = bisect_right(runs, tap.order, key=run_order)
        if n == len(runs):
            return None
        run = runs[n]
        of_day = self._runs.lessons_of(run, self._date_of(tap))
        mine = (lesson for lesson in of_day if self._has(lesson, tap.person_id))
        return next((lesson for lesson in mine if self._is_near(tap, run, lesson)), None)

    def _is_near(self, tap: Tap, run: Run, lesson_id: str) -> bool:
        limit_ms = self._rules_for(tap).open_before_min * MINUTE_MS
        if tap.fact.boot == run.fact.boot and run.fact.mono_ms - tap.fact.mono_ms <= limit_ms:
            return True
        lesson = self._law.timetable.lesson(lesson_id)
        if lesson is None or not tap.when.dated:
            return False
        return lesson.starts_ms - limit_ms <= tap.when.at_ms < lesson.ends_ms

    def _rules_for(self, tap: Tap) -> Rules:
        return self._law.school.rules_on(self._date_of(tap), self._law.rules)

    def _has(self, lesson_id: str, person_id: str) -> bool:
        book = self._book(lesson_id)
        return book is not None and book.takes_card_of(person_id)

    def _claim(self, lesson_id: str, tap: Tap) -> CardClaim:
        lesson = self._law.timetable.lesson(lesson_id)
        at_ms, trusted = tap.when.at_ms, tap.when.trusted
        since = minutes_since(lesson.starts_ms, at_ms) if lesson and trusted else None
        late = late_minutes(lesson, at_ms, self._rules_for(tap), trusted=trusted)
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
