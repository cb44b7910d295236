"""A mark: one pupil in one lesson, presence × excuse, and who outranks whom.

Source: domain reference §3.1, §3.3. Presence belongs to the lesson's teacher, excuse to the
homeroom teacher or the office. A card never overturns a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from school.dating import Order


class Presence(StrEnum):
    """Where the pupil was, as far as somebody or something has said."""

    UNMARKED = "unmarked"
    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    LEFT_EARLY = "left_early"
    SKIPPED = "skipped"
    OUT_ON_DUTY = "out_on_duty"


class Excuse(StrEnum):
    """Whether an absence was excused; only of `absent` and `skipped`."""

    UNKNOWN = "unknown"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"


class Source(StrEnum):
    """Who or what said it."""

    CARD = "card"
    CARRIED = "carried"
    TEACHER = "teacher"
    HOMEROOM = "homeroom"
    OFFICE = "office"
    LEAVE = "leave"
    IMPORT = "import"
    PAPER = "paper"
    UNDO = "undo"  # takes back what persons said before; only in facts


AWAY = frozenset({Presence.ABSENT, Presence.SKIPPED})
HERE = frozenset({Presence.PRESENT, Presence.LATE, Presence.LEFT_EARLY, Presence.OUT_ON_DUTY})

RANK = {
    Source.OFFICE: 4,
    Source.TEACHER: 3,
    Source.HOMEROOM: 3,
    Source.IMPORT: 3,
    Source.PAPER: 3,
    Source.CARD: 2,
    Source.CARRIED: 1,
    Source.LEAVE: 0,
}
"""Within presence the higher rank stands; among equals the later."""

EXCUSE_RANK = {
    Source.OFFICE: 3,
    Source.HOMEROOM: 2,
    Source.IMPORT: 2,
    Source.PAPER: 2,
    Source.TEACHER: 1,
}
"""Within excuse the higher rank stands; among equals the later. Leave on file is the default."""

PERSONS = frozenset(s for s, rank in RANK.items() if rank >= RANK[Source.TEACHER])


@dataclass(frozen=True, slots=True)
class Question:
    """A card of somebody who was said not to be here: the teacher decides.

    Attributes:
        at_ms: when the card came.
        minutes: whole minutes since the lesson's start; None on a doubtful clock.
    """

    at_ms: int
    minutes: int | None


class Mark(NamedTuple):
    """What stands for one pupil in one lesson.

    Attributes:
        person_id: the pupil.
        presence: where the pupil was.
        excuse: of an absence; None where there is none.
        minutes: late by so much, or left so long before the end; None where unknown.
        source: who or what said it; None while unmarked.
        at_ms: when it was said, Unix milliseconds; None while unmarked.
        note: a word such as `forgot_card`.
        question: a late card that waits for the teacher's answer.
        fact_id: the fact that decided; empty while unmarked.
        leave: approved leave is on file for this session.
        excuse_source: who set the excuse; None where nobody did.
    """

    person_id: str
    presence: Presence = Presence.UNMARKED
    excuse: Excuse | None = None
    minutes: int | None = None
    source: Source | None = None
    at_ms: int | None = None
    note: str = ""
    question: Question | None = None
    fact_id: str = ""
    leave: bool = False
    excuse_source: Source | None = None

    @property
    def came_despite_leave(self) -> bool:
        """The hint "có đơn nghỉ nhưng đã đến"; the homeroom teacher closes the leave."""
        return self.leave and self.presence in HERE


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said about an absence."""

    excuse: Excuse
    source: Source
    order: Order


class Touch(NamedTuple):
    """What a person said about one pupil."""

    presence: Presence
    minutes: int | None
    source: Source
    at_ms: int
    order: Order
    note: str = ""


@dataclass(frozen=True, slots=True)
class CardClaim:
    """The first card of a pupil that counts for the lesson.

    Attributes:
        at_ms: when.
        order: its place among the facts.
        late_min: minutes late; None where the pupil was in time or the clock doubtful.
        since_start_min: minutes since the lesson's start; None on a doubtful clock.
    """

    at_ms: int
    order: Order
    late_min: int | None
    since_start_min: int | None


@dataclass(frozen=True, slots=True)
class Seal:
    """A standing confirmation of the lesson (chốt).

    Attributes:
        order: its place among the facts.
        at_ms: when.
        by: `place` or a person id.
        carried: presence taken over from the lesson before, by person id.
        cards: minutes late of those who were here by their cards, by person id; None = in time.
    """

    order: Order
    at_ms: int
    by: str
    carried: Mapping[str, Presence]
    cards: Mapping[str, int | None] = field(default_factory=dict)


