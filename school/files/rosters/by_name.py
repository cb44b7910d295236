"""People of the records by full name: as it is written, else without accents."""

from collections import defaultdict
from collections.abc import Iterable

from school.names import clean, fold
from school.school_rows import PersonRow


class ByName:
    """Who has a name; several may have it."""

    def __init__(self, people: Iterable[PersonRow]) -> None:
        self._exact: dict[str, list[PersonRow]] = defaultdict(list)
        self._folded: dict[str, list[PersonRow]] = defaultdict(list)
        for person in people:
            self._exact[same_name(person.name)].append(person)
            self._folded[fold(person.name)].append(person)

    def exactly(self, name: str) -> list[PersonRow]:
        """Everybody with just this name, in capitals or not."""
        return self._exact.get(same_name(name), [])

    def of(self, name: str) -> list[PersonRow]:
        """Everybody with this name; where nobody has it, with the same letters without accents."""
        return self.exactly(name) or self._folded.get(fold(name), [])


def same_name(name: str) -> str:
    """What two spellings of one full name have in common: "AN " and "An" → "an"."""
    return clean(name).casefold()
