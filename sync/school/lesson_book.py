"""All that is known of one lesson's attendance.

A fact only makes the marks that it may change doubtful; a mark is worked out when it is asked for,
so that a replay of a month works each out once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sync.school.counts import Counts, count
from sync.school.dating import Dating
from sync.school.facts import Fact
from sync.school.marks import (
    AWAY,
    EXCUSE_RANK,
    CardClaim,
    Excuse,
    Mark,
    Presence,
    Said,
    Seal,
    Source,
    Touch,
    by_seal,
    decide,
    latest_touch,
    with_excuse,
)


class AttendanceState(StrEnum):
    """How far a lesson's attendance is."""

    NONE = "none"  # not taken
    OPEN = "open"  # has marks, not confirmed
    TAPS = "taps"  # cards came, nobody opened the lesson
    CONFIRMED = "confirmed"


Where = tuple[str, date]
"""A room, and a day as its clock had it: in doubt a boot may have several."""


@dataclass(slots=True)
class Evidence:
    """What was said about one pupil in one lesson.

    Attributes:
        cards: first card of the session in each room and on each day (nearly always one).
        touches: `mark` facts.
        kept: `late_tap_kept` facts.
        excuses: `excuse` facts.
        welcomes: `guest` facts, of who is not on the roster.
    """

    cards: dict[Where, CardClaim] = field(default_factory=dict)
    touches: list[Fact] = field(default_factory=list)
    kept: list[Fact] = field(default_factory=list)
    excuses: list[Fact] = field(default_factory=list)
    welcomes: list[Fact] = field(default_factory=list)


