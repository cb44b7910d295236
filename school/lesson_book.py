"""All that is known of one lesson's attendance.

A fact only makes the marks that it may change doubtful; a mark is worked out when it is asked for,
so that a replay of a month works each out once.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

from school.belonging import Belonging
from school.confirmation import presences_by, seal_of
from school.counts import Counts, count
from school.dating import Dating
from school.evidence import Evidence, Where
from school.facts import Fact
from school.marks import (
    AWAY,
    EXCUSE_RANK,
    CardClaim,
    Excuse,
    Mark,
    Presence,
    Seal,
    Source,
    by_seal,
    decide,
    with_excuse,
)


class AttendanceState(StrEnum):
    """How far a lesson's attendance is."""

    NONE = "none"  # not taken
    OPEN = "open"  # has marks, not confirmed
    TAPS = "taps"  # cards came, nobody opened the lesson
    CONFIRMED = "confirmed"


_NO_EVIDENCE = Evidence()


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
        people: Belonging,
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
        self._people = people
        self._marks: dict[str, Mark] = {}  # as far as they were asked for
        self._settled_marks: tuple[Mark, ...] | None = None
        self._presences: dict[str, Presence] | None = None
        self._alike: dict[tuple[Presence | None, bool], Mark] = {}
        self._counts: Counts | None = None
        self._tapped: set[str] = set()
        self._seal_facts: list[Fact] = []
        self._seal: Seal | None = None
        self._sealed: dict[str, Presence] = {}  # what it says, by person id

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
        """The whole roster in its order, then who was confirmed here and is on it no more."""
        if self._settled_marks is None:
            self._settled_marks = tuple(map(self._settled, self._people.listed))
        return self._settled_marks

    def presences(self) -> Mapping[str, Presence]:
        """Where each pupil of `marks` was, in its order.

        Most have it from the confirmation alone: theirs is known without working out the mark.
        """
        if self._presences is None:
            people = self._people
            unsaid = dict.fromkeys(people.listed, Presence.UNMARKED)
            sealed = self._sealed
            said = {p: self._settled(p).presence for p in self._evidence if people.is_listed(p)}
            if sealed.keys() <= unsaid.keys():
                self._presences = unsaid | sealed | said
            else:
                ours = {p: presence for p, presence in sealed.items() if p in unsaid}
                self._presences = unsaid | ours | said
        return self._presences

    def guests(self) -> tuple[Mark, ...]:
        """Marks of pupils of other classes who learn with this one (học ghép), by person id."""
        return tuple(map(self._settled, sorted(self._people.guests)))

    @property
    def is_empty(self) -> bool:
        """Whether nobody is listed, as of a group that the records do not know."""
        return self._people.is_empty

    def has(self, person_id: str) -> bool:
        """Whether a pupil is listed or a guest."""
        return self._people.has(person_id)

    def takes_card_of(self, person_id: str) -> bool:
        """Whether a pupil's card counts here."""
        return self._people.takes_card_of(person_id)

    def mark(self, person_id: str) -> Mark | None:
        """One pupil's mark; None for who is neither listed nor a guest."""
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
        if self.is_empty:
            return AttendanceState.NONE
        if self._seal is not None:
            return AttendanceState.CONFIRMED
        if (
            self._is_touched()
            or self._people.guests
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
        self._judge_kept(person_id)
        is_counted = bool(evidence.cards) and self._people.is_listed(person_id)
        (self._tapped.add if is_counted else self._tapped.discard)(person_id)
        self.doubt(person_id)

    def say(self, fact: Fact) -> frozenset[str]:
        """Take a `mark`, `late_tap_kept`, `excuse` or `guest` fact.

        What is said of who is not on the roster counts while that pupil is a guest, or where the
        lesson was confirmed with that pupil.

        Returns:
            Whose cards count by that, or do no more.
        """
        before = self._people.takes_cards()
        person = fact.text("person")
        evidence = self._evidence.setdefault(person, Evidence())
        kinds = {
            "mark": evidence.touches,
            "late_tap_kept": evidence.kept,
            "excuse": evidence.excuses,
            "guest": evidence.welcomes,
        }
        kinds[fact.kind].append(fact)
        if fact.kind == "guest" and person not in self._people.roster:
            self._welcome(person, evidence)
        self._judge_kept(person)
        self.doubt(person)
        return before ^ self._people.takes_cards()

    def seal_by(self, fact: Fact) -> frozenset[str]:
        """Take a `confirm` or `reopen` fact; returns as `say`."""
        before = self._people.takes_cards()
        self._seal_facts.append(fact)
        if fact.kind == "confirm":
            self._people.confirm(fact)
        self.doubt_all()
        return before ^ self._people.takes_cards()

    def doubt_all(self) -> frozenset[str]:
        """Every mark is to be worked out anew, after a confirmation or a new date of facts.

        Returns:
            As `say`.
        """
        before = self._people.takes_cards()
        self._seal = seal_of(self._seal_facts, self._dating)
        self._sealed = presences_by(self._seal)
        for person, evidence in self._evidence.items():
            if evidence.welcomes and person not in self._people.roster:
                self._welcome(person, evidence)
        for person in self._people.candidates():
            self._judge_kept(person)
        self._marks.clear()
        self._alike.clear()
        self._unsettle()
        return before ^ self._people.takes_cards()

    def doubt(self, person_id: str) -> None:
        """One mark is to be worked out anew, as after a change of leave."""
        self._marks.pop(person_id, None)
        if self._people.is_listed(person_id):
            self._unsettle()

    def _judge_kept(self, person_id: str) -> None:
        """Whether a pupil who is not on the roster has been on it when this was confirmed."""
        if person_id in self._people.roster:
            return
        evidence = self._evidence.get(person_id, _NO_EVIDENCE)
        is_said = self._is_said_before(evidence)
        keeps = not evidence.welcomes and self._people.is_confirmed(person_id, is_said=is_said)
        if keeps == (person_id in self._people.kept):
            return
        (self._people.kept.add if keeps else self._people.kept.discard)(person_id)
        (self._tapped.add if keeps and evidence.cards else self._tapped.discard)(person_id)
        self._marks.pop(person_id, None)
        self._unsettle()

    def _is_said_before(self, evidence: Evidence) -> bool:
        """Whether a person or, before a confirmation of an older room, a card tells of a pupil."""
        touch = evidence.touch(self._dating)
        if touch is not None and touch.presence is not Presence.UNMARKED:
            return True
        last = max(map(self._dating.order, self._people.older), default=None)
        return last is not None and any(card.order < last for card in evidence.cards.values())

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
            self._people.guests.discard(person_id)
        else:
            self._people.guests.add(person_id)

    def _is_touched(self) -> bool:
        """Whether a person said where somebody who is listed is."""
        listed = self._people.is_listed
        return any(e.touches for person, e in self._evidence.items() if listed(person))

    def _unsaid(self, person_id: str) -> Mark:
        """The mark of a pupil of whom the confirmation alone speaks, as of most of a class.

        Many have the same but for the name, and a month has hundreds of thousands of them.
        """
        leave = self._on_leave(person_id)
        if self._seal is not None and person_id in self._seal.cards:
            mark = by_seal(person_id, None, self._seal) or Mark(person_id)
            return with_excuse(mark, (), leave=leave)
        carried = self._seal.carried.get(person_id) if self._seal else None
        like = self._alike.get((carried, leave))
        if like is not None:
            return Mark._make((person_id, *like[1:]))
        mark = by_seal(person_id, None, self._seal) or Mark(person_id)
        mark = self._alike[carried, leave] = with_excuse(mark, (), leave=leave)
        return mark

    def _said(self, person_id: str, evidence: Evidence) -> Mark:
        touch = evidence.touch(self._dating)
        card = min(evidence.cards.values(), key=lambda c: (c.at_ms, c.order), default=None)
        kept = max(map(self._dating.order, evidence.kept), default=None)
        mark = decide(person_id, touch, None if self._is_ceremony else card, self._seal, kept)
        said = evidence.said(self._dating)
        return with_excuse(mark, said, leave=self._on_leave(person_id))


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