def latest_touch(touches: Iterable[Touch]) -> Touch | None:
    """What persons say in the end: the higher rank, then the later; an undo clears all before."""
    standing: list[Touch] = []
    for touch in sorted(touches, key=_order):
        if touch.source is Source.UNDO:
            standing.clear()
        elif touch.source in PERSONS:
            standing.append(touch)
    return max(standing, key=_weight, default=None)


def _order(touch: Touch) -> Order:
    return touch.order


def _weight(touch: Touch) -> tuple[int, Order]:
    return RANK[touch.source], touch.order


def decide(
    person_id: str,
    touch: Touch | None,
    card: CardClaim | None,
    seal: Seal | None,
    kept: Order | None,
) -> Mark:
    """The mark that stands, from all that was said.

    Args:
        person_id: the pupil.
        touch: what persons say in the end.
        card: the pupil's first card for this lesson.
        seal: the confirmation that stands.
        kept: the last answer "leave it so" to a late card.
    """
    mark = _by_person(person_id, touch) or _by_card(person_id, touch, card, seal)
    mark = mark or by_seal(person_id, touch, seal) or Mark(person_id)
    if card is None or mark.presence in HERE or (kept is not None and kept > card.order):
        return mark
    if all(said is None or card.order < said.order for said in (touch, seal)):
        return mark
    return mark._replace(question=Question(card.at_ms, card.since_start_min))


def with_excuse(mark: Mark, said: Iterable[Said], *, leave: bool) -> Mark:
    """The mark with its excuse, which merges apart from presence.

    Args:
        mark: presence as it stands.
        said: excuses that persons set.
        leave: approved leave is on file.
    """
    if leave:
        mark = mark._replace(leave=True)
    if mark.presence not in AWAY:
        return mark
    if leave and mark.source is Source.CARRIED:
        mark = mark._replace(source=Source.LEAVE)
    last = max(said, key=lambda s: (EXCUSE_RANK[s.source], s.order), default=None)
    if last is not None:
        return mark._replace(excuse=last.excuse, excuse_source=last.source)
    if leave:
        return mark._replace(excuse=Excuse.EXCUSED, excuse_source=Source.LEAVE)
    return mark


def _by_person(person_id: str, touch: Touch | None) -> Mark | None:
    if touch is None or touch.presence is Presence.UNMARKED:
        return None
    excuse = Excuse.UNKNOWN if touch.presence in AWAY else None
    return Mark(
        person_id=person_id,
        presence=touch.presence,
        excuse=excuse,
        minutes=touch.minutes,
        source=touch.source,
        at_ms=touch.at_ms,
        note=touch.note,
        fact_id=touch.order[-1],
    )


def _by_card(
    person_id: str, touch: Touch | None, card: CardClaim | None, seal: Seal | None
) -> Mark | None:
    """A card counts until the lesson is confirmed, and after a person cleared the mark.

    How late was confirmed stays, whatever bells and thresholds say since.
    """
    if card is None or (seal is not None and card.order > seal.order):
        return None
    if touch is not None and card.order < touch.order:
        return None
    late_min = card.late_min if seal is None else seal.cards.get(person_id, card.late_min)
    return Mark(
        person_id=person_id,
        presence=Presence.PRESENT if late_min is None else Presence.LATE,
        minutes=late_min,
        source=Source.CARD,
        at_ms=card.at_ms,
        fact_id=card.order[-1],
    )


def by_seal(person_id: str, touch: Touch | None, seal: Seal | None) -> Mark | None:
    """The mark that a confirmation took over, unless a person has said something since.

    Who was here by a card stays so, whatever becomes of the card or of the class list.
    """
    if seal is None or (touch is not None and touch.order > seal.order):
        return None
    if person_id in seal.cards:
        return _card_as_confirmed(person_id, seal)
    if person_id not in seal.carried:
        return None
    presence = seal.carried[person_id]
    excuse = Excuse.UNKNOWN if presence in AWAY else None
    return Mark(
        person_id=person_id,
        presence=presence,
        excuse=excuse,
        source=Source.CARRIED,
        at_ms=seal.at_ms,
        fact_id=seal.order[-1],
    )


def _card_as_confirmed(person_id: str, seal: Seal) -> Mark:
    late_min = seal.cards[person_id]
    return Mark(
        person_id=person_id,
        presence=Presence.PRESENT if late_min is None else Presence.LATE,
        minutes=late_min,
        source=Source.CARD,
        at_ms=seal.at_ms,
        fact_id=seal.order[-1],
    )


def proposal_after(presence: Presence) -> Presence | None:
    """What the next lesson of the session proposes, given the presence in the one before it."""
    return _PROPOSALS.get(presence)


_PROPOSALS = {
    Presence.PRESENT: Presence.PRESENT,
    Presence.LATE: Presence.PRESENT,
    Presence.ABSENT: Presence.ABSENT,
    Presence.LEFT_EARLY: Presence.ABSENT,
    Presence.OUT_ON_DUTY: Presence.OUT_ON_DUTY,
}
