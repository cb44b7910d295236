"""A roster against the records: who is new, changed, gone, kept; and the records after it.

A pupil is known by the code, else by the name within the class. Who is gone stays in the records
with an enrolment that has ended, so that past marks keep their names.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from school.files.decisions import Decisions
from school.files.matching import Unmatched
from school.files.preview import Counts, Loss, Preview
from school.files.rosters.by_name import same_name
from school.files.rosters.enrolment import ClassKeys, Enrolments, classes_on
from school.files.rosters.oneroster_day import roster_on
from school.files.rosters.people_read import PupilRead, RosterRead, StaffRead
from school.files.rosters.person_ids import coded_id, free_id, named_id
from school.files.rosters.resembling import Resembling
from school.files.rosters.roster_codes import OfficeRows
from school.files.rosters.roster_finder import find_pupils
from school.files.rosters.staff_change import StaffChange, apply_staff, compare_staff
from school.files.sheets.trouble import Trouble
from school.files.versions import changeable
from school.names import clean
from school.records import PersonKind
from school.school_rows import PersonRow, SchoolFile

MAX_LOSS = 0.1
"""A roster that takes away a greater share of a class asks first."""


@dataclass
class RosterChange:
    """What a roster does to the records.

    Attributes:
        read: the roster.
        staff: what it does to the staff.
        found: pupil's id → the row of the file.
        new: pupils whom the school does not have.
        gone: ids of pupils who leave.
        changed: ids of known pupils of whom something is different.
        unmatched: new names that resemble somebody who leaves.
        losses: classes that would lose many.
        errors: decisions that lead to nobody.
    """

    read: RosterRead
    staff: StaffChange
    found: dict[str, PupilRead] = field(default_factory=dict)
    new: list[PupilRead] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    errors: list[Trouble] = field(default_factory=list)

    def preview(self) -> Preview:
        """The change in numbers: of pupils, and of a list that names only staff, of them."""
        changed = len(self.changed)
        pupils = Counts(len(self.new), changed, len(self.gone), len(self.found) - changed)
        is_of_staff = bool(self.read.staff) and not self.read.pupils and not any(pupils)
        return Preview(
            kind="roster",
            format=self.read.format,
            counts=self.staff.counts if is_of_staff else pupils,
            classes=self.read.classes,
            unmatched=(*self.unmatched, *self.staff.unmatched),
            errors=(*self.read.errors, *self.errors, *self.staff.errors),
            losses=tuple(self.losses),
            account=self.read.account,
        )


def compare_roster(file: SchoolFile | None, read: RosterRead, said: Decisions) -> RosterChange:
    """What a roster would do.

    Args:
        file: the records; None where there are none, so that all is new.
        read: the roster.
        said: the day, and what a person has decided about names.
    """
    if read.oneroster is not None:
        on_day = roster_on(read.oneroster, file, said.day)
        read = replace(on_day, errors=(*read.errors, *on_day.errors), account=read.account)
    change = RosterChange(read, compare_staff(file, read, said))
    if file is None:
        change.new = list(read.pupils)
        return change
    today = classes_on(file, said.day)
    people = {p.id: p for p in file.people}
    keys, office = ClassKeys(file), OfficeRows(file)
    found, change.errors = find_pupils(file, today, read.pupils, said)
    for known, pupil in zip(found, read.pupils, strict=True):
        if known is None:
            change.new.append(pupil)
            continue
        change.found[known] = pupil
        is_other = office.has_other_code(known, pupil) or office.has_other_birth(known, pupil)
        is_moved = today.get(known) != keys.of(pupil.class_name)
        if is_other or is_moved or _differs(people[known], pupil):
            change.changed.append(known)
    change.errors += _codes_taken(file, change)
    change.gone = _gone(file, read, today, change.found)
    change.losses = _losses(file, today, change)
    if not said.takes_new:
        change.unmatched = _resembling(change, people, said)
    return change


def apply_roster(file: SchoolFile, change: RosterChange, said: Decisions) -> SchoolFile:
    """The records after a roster; the given ones are not touched."""
    after = changeable(file)
    keys = ClassKeys(after)
    for name in [*change.read.classes, *(p.class_name for p in change.read.pupils)]:
        keys.add(after, name)
    if change.read.oneroster is not None:
        _note_sources(after, keys, change.read.oneroster.classes)
    _apply_pupils(file, after, change, said)
    apply_staff(after, change.staff, said)
    return after


def _note_sources(after: SchoolFile, keys: ClassKeys, classes: Mapping[str, str]) -> None:
    """A later delta may name a class by its sourcedId alone."""
    sources = {keys.of(name): one for one, name in classes.items()}
    for row in after.classes:
        if sources.get(row.id, row.id) != row.id:
            row.source_id = sources[row.id]


def _apply_pupils(
    before: SchoolFile, after: SchoolFile, change: RosterChange, said: Decisions
) -> None:
    people = {p.id: p for p in after.people}
    is_first = not any(p.kind is PersonKind.PUPIL for p in before.people)
    today = classes_on(before, said.day)
    numbered = not _is_numbered_twice(change.read.pupils)
    keys, office, times = ClassKeys(after), OfficeRows(after), Enrolments(after, said.day)
    for one in change.gone:
        people[one].stt = None
        times.move(one, None, today[one])
    for one, pupil in change.found.items():
        person, class_id = people[one], keys.of(pupil.class_name)
        is_moved = today.get(one) != class_id
        person.name = pupil.name
        office.renew(one, pupil, said.day)
        if numbered and (pupil.stt is not None or is_moved):
            person.stt = pupil.stt
        if is_moved:
            times.move(one, class_id, today.get(one))
            person.class_id = class_id
    taken = set(people)
    for pupil in change.new:
        class_id = keys.of(pupil.class_name)
        made = _new_pupil(after.card_key, pupil, class_id, taken)
        made.stt = pupil.stt if numbered else None
        after.people.append(made)
        office.renew(made.id, pupil, said.day)
        if not is_first:
            times.move(made.id, class_id, None)


def _codes_taken(file: SchoolFile, change: RosterChange) -> Iterator[Trouble]:
    """Codes of pupils that staff have in the records, and of staff that pupils have."""
    kinds = {p.id: p for p in file.people}
    owners = {
        (one.system, one.code): kinds[row.person_id]
        for row in file.office
        for one in row.codes
        if one.valid_to is None and row.person_id in kinds
    }
    pupils: list[PupilRead | StaffRead] = [*change.found.values(), *change.new]
    staff: list[PupilRead | StaffRead] = [*change.staff.found.values(), *change.staff.new]
    for kind, rows in ((PersonKind.PUPIL, pupils), (PersonKind.STAFF, staff)):
        for read in rows:
            owner = owners.get((read.system, read.code)) if read.code else None
            if owner is not None and owner.kind is not kind:
                yield Trouble("code_taken", read.place, {"names": owner.name})


def _differs(person: PersonRow, pupil: PupilRead) -> bool:
    renumbered = pupil.stt is not None and person.stt != pupil.stt
    return renumbered or clean(person.name) != pupil.name


def _gone(
    file: SchoolFile, read: RosterRead, today: Mapping[str, str], found: Mapping[str, PupilRead]
) -> list[str]:
    if read.delta:
        return [one for one in today if one in read.removed and one not in found]
    keys = ClassKeys(file)
    named = {keys.of(name) for name in read.classes}
    return [
        one
        for one, class_id in today.items()
        if one not in found and (read.whole_school or class_id in named)
    ]


def _losses(file: SchoolFile, today: Mapping[str, str], change: RosterChange) -> list[Loss]:
    if change.read.delta:
        return []
    names = {row.id: row.name for row in file.classes}
    size = Counter(today.values())
    gone = Counter(today[one] for one in change.gone)
    return [
        Loss(names[one], n, size[one])
        for one, n in sorted(gone.items())
        if n > MAX_LOSS * size[one]
    ]


def _resembling(
    change: RosterChange, people: Mapping[str, PersonRow], said: Decisions
) -> list[Unmatched]:
    """New names of which one who leaves may be meant: a slip of the pen, or a move without code."""
    leaving = Resembling(people[one].name for one in change.gone)
    found = []
    decided = {same_name(name) for name in said.matches}
    for pupil in change.new:
        near = leaving.to(pupil.name)
        if near or same_name(pupil.name) in decided:
            found.append(Unmatched(pupil.name, near))
    return found


def _is_numbered_twice(pupils: Sequence[PupilRead]) -> bool:
    """Whether a number occurs twice in a class, so that no number is kept."""
    pairs = [(p.class_name, p.stt) for p in pupils if p.stt is not None]
    return len(pairs) != len(set(pairs))


def _new_pupil(card_key: str, pupil: PupilRead, class_id: str, taken: set[str]) -> PersonRow:
    if pupil.code:
        wanted = coded_id(card_key, PersonKind.PUPIL, pupil.code)
    else:
        wanted = named_id(card_key, class_id, pupil.name, pupil.birth)
    key = free_id(wanted, taken)
    return PersonRow(id=key, kind=PersonKind.PUPIL, name=pupil.name, class_id=class_id)
