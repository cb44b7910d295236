"""The facts that have a say in one pupil's record (domain reference §7, PR-7)."""

from school.belonging import former_members
from school.confirmation import names
from school.facts import Fact
from school.ids import parse_lesson_id
from school.records import School
from school.span import time_alone

_OF_A_PERSON = frozenset({"leave", "session"})


class OnePupil:
    """Lets through what concerns one pupil.

    Attributes:
        told: what was said of the pupil so far: taps, marks, excuses, confirmations of lessons,
            leave, decisions.

    Args:
        school: the records.
        person_id: the pupil.
    """

    def __init__(self, school: School, person_id: str) -> None:
        self.told: list[Fact] = []
        self._school = school
        self._person_id = person_id
        self._named_in: set[str] = set()
        self._missed: set[str] = set()

    def cut(self, fact: Fact) -> Fact:
        """The fact where the pupil's record needs it, else its time alone."""
        if not self._needs(fact):
            return time_alone(fact)
        if fact.text("person") in ("", self._person_id) and not fact.kind.startswith("run."):
            self.told.append(fact)
        return fact

    def begins_anew(self) -> bool:
        """Whether all facts are to be let through once more.

        So it is where a lesson was confirmed before something was told by which the pupil, who is
        not on its list any more, turned out to be in it. `told` is empty then.
        """
        again = bool(self._missed & self._named_in)
        self._missed.clear()
        if again:
            self.told.clear()
        return again

    def _needs(self, fact: Fact) -> bool:
        if fact.kind in _OF_A_PERSON:
            return fact.text("person") == self._person_id
        if fact.text("lesson"):
            return self._is_in(fact)
        return self._is_mine(fact) if fact.kind == "tap" else fact.kind != "anchor"

    def _is_in(self, fact: Fact) -> bool:
        """Whether it is a lesson of the pupil's class or groups, or one that names the pupil."""
        lesson_id = fact.text("lesson")
        if fact.text("person") == self._person_id or names(fact, self._person_id):
            self._named_in.add(lesson_id)
        if lesson_id in self._named_in or self._is_listed(lesson_id):
            return True
        if fact.kind in ("confirm", "reopen"):
            self._missed.add(lesson_id)
        return False

    def _is_listed(self, lesson_id: str) -> bool:
        """Whether the pupil is on its list, or left it on the day."""
        try:
            key = parse_lesson_id(lesson_id)
        except ValueError:
            return False
        roster = self._school.roster(key.group_key, key.day)
        if any(person.id == self._person_id for person in roster):
            return True
        return former_members(self._school, key.group_key, key.day).get(self._person_id, False)

    def _is_mine(self, tap: Fact) -> bool:
        """Whether it was this pupil's card then; a card may have had an owner before."""
        day = self._school.day_of(tap.wall_ms) if tap.tq.trusted else None
        card = self._school.card_on(tap.text("uid_hash"), day)
        return card is not None and card.person_id == self._person_id
