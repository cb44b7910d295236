"""What a confirmation (chốt) says, as the room wrote it.

It names everybody who was on the list: `carried` (taken over from the lesson before), `cards` (here
by their cards) and `others`. Rooms of an older version wrote `carried` alone.
"""

from collections.abc import Iterable, Mapping

from school.dating import Dating
from school.facts import Fact, Json
from school.marks import Mark, Presence, Seal, Source

_PRESENCES = sorted(Presence)


def carried_in(fact: Fact) -> dict[str, Presence]:
    """Presence that was taken over from the lesson before, by person id."""
    groups = fact.body.get("carried")
    if not isinstance(groups, dict):
        return {}
    carried: dict[str, Presence] = {}
    for presence in _PRESENCES:
        people = groups.get(presence)
        if isinstance(people, list):
            carried |= dict.fromkeys([p for p in people if isinstance(p, str)], presence)
    return carried


def cards_in(fact: Fact) -> dict[str, int | None]:
    """Who was here by a card: minutes late by person id, None = in time."""
    groups = fact.body.get("cards")
    if not isinstance(groups, dict):
        return {}
    present, late = groups.get("present"), groups.get("late")
    cards: dict[str, int | None] = {}
    if isinstance(present, list):
        cards |= dict.fromkeys([p for p in present if isinstance(p, str)])
    if isinstance(late, dict):
        cards |= {p: n for p, n in late.items() if isinstance(n, int) and not isinstance(n, bool)}
    return cards


def names_list(fact: Fact) -> bool:
    """Whether it names everybody who was on the list; that of an older room does not."""
    return isinstance(fact.body.get("cards"), dict)


def listed_in(fact: Fact) -> frozenset[str]:
    """Everybody who was on the list; empty where it does not say so."""
    if not names_list(fact):
        return frozenset()
    return frozenset((*carried_in(fact), *cards_in(fact), *fact.texts("others")))


def seal_of(facts: Iterable[Fact], dating: Dating) -> Seal | None:
    """The confirmation that stands after `confirm` and `reopen` facts, if any."""
    last = max(facts, key=dating.order, default=None)
    if last is None or last.kind != "confirm":
        return None
    return Seal(
        order=dating.order(last),
        at_ms=dating.when(last).at_ms,
        by=last.text("by"),
        carried=carried_in(last),
        cards=cards_in(last),
    )


def presences_by(seal: Seal | None) -> dict[str, Presence]:
    """Where pupils were by a confirmation alone, by person id."""
    if seal is None:
        return {}
    cards = {
        person: Presence.PRESENT if late_min is None else Presence.LATE
        for person, late_min in seal.cards.items()
    }
    return {**seal.carried, **cards}


def names(fact: Fact, person_id: str) -> bool:
    """Whether a confirmation speaks of a pupil."""
    lists = [fact.body.get("others")]
    for groups in (fact.body.get("carried"), fact.body.get("cards")):
        lists += groups.values() if isinstance(groups, dict) else ()
    return any(isinstance(one, list | dict) and person_id in one for one in lists)


def body_of(
    lesson_id: str, by: str, marks: Iterable[Mark], proposals: Mapping[str, Presence]
) -> dict[str, Json]:
    """The body of a `confirm` fact.

    Args:
        lesson_id: the lesson.
        by: `place` or a person id.
        marks: of everybody on the list.
        proposals: what is taken over of those without a mark.
    """
    marks = [mark for mark in marks if mark.person_id not in proposals]
    cards = [mark for mark in marks if mark.source is Source.CARD]
    present: list[Json] = [mark.person_id for mark in cards if mark.minutes is None]
    late: dict[str, Json] = {m.person_id: m.minutes for m in cards if m.minutes is not None}
    others: list[Json] = [mark.person_id for mark in marks if mark.source is not Source.CARD]
    body: dict[str, Json] = {"lesson": lesson_id, "by": by, "others": others}
    body["cards"] = {"present": present, "late": late}
    if proposals:
        body["carried"] = _by_presence(proposals)
    return body


def _by_presence(proposals: Mapping[str, Presence]) -> dict[str, Json]:
    groups: dict[str, list[Json]] = {}
    for person_id, presence in proposals.items():
        groups.setdefault(presence.value, []).append(person_id)
    return dict(groups)
