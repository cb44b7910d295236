"""Which pupil of the records a row of a roster means. Each pupil is found once.

All rows by code, then all by name in the class, then those that a person has decided about, then
all by name and birth in the whole school, so that no row takes the pupil of another. Equal full
names in one class are told apart by day of birth, then by number.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from school.files.decisions import Decisions
from school.files.rosters.by_name import ByName, same_name
from school.files.rosters.enrolment import ClassKeys
from school.files.rosters.people_read import PupilRead
from school.files.rosters.roster_codes import KnownCodes, OfficeRows
from school.files.sheets.trouble import Trouble
from school.records import PersonKind
from school.school_rows import PersonRow, SchoolFile

_MAX_NAMED = 4


def find_pupils(
    file: SchoolFile, today: Mapping[str, str], pupils: Sequence[PupilRead], said: Decisions
) -> tuple[list[str | None], list[Trouble]]:
    """The id of each row's pupil; None where nobody is meant for certain.

    A decision that leads to nobody, or to more than one, is an error of its row.

    Args:
        file: the records.
        today: pupil's id → class on the day.
        pupils: the rows.
        said: names that a person has decided about.
    """
    finder = _Finder(file, today, said)
    found: list[str | None] = [None] * len(pupils)
    for way in (
        finder.by_code,
        finder.by_name,
        finder.by_decision_in_class,
        finder.by_name_beside_decision,
        finder.by_decision,
        finder.by_birth,
    ):
        found = [one or way(pupil) for one, pupil in zip(found, pupils, strict=True)]
    missed = [p for one, p in zip(found, pupils, strict=True) if one is None]
    return found, [finder.trouble(pupil) for pupil in missed if finder.wish(pupil)]


class _Finder:
    def __init__(self, file: SchoolFile, today: Mapping[str, str], said: Decisions) -> None:
        self._codes, self._office = KnownCodes(file, PersonKind.PUPIL), OfficeRows(file)
        self._keys, self._today = ClassKeys(file), today
        self._wishes = {same_name(name): wanted for name, wanted in said.matches.items()}
        self._pupils = {p.id: p for p in file.people if p.kind is PersonKind.PUPIL}
        self._free = set(self._pupils)
        self._named = ByName(self._pupils.values())
        self._in_class: dict[tuple[str, str], list[PersonRow]] = defaultdict(list)
        for p in self._pupils.values():
            self._in_class[today.get(p.id, ""), same_name(p.name)].append(p)

    def wish(self, pupil: PupilRead) -> str:
        """The name or id that a person has decided this row to mean; empty where none has."""
        return self._wishes.get(same_name(pupil.name), "")

    def by_code(self, pupil: PupilRead) -> str | None:
        """The free pupil whom the file refers to, or who has the row's code."""
        return self._take(pupil.known) or self._take(self._codes.find(pupil.system, pupil.code))

    def by_name(self, pupil: PupilRead) -> str | None:
        """The free pupil with the name within the class, where nobody has decided otherwise."""
        return None if self.wish(pupil) else self._by_name(pupil)

    def by_decision_in_class(self, pupil: PupilRead) -> str | None:
        """The one free pupil whom a decision means within the row's class, or by id."""
        wish = self.wish(pupil)
        if wish in self._pupils:
            return self._take(wish)
        return self._take_only(self._meant(pupil)) if self._is_in_class(pupil) else None

    def by_name_beside_decision(self, pupil: PupilRead) -> str | None:
        """As `by_name` for a row whose decision means another class: it is of a namesake there."""
        return self._by_name(pupil) if self._meant(pupil) and not self._is_in_class(pupil) else None

    def by_decision(self, pupil: PupilRead) -> str | None:
        """The one pupil of the school whom a decision means."""
        meant = self._meant(pupil)
        return self._take(meant[0].id) if len(meant) == 1 else None

    def by_birth(self, pupil: PupilRead) -> str | None:
        """The free pupil of another class who alone has the name and the day of birth."""
        named = () if self.wish(pupil) else self._named.exactly(pupil.name)
        born = [p.id for p in named if self._was_born(p.id, pupil) and p.id in self._free]
        if len(born) != 1 or self._office.has_other_code(born[0], pupil):
            return None
        return self._take(born[0])

    def trouble(self, pupil: PupilRead) -> Trouble:
        """Why a decision leads to nobody."""
        meant = self._meant(pupil)
        free = [p for p in meant if p.id in self._free]
        if not meant:
            return Trouble("match_unknown", pupil.place)
        if not free:
            return Trouble("match_taken", pupil.place)
        ids = ", ".join(f"{self._today.get(p.id, '–')}: {p.id}" for p in free[:_MAX_NAMED])
        return Trouble("match_several", pupil.place, {"n": str(len(free)), "ids": ids})

    def _by_name(self, pupil: PupilRead) -> str | None:
        same = self._in_class.get((self._keys.of(pupil.class_name), same_name(pupil.name)), [])
        alike = [p for p in same if p.id in self._free and not self._is_other(p.id, pupil)]
        alike.sort(key=lambda p: self._distance(p, pupil))
        return self._take(alike[0].id if alike else None)

    def _meant(self, pupil: PupilRead) -> list[PersonRow]:
        """Whom a decision may mean: those of the row's class, else everybody with the name."""
        wish = self.wish(pupil)
        if wish in self._pupils:
            return [self._pupils[wish]]
        named = self._named.of(wish) if wish else []
        class_id = self._keys.of(pupil.class_name)
        return [p for p in named if self._today.get(p.id) == class_id] or named

    def _is_in_class(self, pupil: PupilRead) -> bool:
        class_id = self._keys.of(pupil.class_name)
        return any(self._today.get(p.id) == class_id for p in self._meant(pupil))

    def _take_only(self, people: Sequence[PersonRow]) -> str | None:
        free = [p.id for p in people if p.id in self._free]
        return self._take(free[0]) if len(free) == 1 else None

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
