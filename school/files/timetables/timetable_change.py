"""A timetable against the records: names found, slots compared; and the records after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from school.files.cells import Cell, TimetableRead, is_class_name
from school.files.decisions import Decisions
from school.files.preview import Counts, Preview
from school.files.rosters.enrolment import classes_on
from school.files.rosters.roster_codes import OfficeRows
from school.files.sheets.trouble import Trouble
from school.files.timetables.timetable_names import TimetableNames, find_names, staff_read
from school.files.versions import changeable
from school.names import clean
from school.records import PersonKind
from school.school_rows import (
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
        read: the timetable.
        names: what became of its names.
        rows: the whole week that holds afterwards.
        counts: slots.
    """

    read: TimetableRead
    names: TimetableNames = field(default_factory=TimetableNames)
    rows: list[TimetableRow] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def preview(self) -> Preview:
        """The change in numbers."""
        names = dict.fromkeys(cell.group for cell in self.read.cells)
        return Preview(
            kind="timetable",
            format=self.read.format,
            counts=self.counts,
            classes=tuple(name for name in names if is_class_name(name)),
            slots=len({cell.key for cell in self.read.cells}),
            unmatched=self.names.unmatched,
            errors=self.read.errors,
            valid_from=self.read.valid_from,
            account=self.read.account,
            lessons=self.read.cells,
        )


def compare_timetable(
    file: SchoolFile | None, read: TimetableRead, said: Decisions
) -> TimetableChange:
    """What a timetable would do; with no records, all is new and nothing is unmatched."""
    if file is None:
        return TimetableChange(read, counts=Counts(new=len(read.cells)))
    change = TimetableChange(_bells_checked(file, read), find_names(file, read.cells, said))
    _compare(change, file)
    return change


def apply_timetable(file: SchoolFile, change: TimetableChange, said: Decisions) -> SchoolFile:
    """The records after a timetable: a new version from the day on; the first one simply holds."""
    said = said.from_day(change.read.valid_from)
    after = changeable(file)
    _add_groups(after, change.names, classes_on(file, said.day))
    _add_staff(after, change.names, said)
    rooms = {row.id for row in after.rooms}
    names = {one: name for name, one in change.names.rooms.items() if one not in rooms}
    after.rooms += [RoomRow(id=one, name=name) for one, name in names.items()]
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


def _compare(change: TimetableChange, file: SchoolFile) -> None:
    """Slots of the same groups and sessions are compared; what else there is stays."""
    read = [_row(cell, change.names) for cell in change.read.cells]
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


def _row(cell: Cell, names: TimetableNames) -> TimetableRow:
    teachers = names.teacher_ids(cell)
    return TimetableRow(
        group=names.groups[cell.group],
        weekday=cell.weekday,
        session=cell.session,
        slot=cell.slot,
        subject=cell.subject[:MAX_SUBJECT],
        teacher_id=teachers[0] if teachers else None,
        room=names.rooms[cell.room] if cell.room else None,
        co_teacher_ids=teachers[1:],
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


def _add_groups(file: SchoolFile, names: TimetableNames, today: Mapping[str, str]) -> None:
    """New classes; and new groups: all pupils of their class until their own members are known."""
    new = [ClassRow(id=key, name=name) for key, name in names.titles.items() if is_class_name(name)]
    file.classes += new
    classes = {clean(row.name): row.id for row in file.classes}
    for key, name in names.titles.items():
        if is_class_name(name):
            continue
        parent = next((one for text, one in classes.items() if name.startswith(f"{text} ")), None)
        members = [person for person, class_id in today.items() if class_id == parent]
        file.groups.append(
            GroupRow(id=key, name=name, members=members, counts_to_45=parent is not None)
        )


def _add_staff(file: SchoolFile, names: TimetableNames, said: Decisions) -> None:
    have = {p.id for p in file.people}
    office = OfficeRows(file)
    for teacher, one in names.teachers.items():
        if one not in have:
            have.add(one)
            file.people.append(PersonRow(id=one, kind=PersonKind.STAFF, name=teacher.name))
        office.renew(one, staff_read(teacher), said.day)