class LessonBook:
    """Evidence and marks of one lesson.

    Attributes:
        lesson_id: which.
        day: its date; None while provisional.
        runs: the runs it was held in: room, and id of the fact that began it.
        told_in: rooms whose facts name it.
    """

    def __init__(
        self,
        lesson_id: str,
        day: date | None,
        roster: Iterable[str],
        dating: Dating,
        *,
        on_leave: Callable[[str], bool] = lambda _: False,
        is_ceremony: bool = False,
    ) -> None:
        self.lesson_id = lesson_id
        self.day = day
        self.runs: set[tuple[str, str]] = set()
        self.told_in: set[str] = set()
        self._dating = dating
        self._evidence: dict[str, Evidence] = {}
        self._on_leave = on_leave
        self._is_ceremony = is_ceremony
        self._roster = dict.fromkeys(roster)
        self._guests: set[str] = set()
        self._marks: dict[str, Mark] = {}  # as far as they were asked for
        self._settled_marks: tuple[Mark, ...] | None = None
        self._presences: dict[str, Presence] | None = None
        self._alike: dict[tuple[Presence | None, bool], Mark] = {}
        self._counts: Counts | None = None
        self._tapped: set[str] = set()
        self._seal_facts: list[Fact] = []
        self._seal: Seal | None = None

    @property
    def rooms(self) -> set[str]:
        """Rooms whose facts and runs speak of it."""
        return self.told_in | {room for room, _ in self.runs}

    @property
    def seal(self) -> Seal | None:
        """The confirmation that stands, if any."""
        return self._seal

    @property
    def facts(self) -> list[Fact]:
        """All facts that name this lesson, in no order."""
        told = self._evidence.values()
        said = [f for e in told for f in (*e.touches, *e.kept, *e.excuses, *e.welcomes)]
        return said + self._seal_facts

    def marks(self) -> tuple[Mark, ...]:
        """The whole roster in its order."""
        if self._settled_marks is None:
            self._settled_marks = tuple(map(self._settled, self._roster))
        return self._settled_marks

    def presences(self) -> Mapping[str, Presence]:
        """Where each pupil of the roster was, in its order.

        Most have it from the confirmation alone: theirs is known without working out the mark.
        """
        if self._presences is None:
            carried = self._seal.carried if self._seal else {}
            said = {p: self._settled(p).presence for p in self._evidence if p in self._roster}
            unsaid = dict.fromkeys(self._roster, Presence.UNMARKED)
            if carried.keys() <= self._roster.keys():
                self._presences = unsaid | carried | said
            else:
                ours = {p: presence for p, presence in carried.items() if p in self._roster}
                self._presences = unsaid | ours | said
        return self._presences

    def guests(self) -> tuple[Mark, ...]:
        """Marks of pupils of other classes who learn with this one (học ghép), by person id."""
        return tuple(map(self._settled, sorted(self._guests)))

    def has(self, person_id: str) -> bool:
        """Whether a pupil is on the roster or a guest."""
        return person_id in self._roster or person_id in self._guests

    def mark(self, person_id: str) -> Mark | None:
        """One pupil's mark; None for who is neither on the roster nor a guest."""
        return self._settled(person_id) if self.has(person_id) else None

    def counts(self) -> Counts:
        """The line of counts: of the roster, without guests."""
        if self._counts is None:
            presences = self.presences()
            away = [person for person, presence in presences.items() if presence in AWAY]
            excuses = [self._settled(person).excuse for person in away]
            self._counts = count(presences.values(), excuses.count(Excuse.EXCUSED))
        return self._counts

    def tapped(self) -> set[str]:
        """Pupils of the roster whose card counts for this lesson."""
        return self._tapped

    def card_rooms(self) -> set[str]:
        """Rooms whose cards count for this lesson."""
        return {room for told in self._evidence.values() for room, _ in told.cards}

    def unmarked(self) -> set[str]:
        """Pupils of whom nobody has said anything."""
        presences = self.presences().items()
        return {person for person, presence in presences if presence is Presence.UNMARKED}

    def on_leave(self) -> set[str]:
        """Unmarked pupils with approved leave."""
        return {person for person in self.unmarked() if self._on_leave(person)}

    def by_cards(self) -> dict[str, Presence]:
        """What the cards propose at a flag ceremony, for pupils without a mark."""
        if not self._is_ceremony:
            return {}
        return dict.fromkeys(sorted(self._tapped & self.unmarked()), Presence.PRESENT)

    def touches(self, person_id: str) -> tuple[Fact, ...]:
        """The history of what persons said about a pupil, oldest first."""
        evidence = self._evidence.get(person_id)
        touches = evidence.touches if evidence else []
        return tuple(sorted(touches, key=self._dating.order))

    def attendance(self) -> AttendanceState:
        """How far attendance is. A lesson nobody opened and without cards has no data."""
        if self._seal is not None:
            return AttendanceState.CONFIRMED
        if (
            self._is_touched()
            or self._guests
            or (self.runs and self.counts().unmarked < self.counts().size)
        ):
            return AttendanceState.OPEN
        return AttendanceState.TAPS if self._tapped else AttendanceState.NONE

    def credit(self, where: Where, person_id: str, card: CardClaim | None) -> None:
        """Set or take back the card that counts for a pupil in a room on a day."""
        evidence = self._evidence.setdefault(person_id, Evidence())
        if evidence.cards.get(where) == card:
            return
        if card is None:
            del evidence.cards[where]
        else:
            evidence.cards[where] = card
        if person_id in self._roster:
            (self._tapped.add if evidence.cards else self._tapped.discard)(person_id)
        self.doubt(person_id)

    def say(self, fact: Fact) -> None:
        """Take a `mark`, `late_tap_kept`, `excuse` or `guest` fact.

        What is said of who is not on the roster counts while that pupil is a guest.
        """
        person = fact.text("person")
        evidence = self._evidence.setdefault(person, Evidence())
        kinds = {
            "mark": evidence.touches,
            "late_tap_kept": evidence.kept,
            "excuse": evidence.excuses,
            "guest": evidence.welcomes,
        }
        kinds[fact.kind].append(fact)
        if fact.kind == "guest" and person not in self._roster:
            self._welcome(person, evidence)
        self.doubt(person)

    def seal_by(self, fact: Fact) -> None:
        """Take a `confirm` or `reopen` fact."""
        self._seal_facts.append(fact)
        self.doubt_all()

    def doubt_all(self) -> frozenset[str]:
        """Every mark is to be worked out anew, after a confirmation or a new date of facts.

        Returns:
            Who has become a guest by that, or ceased to be one.
        """
        before = set(self._guests)
        self._seal = self._find_seal()
        for person, evidence in self._evidence.items():
            if evidence.welcomes and person not in self._roster:
                self._welcome(person, evidence)
        self._marks.clear()
        self._alike.clear()
        self._unsettle()
        return frozenset(before ^ self._guests)

    def doubt(self, person_id: str) -> None:
        """One mark is to be worked out anew, as after a change of leave."""
        self._marks.pop(person_id, None)
        if person_id in self._roster:
            self._unsettle()

    def _unsettle(self) -> None:
        self._settled_marks = self._presences = self._counts = None

    def _settled(self, person_id: str) -> Mark:
        mark = self._marks.get(person_id)
        if mark is None:
            evidence = self._evidence.get(person_id)
            mark = self._said(person_id, evidence) if evidence else self._unsaid(person_id)
            self._marks[person_id] = mark
        return mark

    def _welcome(self, person_id: str, evidence: Evidence) -> None:
        """A guest stays until the last word is that the pupil is none."""
        last = max(evidence.welcomes, key=self._dating.order)
        if last.body.get("out") is True:
            self._guests.discard(person_id)
        else:
            self._guests.add(person_id)

    def _is_touched(self) -> bool:
        """Whether a person said where somebody of the roster is."""
        return any(e.touches for person, e in self._evidence.items() if person in self._roster)

    def _unsaid(self, person_id: str) -> Mark:
        """The mark of a pupil of whom the confirmation alone speaks, as of most of a class.

        Many have the same but for the name, and a month has hundreds of thousands of them.
        """
        carried = self._seal.carried.get(person_id) if self._seal else None
        leave = self._on_leave(person_id)
        like = self._alike.get((carried, leave))
        if like is not None:
            return Mark._make((person_id, *like[1:]))
        mark = by_seal(person_id, None, self._seal) or Mark(person_id)
        mark = self._alike[carried, leave] = with_excuse(mark, (), leave=leave)
        return mark

    def _said(self, person_id: str, evidence: Evidence) -> Mark:
        touch = latest_touch([_touch(fact, self._dating) for fact in evidence.touches])
        card = min(evidence.cards.values(), key=lambda c: (c.at_ms, c.order), default=None)
        kept = max(map(self._dating.order, evidence.kept), default=None)
        mark = decide(person_id, touch, None if self._is_ceremony else card, self._seal, kept)
        said = (_say_excuse(fact, self._dating) for fact in evidence.excuses)
        return with_excuse(mark, said, leave=self._on_leave(person_id))

    def _find_seal(self) -> Seal | None:
        last = max(self._seal_facts, key=self._dating.order, default=None)
        if last is None or last.kind != "confirm":
            return None
        return Seal(
            order=self._dating.order(last),
            at_ms=self._dating.when(last).at_ms,
            by=last.text("by"),
            carried=_carried(last),
        )


