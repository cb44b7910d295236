"""A timetable against the records: names found, slots compared; and the records after it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sync.school.files.cells import Cell, TimetableRead, is_class_name
from sync.school.files.decisions import Decisions
from sync.school.files.enrolment import classes_on
from sync.school.files.matching import Matched, Unmatched, match_names
from sync.school.files.person_ids import coded_id
from sync.school.files.preview import Counts, Preview
from sync.school.files.trouble import Trouble
from sync.school.ids import group_key
from sync.school.names import clean
from sync.school.records import PersonKind
from sync.school.school_rows import (
    ClassRow,
    GroupRow,
    PersonRow,
    RoomRow,
    SchoolFile,
    TimetableRow,
    VersionRow,
)

MAX_SUBJECT = 80
Slot = tuple[str, int, str, int]


@dataclass
class TimetableChange:
    """What a timetable does to the records.

    Attributes:
        groups: name in the file → key.
        teachers: name in the file → id.
        rooms: name in the file → id.
        rows: the whole week that holds afterwards.
        counts: slots.
        unmatched: names that the school does not have.
    """

    read: TimetableRead
    groups: dict[str, str] = field(default_factory=dict)
    teachers: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    rows: list[TimetableRow] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    unmatched: tuple[Unmatched, ...] = ()

    def preview(self) -> Preview:
        """The change in numbers."""
        names = dict.fromkeys(cell.group for cell in self.read.cells)
        return Preview(
            kind="timetable",
            format=self.read.format,
            counts=self.counts,
            classes=tuple(name for name in names if is_class_name(name)),
            slots=len({cell.key for cell in self.read.cells}),
            unmatched=self.unmatched,
            errors=self.read.errors,
        )


def compare_timetable(
    file: SchoolFile | None, read: TimetableRead, said: Decisions
) -> TimetableChange:
    """What a timetable would do; with no records, all is new and nothing is unmatched."""
    if file is None:
        return TimetableChange(read, counts=Counts(new=len(read.cells)))
    change = TimetableChange(_bells_checked(file, read))
    unmatched: list[Unmatched] = []
    for names, known, found in _kinds(file, read, change):
        matched = match_names(names, known, said.matches) if known else Matched({}, ())
        found |= {name: matched.ids.get(name) or "" for name in names}
        unmatched += matched.unmatched
    change.unmatched = () if said.takes_new else tuple(unmatched)
    _name_the_new(file, change)
    _compare(change, file)
    return change


def apply_timetable(file: SchoolFile, change: TimetableChange, said: Decisions) -> SchoolFile:
    """The records after a timetable: a new version from the day on; the first one simply holds."""
    after = file.model_copy(deep=True)
    have = {row.id for row in after.classes} | {row.id for row in after.groups}
    classes = {clean(row.name): row.id for row in after.classes}
    today = classes_on(file, said.day)
    for name, key in change.groups.items():
        if key not in have:
            have.add(key)
            _add_group(after, name, key, classes, today)
    staff = {p.id for p in after.people}
    for name, one in change.teachers.items():
        if one not in staff:
            staff.add(one)
            after.people.append(PersonRow(id=one, kind=PersonKind.STAFF, name=name))
    rooms = {row.id for row in after.rooms}
    for name, one in change.rooms.items():
        if one not in rooms:
            rooms.add(one)
            after.rooms.append(RoomRow(id=one, name=name))
    if not after.timetable and not after.timetables:
        after.timetable = change.rows
    else:
        number = len(after.timetables) + 1 + bool(after.timetable)
        after.timetables = [v for v in after.timetables if v.valid_from != said.day]
        version = VersionRow(name=f"TKB số {number}", valid_from=said.day, rows=change.rows)
        after.timetables.append(version)
    return after


def week_of(file: SchoolFile) -> list[TimetableRow]:
    """The newest version of the timetable."""
    newest = max(file.timetables, key=lambda version: version.valid_from, default=None)
    return newest.rows if newest else file.timetable


def _kinds(
    file: SchoolFile, read: TimetableRead, change: TimetableChange
) -> list[tuple[list[str], dict[str, str], dict[str, str]]]:
    """Names in the file, names in the school, and where what is found goes; for each kind."""
    cells = read.cells
    groups = {row.id: row.name for row in file.classes} | {row.id: row.name for row in file.groups}
    staff = {p.id: p.name for p in file.people if p.kind is PersonKind.STAFF}
    rooms = {row.id: row.name for row in file.rooms}
    teachers = (teacher.name for cell in cells for teacher in cell.teachers[:1])
    return [
        (_once(cell.group for cell in cells), groups, change.groups),
        (_once(teachers), staff, change.teachers),
        (_once(cell.room for cell in cells), rooms, change.rooms),
    ]


def _once(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name]


def _name_the_new(file: SchoolFile, change: TimetableChange) -> None:
    """Ids for what the school does not have yet."""
    for name, key in change.groups.items():
        change.groups[name] = key or group_key(name)
    for name, key in change.rooms.items():
        change.rooms[name] = key or group_key(name)
    for name, one in change.teachers.items():
        change.teachers[name] = one or coded_id(file.card_key, PersonKind.STAFF, name)


def _compare(change: TimetableChange, file: SchoolFile) -> None:
    """Slots of the same groups and sessions are compared; what else there is stays."""
    read = [_row(cell, change) for cell in change.read.cells]
    wanted = {_slot(row): row for row in read}
    groups = {row.group for row in read}
    sessions = {row.session for row in read}
    before = week_of(file)
    scope = {_slot(r): r for r in before if r.group in groups and r.session in sessions}
    others = [row for row in before if _slot(row) not in scope]
    same = sum(scope.get(slot) == row for slot, row in wanted.items())
    known = sum(slot in scope for slot in wanted)
    change.counts = Counts(
        len(wanted) - known, known - same, sum(slot not in wanted for slot in scope), same
    )
    change.rows = [*others, *wanted.values()]


def _slot(row: TimetableRow) -> Slot:
    return (row.group, row.weekday, row.session.value, row.slot)


def _row(cell: Cell, change: TimetableChange) -> TimetableRow:
    return TimetableRow(
        group=change.groups[cell.group],
        weekday=cell.weekday,
        session=cell.session,
        slot=cell.slot,
        subject=cell.subject[:MAX_SUBJECT],
        teacher_id=change.teachers[cell.teachers[0].name] if cell.teachers else None,
        room=change.rooms[cell.room] if cell.room else None,
    )


def _bells_checked(file: SchoolFile, read: TimetableRead) -> TimetableRead:
    """Every slot must have its bell, else nobody knows when it is."""
    slots = {(bell.session, bell.slot) for bell in file.bells}
    first: dict[tuple[str, int], Cell] = {}
    for cell in read.cells:
        if (cell.session, cell.slot) not in slots:
            first.setdefault((cell.session.value, cell.slot), cell)
    errors = [
        Trouble("no_bell", cell.place, {"session": session, "slot": str(slot)})
        for (session, slot), cell in sorted(first.items())
    ]
    return replace(read, errors=(*read.errors, *errors))


def _add_group(
    file: SchoolFile, name: str, key: str, classes: Mapping[str, str], today: Mapping[str, str]
) -> None:
    """A class; or a group: all pupils of its class until its own members are known."""
    if is_class_name(name):
        file.classes.append(ClassRow(id=key, name=name))
        return
    parent = next((one for text, one in classes.items() if name.startswith(f"{text} ")), None)
    members = [person for person, class_id in today.items() if class_id == parent]
    file.groups.append(
        GroupRow(id=key, name=name, members=members, counts_to_45=parent is not None)
    )
