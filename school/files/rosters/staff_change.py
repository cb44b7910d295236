"""Staff of a roster against the records: who is new or changed, and who has which homeroom class.

Nobody leaves by a staff list: past lessons name their teachers.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from school.files.decisions import Decisions
from school.files.matching import (
    Matched,
    Unmatched,
    is_short_form,
    match_names,
    suggest,
)
from school.files.preview import Counts
from school.files.rosters.by_name import ByName, same_name
from school.files.rosters.enrolment import ClassKeys
from school.files.rosters.people_read import RosterRead, StaffRead
from school.files.rosters.person_ids import coded_id, free_id
from school.files.rosters.resembling import Resembling
from school.files.rosters.roster_codes import KnownCodes, OfficeRows
from school.files.sheets.trouble import Trouble
from school.names import clean
from school.records import PersonKind
from school.school_rows import PersonRow, SchoolFile


@dataclass
class StaffChange:
    """What a roster does to the staff.

    Attributes:
        found: id → the row of the file.
        new: staff whom the school does not have.
        changed: ids of known staff of whom something is different.
        unmatched: homeroom classes that the school does not have, and new names that may be
            somebody's whom the list does not name.
        classes: name of a homeroom class in the file → key.
        errors: decisions that lead to nobody.
    """

    found: dict[str, StaffRead] = field(default_factory=dict)
    new: list[StaffRead] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unmatched: tuple[Unmatched, ...] = ()
    classes: dict[str, str] = field(default_factory=dict)
    errors: list[Trouble] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """The staff in numbers."""
        changed = len(self.changed)
        return Counts(len(self.new), changed, 0, len(self.found) - changed)


def compare_staff(file: SchoolFile | None, read: RosterRead, said: Decisions) -> StaffChange:
    """What a roster would do to the staff; with no records, all of it is new."""
    change = StaffChange()
    if file is None:
        change.new = list(read.staff)
        return change
    _match_classes(file, read, said, change)
    finder = _Finder(file, said.matches)
    ids = [finder.by_code(one) for one in read.staff]
    ids = [known or finder.by_name(one) for known, one in zip(ids, read.staff, strict=True)]
    missed = [one for known, one in zip(ids, read.staff, strict=True) if known is None]
    change.errors = [finder.trouble(one) for one in missed if finder.wish(one)]
    short = finder.by_short_form(read.staff)
    ids = [known or short.get(n) for n, known in enumerate(ids)]
    names, rooms, office = _names(file), _homerooms(file), OfficeRows(file)
    for known, one in zip(ids, read.staff, strict=True):
        if known is None:
            change.new.append(one)
            continue
        change.found[known] = one
        moved = any(rooms.get(change.classes.get(name, "")) != known for name in one.homerooms)
        if (
            moved
            or names[known] != _name_of(names[known], one)
            or office.has_other_code(known, one)
        ):
            change.changed.append(known)
    if not said.takes_new:
        change.unmatched += tuple(_resembling(change, finder.free_names))
    return change


def apply_staff(after: SchoolFile, change: StaffChange, said: Decisions) -> None:
    """Put the staff into records that may be changed."""
    keys, office = ClassKeys(after), OfficeRows(after)
    people = {p.id: p for p in after.people}
    taken = set(people)
    placed = dict(change.found)
    for one, read in change.found.items():
        people[one].name = _name_of(people[one].name, read)
    for read in change.new:
        wanted = coded_id(after.card_key, PersonKind.STAFF, read.code or read.name)
        key = free_id(wanted, taken)
        after.people.append(PersonRow(id=key, kind=PersonKind.STAFF, name=read.name))
        placed[key] = read
    teachers: dict[str, str] = {}
    for one, read in placed.items():
        office.renew(one, read, said.day)
        for name in read.homerooms:
            teachers[change.classes.get(name) or keys.add(after, name)] = one
    for row in after.classes:
        row.homeroom_teacher_id = teachers.get(row.id, row.homeroom_teacher_id)


class _Finder:
    """Finds staff by code, by a person's decision, by name; each once."""

    def __init__(self, file: SchoolFile, matches: Mapping[str, str]) -> None:
        self._codes = KnownCodes(file, PersonKind.STAFF)
        self._wishes = {same_name(name): wanted for name, wanted in matches.items()}
        staff = [p for p in file.people if p.kind is PersonKind.STAFF]
        self._names = {p.id: p.name for p in staff}
        self._free = set(self._names)
        self._named = ByName(staff)

    @property
    def free_names(self) -> list[str]:
        """Names of those whom the list does not name."""
        return [self._names[person] for person in self._free]

    def wish(self, read: StaffRead) -> str:
        """The name or id that a person has decided this row to mean; empty where none has."""
        return self._wishes.get(same_name(read.name), "")

    def by_code(self, read: StaffRead) -> str | None:
        """The free person who has the row's code."""
        return self._take([read.known, self._codes.find(read.system, read.code)])

    def by_name(self, read: StaffRead) -> str | None:
        """The free person whom a decision or the name means; of several none is guessed."""
        meant, has_name = self._meant(read), bool(self._named.exactly(read.name))
        is_guess = bool(self.wish(read)) or not has_name
        return None if is_guess and len(meant) > 1 else self._take(meant)

    def trouble(self, read: StaffRead) -> Trouble:
        """Why a decision leads to nobody."""
        meant = self._meant(read)
        if len(meant) > 1:
            several = {"n": str(len(meant)), "ids": ", ".join(meant)}
            return Trouble("match_several", read.place, several)
        return Trouble("match_taken" if meant else "match_unknown", read.place)

    def _meant(self, read: StaffRead) -> list[str]:
        wish = self.wish(read)
        return [wish] if wish in self._names else [p.id for p in self._named.of(wish or read.name)]

    def by_short_form(self, staff: Sequence[StaffRead]) -> dict[int, str]:
        """Row → the free person whom a timetable has called "C.Hà", where only this row fits."""
        rows = {str(n): one.name for n, one in enumerate(staff)}
        found: dict[int, list[str]] = defaultdict(list)
        short = [person for person in sorted(self._free) if is_short_form(self._names[person])]
        for person in short:
            for row in match_names([self._names[person]], rows, {}).ids.values():
                found[int(row)].append(person)
        sure = {row: people[0] for row, people in found.items() if len(people) == 1}
        self._free -= set(sure.values())
        return sure

    def _take(self, ids: Iterable[str | None]) -> str | None:
        found = next((one for one in ids if one in self._free), None)
        self._free.discard(found or "")
        return found