def _touch(fact: Fact, dating: Dating) -> Touch:
    return Touch(
        presence=Presence(fact.text("presence")),
        minutes=fact.number("minutes"),
        source=Source(fact.text("source")),
        at_ms=dating.when(fact).at_ms,
        order=dating.order(fact),
        note=fact.text("note"),
    )


def _say_excuse(fact: Fact, dating: Dating) -> Said:
    return Said(Excuse(fact.text("excuse")), Source(fact.text("source")), dating.order(fact))


def is_said_well(fact: Fact) -> bool:
    """Whether a fact of `LessonBook.say` uses the words we know; others are kept aside.

    A teacher who sets an excuse crosses over, and must say why.
    """
    try:
        if fact.kind in ("late_tap_kept", "guest"):
            return True
        if fact.kind == "excuse":
            Excuse(fact.text("excuse"))
            source = Source(fact.text("source"))
            crosses = source is Source.TEACHER
            return source in EXCUSE_RANK and bool(fact.text("reason") or not crosses)
        Presence(fact.text("presence"))
        return Source(fact.text("source")) is not Source.CARD
    except ValueError:
        return False


def _carried(fact: Fact) -> dict[str, Presence]:
    groups = fact.body.get("carried")
    if not isinstance(groups, dict):
        return {}
    carried: dict[str, Presence] = {}
    for presence in _PRESENCES:
        people = groups.get(presence)
        if isinstance(people, list):
            carried |= dict.fromkeys([p for p in people if isinstance(p, str)], presence)
    return carried


_PRESENCES = sorted(Presence)
