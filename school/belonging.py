"""Who belongs to a lesson: its class list, its guests, and whom it was confirmed with.

A roster that changes afterwards, or is put back by an undo, takes nobody out of a confirmed lesson.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from school.confirmation import carried_in, listed_in, names_list
from school.facts import Fact
from school.records import School


def former_members(school: School, group_key: str, day: date | None) -> Mapping[str, bool]:
    """Who was a member before a day and is no more: whether until the day before it."""
    group = school.groups.get(group_key)
    if day is None or group is None or not group.dated_members:
        return {}
    now = {person.id for person in school.roster(group_key, day)}
    ended = [m for m in group.dated_members if m.valid_to and m.valid_to < day]
    last_days = {(m.person_id, m.valid_to) for m in ended if m.person_id not in now}
    eve = day - timedelta(days=1)
    return {person: (person, eve) in last_days for person, _ in last_days}


class Belonging:
    """The people of one lesson.

    Attributes:
        roster: the list as the records have it, in its order.
        guests: pupils of other classes who learn with this one (học ghép).
        kept: confirmed here, and not on the list any more.

    Args:
        roster: the list as the records have it.
        former: who was a member before: whether it was until the day before the lesson.
    """

    def __init__(self, roster: Iterable[str], former: Mapping[str, bool]) -> None:
        self.roster = dict.fromkeys(roster)
        self.guests: set[str] = set()
        self.kept: set[str] = set()
        self._former = former
        self._named: frozenset[str] = frozenset()
        self._carried: frozenset[str] = frozenset()
        self._older: list[Fact] = []

    @property
    def is_empty(self) -> bool:
        """Whether nobody is on the list, as of a group that the records do not know."""
        return not self.roster and not self.kept

    @property
    def listed(self) -> Iterable[str]:
        """Who has a mark: the list in its order, then those who were on it."""
        return (*self.roster, *sorted(self.kept)) if self.kept else self.roster

    @property
    def older(self) -> list[Fact]:
        """Confirmations by rooms that did not name the list."""
        return self._older

    def is_listed(self, person_id: str) -> bool:
        """Whether a pupil has a mark here, guests apart."""
        return person_id in self.roster or person_id in self.kept

    def has(self, person_id: str) -> bool:
        """Whether a pupil is listed or a guest."""
        return self.is_listed(person_id) or person_id in self.guests

    def takes_cards(self) -> frozenset[str]:
        """Whose cards count here, apart from those on the roster."""
        today = {p for p, is_today in self._former.items() if is_today} if self._older else ()
        return frozenset({*self.guests, *self.kept, *today})

    def takes_card_of(self, person_id: str) -> bool:
        """Whether a pupil's card counts here."""
        return self.has(person_id) or bool(self._older and self._former.get(person_id))

    def confirm(self, fact: Fact) -> None:
        """Take a confirmation; one that was reopened has named its list all the same."""
        if names_list(fact):
            self._named |= listed_in(fact)
            return
        self._older.append(fact)
        self._carried |= frozenset(carried_in(fact)) & self._former.keys()

    def candidates(self) -> frozenset[str]:
        """Who may have to be kept: named by a confirmation, or a member before one."""
        before = self._former.keys() if self._older else ()
        return frozenset((*self._named, *before)) - self.roster.keys()

    def is_confirmed(self, person_id: str, *, is_said: bool) -> bool:
        """Whether somebody who is not on the roster was confirmed here.

        Args:
            person_id: who.
            is_said: whether a person, or a card before the confirmation of an older room, says so.
        """
        was_member = bool(self._older) and person_id in self._former
        is_named = person_id in self._named or person_id in self._carried
        return is_named or (was_member and is_said)
