"""Names in a timetable against the school's: classes and groups, teachers, rooms."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from school.files.cells import PART, Cell, Teacher
from school.files.decisions import Decisions
from school.files.matching import Matched, Unmatched, match_names
from school.files.rosters.people_read import StaffRead
from school.files.rosters.person_ids import coded_id
from school.files.rosters.roster_codes import KnownCodes, OfficeRows
from school.ids import group_key
from school.records import PersonKind
from school.school_rows import SchoolFile

_PART = re.compile(rf"(.+) {PART} ([0-9]+)")


@dataclass
class TimetableNames:
    """What became of the names.

    Attributes:
        groups: name in the file → key.
        titles: key of a new class or group → its name in the school.
        teachers: teacher in the file → id.
        rooms: name in the file → id.
        unmatched: names that the school does not have.
    """

    groups: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    teachers: dict[Teacher, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    unmatched: tuple[Unmatched, ...] = ()

    def teacher_ids(self, cell: Cell) -> list[str]:
        """Who gives a lesson, each once, the first one first."""
        return list(dict.fromkeys(self.teachers[one] for one in cell.teachers))


def staff_read(teacher: Teacher) -> StaffRead:
    """A teacher as a roster would name one, with the key that VEMIS gave."""
    return StaffRead(teacher.name, teacher.code, "vemis")


def find_names(file: SchoolFile, cells: Sequence[Cell], said: Decisions) -> TimetableNames:
    """Find every name; one that leads nowhere gets the id that it would have as new."""
    found = TimetableNames()
    missing = _find_groups(file, cells, said, found)
    missing += _find_teachers(file, cells, said, found)
    rooms = {row.id: row.name for row in file.rooms}
    matched = _match((cell.room for cell in cells if cell.room), rooms, said)
    found.rooms = _with_new(matched, group_key)
    if not said.takes_new:
        found.unmatched = (*missing, *matched.unmatched)
    return found


def _match(names: Iterable[str], known: Mapping[str, str], said: Decisions) -> Matched:
    """Where the school has none of a kind, all are new and none is unmatched."""
    once = list(dict.fromkeys(names))
    if known:
        return match_names(once, known, said.matches)
    return Matched(dict.fromkeys(once, ""), ())


def _with_new(matched: Matched, made: Callable[[str], str]) -> dict[str, str]:
    names = [*matched.ids, *(one.name for one in matched.unmatched)]
    return {name: matched.ids.get(name) or made(name) for name in names}


def _find_groups(
    file: SchoolFile, cells: Sequence[Cell], said: Decisions, found: TimetableNames
) -> list[Unmatched]:
    """A part that a cell itself makes ("10A1 nhóm 2") follows its class and is no strange name."""
    known = {row.id: row.name for row in file.classes} | {row.id: row.name for row in file.groups}
    matched = _match((cell.group for cell in cells), known, said)
    found.groups = _with_new(matched, group_key)
    missing: dict[str, Unmatched] = {}
    for one in matched.unmatched:
        part = _PART.fullmatch(one.name)
        parent = _match([part[1]], known, said) if part else Matched({}, (one,))
        if part and not parent.unmatched:
            title = f"{known[parent.ids[part[1]]]} {PART} {part[2]}"
            found.groups[one.name] = key = group_key(title)
            found.titles[key] = title
        missing |= {other.name: other for other in parent.unmatched}
    titles = {key: name for name, key in found.groups.items() if key not in known}
    found.titles = titles | found.titles
    return list(missing.values())


def _find_teachers(
    file: SchoolFile, cells: Sequence[Cell], said: Decisions, found: TimetableNames
) -> list[Unmatched]:
    """By VEMIS' key, else by name; a namesake with another key is another person."""
    staff = {p.id: p.name for p in file.people if p.kind is PersonKind.STAFF}
    codes, office = KnownCodes(file, PersonKind.STAFF), OfficeRows(file)
    teachers = list(dict.fromkeys(one for cell in cells for one in cell.teachers))
    often = Counter(one.name for one in teachers)
    matched = _match((one.name for one in teachers), staff, said)
    missing: dict[str, Unmatched] = {}
    for one in teachers:
        read = staff_read(one)
        named = matched.ids.get(one.name, "")
        if named and office.has_other_code(named, read):
            named = ""
        known = (codes.find(read.system, one.code) if one.code else None) or named
        label = f"{one.name} ({one.code})" if one.code and often[one.name] > 1 else one.name
        found.teachers[one] = known or coded_id(file.card_key, PersonKind.STAFF, label)
        if not known and staff:
            near = (other for other in matched.unmatched if other.name == one.name)
            missing[label] = Unmatched(label, next((m.suggestions for m in near), ()))
    return list(missing.values())
