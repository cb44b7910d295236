"""The register: facts in, marks out, the same in the room and on the hub.

Facts may come in any order and more than once; the register depends on their set alone.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType

from school.belonging import Belonging
from school.counts import Counts
from school.dating import Dating, When
from school.facts import Fact
from school.ids import has_date, parse_lesson_id
from school.judge import Judgement, Outcome
from school.law import Law
from school.lesson_book import AttendanceState, LessonBook, is_said_well
from school.lesson_shelf import LessonShelf
from school.lesson_state import Carried, LessonState, sum_up
from school.marks import Mark, Presence
from school.moment import Moment
from school.papers import Papers
from school.records import PersonKind, RoomKind, School
from school.room_book import RoomBook
from school.room_runs import Run
from school.rules import Rules
from school.seen import Seen
from school.span import Span
from school.timetable import Planned, Timetable

__all__ = ["Carried", "LessonState", "Register"]


class Register:
    """Everything that facts of lane 0 say about attendance.

    Attributes:
        school: the records it judges with.
        timetable: the lessons of real days.
        papers: leave, logbook, decisions about sessions, cards without a pupil.
    """

    def __init__(self, school: School, rules: Rules) -> None:
        self._rules = rules
        self._dating = Dating()
        self._seen = Seen()
        self._facts: list[Fact] = []
        self._datings: list[Fact] = []
        self._begin(school)
        self._take: Mapping[str, Callable[[Fact], Judgement | None]] = {
            "tap": self._tap,
            "run.started": self._run,
            "run.ended": self._run,
            "run.continued": self._run,
            "run.dated": self._run_dated,
            "mark": self._said,
            "late_tap_kept": self._said,
            "excuse": self._said,
            "guest": self._said,
            "confirm": self._sealed,
            "reopen": self._sealed,
            "leave": self._leave,
            "logbook": self._paper,
            "session": self._paper,
            "anchor": lambda _: None,
        }

    def _begin(self, school: School) -> None:
        self.school = school
        self.timetable = Timetable(school, self._rules)
        self.papers = Papers(school, self._dating)
        self._law = Law(school, self.timetable, self._rules, self._dating)
        self._rooms: dict[str, RoomBook] = {}
        self._shelf = LessonShelf(school, self.timetable, self.papers, self._dating, self._dates())
        self._doubtful: set[RoomBook] = set()

    def adopt(self, school: School) -> None:
        """Judge everything anew with other records: a new roster, card, timetable version, day off.

        The result is the same as if these records had been known from the beginning.
        """
        self._begin(school)
        for fact in self._facts:
            self._take[fact.kind](fact)

    def apply(self, fact: Fact) -> Judgement | None:
        """Take one fact; one that was taken before, or of an unknown kind, changes nothing.

        Returns:
            Of a tap, its judgement as things are known now; of a repeated or other fact None.
        """
        take = self._take.get(fact.kind)
        if take is None or not self._seen.add(fact.id):
            return None
        if self._dating.add(fact):
            self._redate(fact.room)
        if fact.kind == "run.dated":
            self._datings.append(fact)
        if fact.kind != "anchor":  # its time is known to the dating, and it says nothing else
            self._facts.append(fact)
        return take(fact)

    def marks(self, lesson_id: str) -> tuple[Mark, ...]:
        """The whole roster in the order of the class list; empty for an unknown group."""
        book = self._book(lesson_id)
        return book.marks() if book else ()

    def presences(self, lesson_id: str) -> Mapping[str, Presence]:
        """Where each pupil of the roster was; of a whole month much cheaper than the marks."""
        book = self._book(lesson_id)
        return book.presences() if book else MappingProxyType({})

    def guests(self, lesson_id: str) -> tuple[Mark, ...]:
        """Marks of pupils of other classes who learn with this one (học ghép)."""
        book = self._book(lesson_id)
        return book.guests() if book else ()

    def mark(self, lesson_id: str, person_id: str) -> Mark | None:
        """One pupil's mark; None for who is neither on the lesson's roster nor its guest."""
        book = self._book(lesson_id)
        return book.mark(person_id) if book else None

    def history(self, lesson_id: str, person_id: str) -> tuple[Fact, ...]:
        """What persons said about a pupil in a lesson, oldest first."""
        book = self._book(lesson_id)
        return book.touches(person_id) if book else ()

    def counts(self, lesson_id: str) -> Counts:
        """The line of counts, guests apart; zeros for an unknown group."""
        book = self._book(lesson_id)
        return book.counts() if book else Counts(0, 0, 0, 0, 0, 0)

    def attendance(self, lesson_id: str) -> AttendanceState:
        """How far a lesson's attendance is."""
        book = self._book(lesson_id)
        return book.attendance() if book else AttendanceState.NONE

    def tapped(self, lesson_id: str) -> int:
        """How many of the roster have tapped in this session, whichever lesson it counted for."""
        book = self._book(lesson_id)
        return len(self._shelf.tapped(book)) if book else 0

    def proposals(self, lesson_id: str) -> Mapping[str, Presence]:
        """What the machine would say of pupils without a mark; never a mark by itself.

        Empty once the lesson is confirmed.
        """
        book = self._book(lesson_id)
        return self._shelf.proposals(book) if book else MappingProxyType({})

    def lesson(self, lesson_id: str) -> LessonState:
        """A lesson as it stands; one of an unknown group is empty.

        Raises:
            ValueError: it is not the id of a lesson.
        """
        lesson_id = self.canonical(lesson_id)
        key = parse_lesson_id(lesson_id)
        book = self._book(lesson_id)
        if book is None:
            book = LessonBook(lesson_id, key.day, Belonging((), {}), self._dating)
        carried = self._shelf.carried(book)
        planned = self.timetable.lesson(lesson_id)
        state = LessonState(
            id=lesson_id,
            group_key=key.group_key,
            class_name=self.school.group_name(key.group_key),
            subject="",
            teacher_id=None,
            teacher="",
            session=key.session,
            slot=key.number,
            room=min(book.rooms, default=None),
            starts_ms=None,
            ends_ms=None,
            attendance=book.attendance(),
            confirmed_at_ms=book.seal.at_ms if book.seal else None,
            confirmed_by=book.seal.by if book.seal else "",
            counts=book.counts(),
            carried=sum_up(carried),
            tapped=self.tapped(lesson_id),
            guests=len(book.guests()),
        )
        return self._with_plan(state, planned) if planned else state

    def lessons_on(self, day: date) -> tuple[LessonState, ...]:
        """All lessons planned or held on a day, by start, room and group."""
        ids = {p.id for p in self.timetable.on(day)}
        self._settle()
        ids |= {
            book.lesson_id
            for book in self._shelf
            if book.day == day and book.rooms and not book.is_empty
        }
        states = (self.lesson(lesson) for lesson in ids)
        return tuple(sorted(states, key=lambda s: (s.starts_ms or 0, s.room or "", s.id)))

    def open_run(self, room: str) -> Run | None:
        """The run that is open in a room, or None."""
        return self._room(room).open_run

    def runs(self, room: str) -> tuple[Run, ...]:
        """All runs of a room, oldest first."""
        return self._room(room).runs

    def when(self, room: str, moment: Moment) -> When:
        """The best known time of a moment in a room: its own, or by a good clock of its boot."""
        return self._dating.when_at(room, moment)

    def when_of(self, fact: Fact) -> When:
        """The best known time of a fact."""
        return self._dating.when(fact)

    def on_roster(self, lesson_id: str, person_id: str) -> bool:
        """Whether a pupil belongs to a lesson, be it as a guest."""
        book = self._book(lesson_id)
        return book is not None and book.has(person_id)

    def taps_on(self, day: date) -> tuple[Judgement, ...]:
        """Pupils' taps of a day in all rooms, judged as things are known now, in order of time."""
        taps = [j for room in self._rooms.values() for j in room.judgements(day)]
        return tuple(sorted(taps, key=lambda j: (j.at_ms, j.room, j.tap_id)))

    def arrivals(self, day: date) -> Mapping[str, int]:
        """First card at a gate by person id, Unix milliseconds: arrival, never presence."""
        gates = {r.id for r in self.school.rooms.values() if r.kind is RoomKind.GATE}
        first: dict[str, int] = {}
        for tap in self.taps_on(day):
            if tap.room in gates and tap.person_id is not None:
                first.setdefault(tap.person_id, tap.at_ms)
        return first

    def touched_lessons(self) -> tuple[str, ...]:
        """Ids of all lessons that some fact speaks of."""
        self._settle()
        told = (b for b in self._shelf if (b.rooms or b.tapped()) and not b.is_empty)
        return tuple(sorted(book.lesson_id for book in told))

    def forget_before(self, day: date) -> None:
        """Let go of what has no say in lessons from a day on, to bound memory.

        What a late fact of an earlier day still says afterwards is only part of the truth: keep the
        days that somebody may still correct or that may still arrive.
        """
        span = Span(day)
        for room in self._rooms.values():
            room.forget_before(day)
        self._settle()
        self._shelf.forget_before(day)
        self.papers.forget_before(day)
        runs = {run.id for room in self._rooms.values() for run in room.runs}
        self._facts = [
            fact
            for fact in self._facts
            if span.needs(fact, self.school)
            or (fact.kind == "run.started" and fact.text("run") in runs)
        ]

    def _settle(self) -> None:
        """Place the taps that runs have put in doubt."""
        while self._doubtful:
            self._doubtful.pop().settle()

    def _book(self, lesson_id: str) -> LessonBook | None:
        self._settle()
        return self._shelf.book(lesson_id)

    def canonical(self, lesson_id: str) -> str:
        """The dated id of a provisional lesson, where its date is known by now."""
        return self._shelf.canonical(lesson_id)

    def _tap(self, fact: Fact) -> Judgement:
        """Judge a touch. On a doubtful clock of its own a card is judged by its newest owner."""
        day = self.school.day_of(fact.wall_ms) if fact.tq.trusted else None
        card = self.school.card_on(fact.text("uid_hash"), day)
        if card is None:
            return self._plain(fact, Outcome.UNKNOWN, None)
        if not (card.is_good_on(day) if day else not (card.revoked or card.revoked_on)):
            return self._plain(fact, Outcome.REVOKED, card.person_id)
        person = self.school.people[card.person_id]
        if person.kind is PersonKind.STAFF:
            return self._plain(fact, Outcome.STAFF, person.id)
        return self._room(fact.room).tap(fact, person.id)

    def _plain(self, fact: Fact, outcome: Outcome, person_id: str | None) -> Judgement:
        self.papers.keep_tap(fact, outcome)
        return Judgement(
            tap_id=fact.id,
            outcome=outcome,
            at_ms=self._dating.when(fact).at_ms,
            room=fact.room,
            reader=fact.text("reader"),
            last4=fact.text("last4"),
            person_id=person_id,
        )

    def _run(self, fact: Fact) -> None:
        self._room(fact.room).take(fact)

    def _run_dated(self, fact: Fact) -> None:
        """Lessons of a provisional run get their dates; what was said of them moves along."""
        self._room(fact.room).take(fact)
        if self._begin_anew_if_dated_otherwise():
            return
        dates = self._dates()
        for old in dates.keys() & fact.texts("provisional"):
            before = self._shelf.set_date(old, dates[old])
            after = self._shelf.book(old)
            if after is None or before is None:
                continue
            after.runs |= before.runs
            after.told_in |= before.told_in
            for said in before.facts:
                self._file(after, said)
            for room in before.rooms | before.card_rooms():
                self._room(room).place_all()

    def _dates(self) -> dict[str, str]:
        """Provisional lesson → its dated id; where several were told, by the last one."""
        return {
            old: new
            for fact in sorted(self._datings, key=self._dating.order)
            for old, new in zip(fact.texts("provisional"), fact.texts("lessons"), strict=False)
            if not has_date(old) and has_date(new)
        }

    def _begin_anew_if_dated_otherwise(self) -> bool:
        """What was filed under a date that does not hold cannot be taken back one by one."""
        dates = self._dates() if self._datings else {}
        if all(dates.get(old) == new for old, new in self._shelf.dates.items()):
            return False
        self.adopt(self.school)
        return True

    def _said(self, fact: Fact) -> None:
        if fact.kind == "guest" and not self._is_pupil(fact.text("person")):
            return
        if not is_said_well(fact):
            return
        if book := self._shelf.book(fact.text("lesson")):
            self._file(book, fact)

    def _leave(self, fact: Fact) -> None:
        self.papers.take(fact)
        for book in self._shelf:
            book.doubt(fact.text("person"))

    def _paper(self, fact: Fact) -> None:
        self.papers.take(fact)

    def _sealed(self, fact: Fact) -> None:
        if book := self._shelf.book(fact.text("lesson")):
            self._file(book, fact)

    def _file(self, book: LessonBook, fact: Fact) -> None:
        book.told_in.add(fact.room)
        is_seal = fact.kind in ("confirm", "reopen")
        self._place(book.seal_by(fact) if is_seal else book.say(fact))

    def _redate(self, room: str) -> None:
        if self._begin_anew_if_dated_otherwise():
            return
        leave = self.papers.has_leave_of(room)
        books = [book for book in self._shelf if leave or room in book.rooms]
        moved = frozenset[str]().union(*(book.doubt_all() for book in books))
        self._room(room).redate()
        self._place(moved)

    def _place(self, guests: Iterable[str]) -> None:
        """Place the taps of pupils anew who became guests or ceased to be."""
        for room in self._rooms.values():
            for person in guests:
                room.place_person(person)

    def _is_pupil(self, person_id: str) -> bool:
        person = self.school.people.get(person_id)
        return person is not None and person.kind is PersonKind.PUPIL

    def _room(self, room: str) -> RoomBook:
        found = self._rooms.get(room)
        if found is None:
            found = self._rooms[room] = RoomBook(room, self._law, self._shelf.book, self._doubtful)
        return found

    def _with_plan(self, state: LessonState, planned: Planned) -> LessonState:
        people = self.school.people
        teachers = [people.get(one or "") for one in (planned.teacher_id, *planned.co_teacher_ids)]
        return state._replace(
            subject=planned.subject,
            teacher_id=planned.teacher_id,
            teacher=", ".join(teacher.name for teacher in teachers if teacher),
            room=planned.room or state.room,
            starts_ms=planned.starts_ms,
            ends_ms=planned.ends_ms,
            slot_name=planned.slot_name,
        )
