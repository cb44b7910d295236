"""A roster against the records: who is new, changed, gone, kept; and the records after it.

A pupil is known by the code's keyed hash, else by the name within the class. Who is gone stays in
the records with an enrolment that has ended, so that past marks keep their names.
"""

import hmac
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from sync.school.files.decisions import Decisions
from sync.school.files.matching import Unmatched, suggest
from sync.school.files.people_read import PupilRead, RosterRead, StaffRead
from sync.school.files.preview import Counts, Loss, Preview
from sync.school.ids import group_key
from sync.school.names import clean, fold
from sync.school.records import PersonKind
from sync.school.school_rows import ClassRow, EnrolmentRow, PersonRow, SchoolFile

MAX_LOSS = 0.1
"""A roster that takes away a greater share of a class asks first."""
_EVER = date(2000, 1, 1)


@dataclass
class RosterChange:
    """What a roster does to the records.

    Attributes:
        found: pupil's id → the row of the file.
        new: pupils whom the school does not have.
        gone: ids of pupils who leave.
        moved_or_renamed: ids of known pupils of whom something is different.
        staff: new staff.
        unmatched: new names that resemble somebody who leaves.
    """

    read: RosterRead
    found: dict[str, PupilRead] = field(default_factory=dict)
    new: list[PupilRead] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    moved_or_renamed: list[str] = field(default_factory=list)
    staff: list[StaffRead] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def preview(self) -> Preview:
        """The change in numbers."""
        changed = len(self.moved_or_renamed)
        kept = len(self.found) - changed
        return Preview(
            kind="roster",
            format=self.read.format,
            counts=Counts(len(self.new), changed, len(self.gone), kept),
            classes=self.read.classes,
            unmatched=tuple(self.unmatched),
            errors=self.read.errors,
            losses=tuple(self.losses),
        )


def person_id(card_key: str, kind: str, code: str) -> str:
    """The id of a person with a code: the same each time, and not to be turned back into it."""
    digest = hmac.new(bytes.fromhex(card_key), f"{kind}\0{code}".encode(), sha256).digest()
    return str(UUID(bytes=digest[:16], version=4))


def classes_on(file: SchoolFile, day: date) -> dict[str, str]:
    """Pupil's id → class on a day; who is in no class that day is left out."""
    enrolled: dict[str, str | None] = {}
    for row in file.enrolments:
        enrolled.setdefault(row.person_id, None)
        if (row.valid_from or _EVER) <= day <= (row.valid_to or day):
            enrolled[row.person_id] = row.class_id
    pupils = {p.id: p.class_id for p in file.people if p.kind is PersonKind.PUPIL}
    today = {one: enrolled.get(one, class_id) for one, class_id in pupils.items()}
    return {one: class_id for one, class_id in today.items() if class_id}


def compare_roster(file: SchoolFile | None, read: RosterRead, said: Decisions) -> RosterChange:
    """What a roster would do.

    Args:
        file: the records; None where there are none, so that all is new.
        read: the roster.
        said: the day, and what a person has decided about names.
    """
    change = RosterChange(read)
    if file is None:
        change.new, change.staff = list(read.pupils), list(read.staff)
        return change
    today = classes_on(file, said.day)
    people = {p.id: p for p in file.people}
    finder = _Finder(file, today, said)
    for pupil in read.pupils:
        known = finder.find(pupil)
        if known is None:
            change.new.append(pupil)
        else:
            change.found[known] = pupil
            if _differs(people[known], pupil, today.get(known)):
                change.moved_or_renamed.append(known)
    change.gone = _gone(file, read, today, change.found)
    change.losses = _losses(file, today, change)
    if not said.takes_new:
        change.unmatched = _resembling(change, people, said)
    staff = {fold(p.name) for p in file.people if p.kind is PersonKind.STAFF}
    ids = {p.id for p in file.people}
    change.staff = [
        one
        for one in read.staff
        if fold(one.name) not in staff and person_id(file.card_key, "staff", one.code) not in ids
    ]
    return change


def apply_roster(file: SchoolFile, change: RosterChange, said: Decisions) -> SchoolFile:
    """The records after a roster; the given ones are not touched."""
    after = file.model_copy(deep=True)
    is_first = not any(p.kind is PersonKind.PUPIL for p in file.people)
    have = {row.id for row in after.classes}
    for name in dict.fromkeys([*change.read.classes, *(p.class_name for p in change.read.pupils)]):
        if group_key(name) not in have:
            have.add(group_key(name))
            after.classes.append(ClassRow(id=group_key(name), name=name))
    people = {p.id: p for p in after.people}
    today = classes_on(file, said.day)
    numbered = not _counts_through(change.read.pupils)
    for one in change.gone:
        people[one].stt = None
        _enrol(after, one, None, today[one], said.day)
    for one, pupil in change.found.items():
        _renew(after, people[one], pupil, today.get(one), said.day, numbered=numbered)
    taken = set(people)
    for pupil in change.new:
        made = _new_pupil(after.card_key, pupil, taken, numbered=numbered)
        after.people.append(made)
        if not is_first and made.class_id:
            _enrol(after, made.id, made.class_id, None, said.day)
    for member in change.staff:
        key = _free(person_id(after.card_key, "staff", member.code or member.name), taken)
        after.people.append(PersonRow(id=key, kind=PersonKind.STAFF, name=member.name))
    return after


