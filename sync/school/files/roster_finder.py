"""Which pupil of the records a row of a roster means. Each pupil is found once.

All rows by code, then all by name in the class, then all by name and birth in the whole school, so
that no row takes the pupil of another. Equal full names in one class are told apart by day of
birth, then by number.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sync.school.files.decisions import Decisions
from sync.school.files.enrolment import ClassKeys
from sync.school.files.people_read import PupilRead
from sync.school.files.roster_codes import KnownCodes, OfficeRows
from sync.school.names import clean
from sync.school.records import PersonKind
from sync.school.school_rows import PersonRow, SchoolFile


def find_pupils(
    file: SchoolFile, today: Mapping[str, str], pupils: Sequence[PupilRead], said: Decisions
) -> list[str | None]:
    """The id of each row's pupil; None where nobody is meant for certain.

    Args:
        file: the records.
        today: pupil's id → class on the day.
        pupils: the rows.
        said: names that a person has decided about.
    """
    finder = _Finder(file, today, said)
    found: list[str | None] = [None] * len(pupils)
    for way in (finder.by_code, finder.by_name, finder.by_birth):
        found = [one or way(pupil) for one, pupil in zip(found, pupils, strict=True)]
    return found


class _Finder:
    def __init__(self, file: SchoolFile, today: Mapping[str, str], said: Decisions) -> None:
        self._codes, self._office = KnownCodes(file, PersonKind.PUPIL), OfficeRows(file)
        self._matches, self._keys = said.matches, ClassKeys(file)
        self._free = {p.id for p in file.people if p.kind is PersonKind.PUPIL}
        self._in_class: dict[tuple[str, str], list[PersonRow]] = defaultdict(list)
        self._by_full: dict[str, list[str]] = defaultdict(list)
        for p in file.people:
            if p.kind is PersonKind.PUPIL:
                self._in_class[today.get(p.id, ""), _plain(p.name)].append(p)
                self._by_full[_plain(p.name)].append(p.id)

    def by_code(self, pupil: PupilRead) -> str | None:
        """The free pupil who has the row's code."""
        return self._take(self._codes.find(pupil.system, pupil.code))

    def by_name(self, pupil: PupilRead) -> str | None:
        """The free pupil whom a decision means, or the name within the class."""
        wished = self._matches.get(pupil.name, "")
        wanted = self._by_full.get(_plain(wished), [wished])
        same = self._in_class.get((self._keys.of(pupil.class_name), _plain(pupil.name)), [])
        alike = [p for p in same if p.id in self._free and not self._is_other(p.id, pupil)]
        alike.sort(key=lambda p: self._distance(p, pupil))
        decided = self._take(wanted[0]) if len(wanted) == 1 else None
        return decided or self._take(alike[0].id if alike else None)

    def by_birth(self, pupil: PupilRead) -> str | None:
        """The free pupil of another class who alone has the name and the day of birth."""
        named = self._by_full.get(_plain(pupil.name), ())
        born = [one for one in named if self._was_born(one, pupil) and one in self._free]
        if len(born) != 1 or self._office.has_other_code(born[0], pupil):
            return None
        return self._take(born[0])

    def _take(self, one: str | None) -> str | None:
        if one is None or one not in self._free:
            return None
        self._free.discard(one)
        return one

    def _distance(self, person: PersonRow, pupil: PupilRead) -> tuple[bool, bool, bool]:
        other_birth = self._office.has_other_birth(person.id, pupil)
        return other_birth, not self._was_born(person.id, pupil), person.stt != pupil.stt

    def _was_born(self, one: str, pupil: PupilRead) -> bool:
        return pupil.birth is not None and self._office.birth(one) == pupil.birth

    def _is_other(self, one: str, pupil: PupilRead) -> bool:
        """Another birth and another code are another person, whatever the name."""
        office = self._office
        return office.has_other_birth(one, pupil) and office.has_other_code(one, pupil)


def _plain(name: str) -> str:
    return clean(name).casefold()
