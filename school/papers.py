"""What is told beside the marks: leave, logbook, decisions about sessions, cards without a pupil.

Answers are worked out when asked for, from the set of facts; the order of their arrival is nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from school.dating import Dating
from school.facts import Fact
from school.judge import Outcome
from school.marks import EXCUSE_RANK, Excuse, Source
from school.records import School
from school.year import Leave, LeaveState, LogbookEntry, Session


@dataclass(frozen=True, slots=True)
class Decision:
    """What office or homeroom teacher decided about a session (buổi); it overrides and says so.

    Attributes:
        absent: whether the pupil was away.
        excuse: of an absence.
        source: who decided.
        by: person id.
    """

    absent: bool
    excuse: Excuse
    source: Source
    by: str


class Papers:
    """Facts of the kinds `leave`, `logbook` and `session`, and taps that are no pupil's."""

    def __init__(self, school: School, dating: Dating) -> None:
        self._school = school
        self._dating = dating
        self._filed: dict[str, list[Leave]] = {}
        for leave in school.leaves:
            self._filed.setdefault(leave.person_id, []).append(leave)
        self._logbook = school.logbook
        self._leaves: dict[str, list[Fact]] = {}
        self._entries: dict[str, list[Fact]] = {}
        self._decisions: dict[tuple[str, str, str], list[Fact]] = {}
        self._taps: list[tuple[Fact, Outcome]] = []
        self._leave_rooms: set[str] = set()

    def take(self, fact: Fact) -> None:
        """Take a fact; one that is not of these kinds or not well said is left out."""
        if fact.kind == "leave" and _leave_of(fact) is not None:
            self._leaves.setdefault(fact.text("person"), []).append(fact)
            self._leave_rooms.add(fact.room)
        elif fact.kind == "logbook":
            self._entries.setdefault(fact.text("lesson"), []).append(fact)
        elif fact.kind == "session" and _decision_of(fact) is not None:
            key = (fact.text("person"), fact.text("day"), fact.text("session"))
            self._decisions.setdefault(key, []).append(fact)

    def keep_tap(self, fact: Fact, outcome: Outcome) -> None:
        """Keep a tap of an unknown or locked card, or of staff."""
        self._taps.append((fact, outcome))

    def unknown_taps(self) -> tuple[Fact, ...]:
        """Taps of unknown cards, in no order; shown by their last four signs."""
        return tuple(fact for fact, outcome in self._taps if outcome is Outcome.UNKNOWN)

    def has_leave_of(self, room: str) -> bool:
        """Whether a leave was told in this room, so that its dates matter."""
        return room in self._leave_rooms

    def leaves(self, person_id: str) -> tuple[Leave, ...]:
        """A pupil's leave requests: those of the records, each as it was last told."""
        told = {leave.id: leave for leave in self._filed.get(person_id, ())}
        for fact in sorted(self._leaves.get(person_id, ()), key=self._dating.order):
            leave = _leave_of(fact)
            if leave is not None:
                told[leave.id] = leave
        return tuple(told[one] for one in sorted(told))

    def is_on_leave(self, person_id: str, day: date, session: Session) -> bool:
        """Whether approved leave is on file."""
        if person_id not in self._filed and person_id not in self._leaves:
            return False
        return any(leave.holds(day, session) for leave in self.leaves(person_id))

    def logbook(self, lesson_id: str) -> LogbookEntry | None:
        """What persons wrote in the logbook of a lesson, the last word of each field."""
        entry = self._logbook.get(lesson_id)
        for fact in sorted(self._entries.get(lesson_id, ()), key=self._dating.order):
            entry = _written(entry or LogbookEntry(), fact)
        return entry

    def taught(self, is_mine: Callable[[str], bool]) -> list[int]:
        """Numbers of the teaching plan that stand in the logbook of some lessons.

        Args:
            is_mine: tells by its id whether a lesson is meant.
        """
        lessons = {*self._logbook, *self._entries}
        found = (self.logbook(lesson) for lesson in sorted(lessons) if is_mine(lesson))
        return [entry.number for entry in found if entry and entry.number is not None]

    def decision(self, person_id: str, day: date, session: Session) -> Decision | None:
        """What was decided about a session, if anything; office over homeroom, then the later."""
        facts = self._decisions.get((person_id, day.isoformat(), session.value), ())
        last = max(facts, key=self._strength, default=None)
        return None if last is None else _decision_of(last)

    def decided(self, day: date, session: Session) -> frozenset[str]:
        """Pupils of whose session something was decided."""
        when = (day.isoformat(), session.value)
        return frozenset(person for person, *told in self._decisions if tuple(told) == when)

    def forget_before(self, day: date) -> None:
        """Let go of taps of earlier days; what persons wrote and decided has a say for ever."""
        at_ms, when = self._school.at_ms(day, 0), self._dating.when
        self._taps = [(f, o) for f, o in self._taps if when(f).at_ms >= at_ms]

    def _strength(self, fact: Fact) -> tuple[int, object]:
        return EXCUSE_RANK[Source(fact.text("source"))], self._dating.order(fact)


def standing(leaves: Iterable[Leave], day: date) -> tuple[Leave, ...]:
    """Approved leave that holds on a day in some session."""
    return tuple(one for one in leaves if any(one.holds(day, session) for session in Session))


def _leave_of(fact: Fact) -> Leave | None:
    """`{leave, person, first, last, session?, state}`; None where a word is not known."""
    try:
        return Leave(
            id=fact.text("leave"),
            person_id=fact.text("person"),
            first_day=date.fromisoformat(fact.text("first")),
            last_day=date.fromisoformat(fact.text("last")),
            session=Session(fact.text("session")) if fact.text("session") else None,
            state=LeaveState(fact.text("state")),
        )
    except ValueError:
        return None


def _decision_of(fact: Fact) -> Decision | None:
    """`{person, day, session, absent, excuse, source, by}`; None where a word is not known."""
    try:
        source = Source(fact.text("source"))
        if source not in (Source.OFFICE, Source.HOMEROOM):
            return None
        absent = fact.body.get("absent") is True
        return Decision(absent, Excuse(fact.text("excuse")), source, fact.text("by"))
    except ValueError:
        return None


def _written(entry: LogbookEntry, fact: Fact) -> LogbookEntry:
    number = fact.number("number")
    words = {k: fact.text(k) for k in ("title", "grade", "remark", "signed_by") if fact.text(k)}
    return replace(entry, number=entry.number if number is None else number, **words)