class _Finder:
    """Finds the pupil of a row; each pupil once."""

    def __init__(self, file: SchoolFile, today: Mapping[str, str], said: Decisions) -> None:
        self._card_key, self._matches = file.card_key, said.matches
        self._free = {p.id for p in file.people if p.kind is PersonKind.PUPIL}
        self._by_name: dict[tuple[str, str], list[PersonRow]] = defaultdict(list)
        self._by_full: dict[str, list[str]] = defaultdict(list)
        for p in file.people:
            if p.kind is PersonKind.PUPIL:
                self._by_name[today.get(p.id, ""), clean(p.name)].append(p)
                self._by_full[clean(p.name)].append(p.id)

    def find(self, pupil: PupilRead) -> str | None:
        """The pupil's id; None where nobody, or more than one, can be meant."""
        wished = self._matches.get(pupil.name, "")
        wanted = self._by_full.get(wished, [wished])
        by_code = person_id(self._card_key, "pupil", pupil.code) if pupil.code else ""
        alike = self._by_name.get((group_key(pupil.class_name), pupil.name), [])
        same = [p.id for p in alike if p.stt == pupil.stt] or [p.id for p in alike]
        same = same if len(same) == 1 or len(alike) == len(same) else same[:1]
        for one in (by_code, wanted[0] if len(wanted) == 1 else "", *same):
            if one in self._free:
                self._free.discard(one)
                return one
        return None


def _differs(person: PersonRow, pupil: PupilRead, class_id: str | None) -> bool:
    renumbered = pupil.stt is not None and person.stt != pupil.stt
    moved = class_id != group_key(pupil.class_name)
    return moved or renumbered or clean(person.name) != pupil.name


def _gone(
    file: SchoolFile, read: RosterRead, today: Mapping[str, str], found: Mapping[str, PupilRead]
) -> list[str]:
    if read.delta:
        removed = {person_id(file.card_key, "pupil", code) for code in read.removed}
        return [one for one in today if one in removed and one not in found]
    named = {group_key(name) for name in read.classes}
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
    leaving = {people[one].name for one in change.gone}
    found = []
    for pupil in change.new if leaving else ():
        if pupil.name not in said.matches:
            near = [name for name in suggest(pupil.name, leaving) if _is_near(name, pupil.name)]
            if near:
                found.append(Unmatched(pupil.name, tuple(near)))
    return found


def _is_near(one: str, other: str) -> bool:
    words = set(fold(one).split()) ^ set(fold(other).split())
    return len(words) <= 2 and fold(one).split()[:1] == fold(other).split()[:1]


def _counts_through(pupils: Sequence[PupilRead]) -> bool:
    """Whether a number occurs twice in a class or none is given, so that no number is kept."""
    pairs = [(group_key(p.class_name), p.stt) for p in pupils if p.stt is not None]
    return len(pairs) != len(set(pairs))


def _renew(
    file: SchoolFile,
    person: PersonRow,
    pupil: PupilRead,
    class_id: str | None,
    day: date,
    *,
    numbered: bool,
) -> None:
    wanted = group_key(pupil.class_name)
    person.name = pupil.name
    if numbered and (pupil.stt is not None or class_id != wanted):
        person.stt = pupil.stt
    if class_id != wanted:
        _enrol(file, person.id, wanted, class_id, day)
        person.class_id = wanted


def _enrol(
    file: SchoolFile, person: str, class_id: str | None, before: str | None, day: date
) -> None:
    """End a pupil's time in a class the day before, and begin the one in another."""
    end = day - timedelta(days=1)
    of_person = [row for row in file.enrolments if row.person_id == person]
    open_rows = [row for row in of_person if (row.valid_to or day) >= day]
    for row in open_rows:
        row.valid_to = end
        if row.valid_from and row.valid_from > end:
            file.enrolments.remove(row)
    if before is not None and not open_rows:
        file.enrolments.append(EnrolmentRow(person_id=person, class_id=before, valid_to=end))
    if class_id is not None:
        file.enrolments.append(EnrolmentRow(person_id=person, class_id=class_id, valid_from=day))


def _new_pupil(card_key: str, pupil: PupilRead, taken: set[str], *, numbered: bool) -> PersonRow:
    said = pupil.code or f"{group_key(pupil.class_name)}\0{pupil.name}\0{pupil.birth}"
    kind = "pupil" if pupil.code else "pupil by name"
    return PersonRow(
        id=_free(person_id(card_key, kind, said), taken),
        kind=PersonKind.PUPIL,
        name=pupil.name,
        class_id=group_key(pupil.class_name),
        stt=pupil.stt if numbered else None,
    )


def _free(wanted: str, taken: set[str]) -> str:
    key, n = wanted, 1
    while key in taken:
        key, n = str(UUID(bytes=sha256(f"{wanted}\0{n}".encode()).digest()[:16], version=4)), n + 1
    taken.add(key)
    return key