def _name_of(held: str, read: StaffRead) -> str:
    """The name that is kept: a full one is not given away for a short form."""
    is_shorter = is_short_form(read.name) and not is_short_form(held)
    return held if is_shorter or clean(held) == read.name else read.name


def _resembling(change: StaffChange, free: Sequence[str]) -> Iterator[Unmatched]:
    """New names that may be somebody's: a slip of the pen, or a name as timetables write it."""
    like = Resembling(free)
    for one in change.new:
        near = suggest(one.name, free) if is_short_form(one.name) else like.to(one.name)
        if near:
            yield Unmatched(one.name, near)


def _match_classes(
    file: SchoolFile, read: RosterRead, said: Decisions, change: StaffChange
) -> None:
    names = [name for one in read.staff for name in one.homerooms]
    keys = ClassKeys(file)
    known = {keys.of(name): name for name in read.classes}
    known |= {row.id: row.name for row in file.classes}
    matched = match_names(names, known, said.matches) if known else Matched({}, ())
    change.classes = dict(matched.ids)
    change.unmatched = () if said.takes_new else matched.unmatched


def _names(file: SchoolFile) -> dict[str, str]:
    return {p.id: p.name for p in file.people}


def _homerooms(file: SchoolFile) -> dict[str, str | None]:
    return {row.id: row.homeroom_teacher_id for row in file.classes}
