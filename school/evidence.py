"""What was said about one pupil in one lesson, as it was told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from school.dating import Dating
from school.facts import Fact
from school.marks import CardClaim, Excuse, Presence, Said, Source, Touch, latest_touch

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

    def touch(self, dating: Dating) -> Touch | None:
        """What persons say in the end."""
        return latest_touch([_touch(fact, dating) for fact in self.touches])

    def said(self, dating: Dating) -> Iterator[Said]:
        """What persons say of an absence."""
        for fact in self.excuses:
            excuse, source = Excuse(fact.text("excuse")), Source(fact.text("source"))
            yield Said(excuse, source, dating.order(fact))


def _touch(fact: Fact, dating: Dating) -> Touch:
    return Touch(
        presence=Presence(fact.text("presence")),
        minutes=fact.number("minutes"),
        source=Source(fact.text("source")),
        at_ms=dating.when(fact).at_ms,
        order=dating.order(fact),
        note=fact.text("note"),
    )
