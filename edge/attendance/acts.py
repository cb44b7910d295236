"""Acts that say something of many pupils at once, and how each is taken back.

What an act wrote carries its id, so that taking it back touches nothing else: neither what a
person has said by name since, nor another act.
"""

import uuid

from edge.attendance.journal import Entry, Journal
from school.facts import Fact, Json
from school.marks import PERSONS, Mark, Presence, Source

_SEALS = ("confirm", "reopen")


class Acts:
    """Listens to the journal, replayed facts included, and knows what each act still holds."""

    def __init__(self, journal: Journal) -> None:
        self._register = journal.register
        self._seals: dict[str, list[Fact]] = {}
        journal.watch(self._note)

    @staticmethod
    def new() -> str:
        """The id of a new act."""
        return uuid.uuid4().hex[:16]

    def is_by_name(self, lesson_id: str, mark: Mark) -> bool:
        """Whether a person said this of this pupil alone: no act may overwrite that."""
        if mark.source not in PERSONS:
            return False
        history = self._register.history(lesson_id, mark.person_id)
        return any(fact.id == mark.fact_id and not fact.text("act") for fact in history)

    def people(self, lesson_id: str, act: str) -> list[str]:
        """Pupils of whom this act has the last word."""
        known = (*self._register.marks(lesson_id), *self._register.guests(lesson_id))
        people = [mark.person_id for mark in known]
        return [one for one in people if self._last(lesson_id, one) == act]

    def unsealing(self, lesson_id: str, act: str) -> tuple[str, dict[str, Json]] | None:
        """Kind and body of the fact that takes back the act's chốt, or its reopening.

        None where it has neither, or where a later word on that stands.
        """
        seals = self._seals_of(lesson_id)
        if not seals or seals[-1].text("act") != act:
            return None
        if seals[-1].kind == "confirm":
            return "reopen", {"lesson": lesson_id, "by": "panel", "reason": "undo"}
        before = seals[-2] if len(seals) > 1 else None
        return None if before is None else (before.kind, dict(before.body) | {"lesson": lesson_id})

    def restoring(self, lesson_id: str, person_id: str) -> dict[str, Json] | None:
        """Body of the mark that takes back the last touch; None where there is none.

        The value before it stands again, as it was said then; without one the card may speak.
        """
        touches = self._register.history(lesson_id, person_id)
        if not touches:
            return None
        last = touches[-1]
        before = next((fact for fact in touches if fact.id == last.text("prev")), None)
        if before is not None and before.text("source") != Source.UNDO:
            return dict(before.body)
        return {
            "lesson": lesson_id,
            "person": person_id,
            "presence": Presence.UNMARKED.value,
            "source": Source.UNDO.value,
            "prev": last.id,
        }

    def _last(self, lesson_id: str, person_id: str) -> str:
        history = self._register.history(lesson_id, person_id)
        return history[-1].text("act") if history else ""

    def _seals_of(self, lesson_id: str) -> list[Fact]:
        """The last words on a lesson's chốt, under whichever id they were said."""
        canonical = self._register.canonical
        return [
            fact
            for lesson, facts in self._seals.items()
            for fact in facts
            if canonical(lesson) == lesson_id
        ]

    def _note(self, entry: Entry) -> None:
        fact = entry.fact
        if fact.kind not in _SEALS:
            return
        lesson = fact.text("lesson")
        kept = self._seals.pop(lesson, [])  # the lesson spoken of last stands last
        self._seals[lesson] = [*kept, fact][-2:]
