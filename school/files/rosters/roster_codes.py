"""Codes of people in the office's records: whom a code means, and what a roster renews in them."""

from collections.abc import Sequence
from datetime import date, timedelta

from school.files.rosters.people_read import PupilRead, StaffRead
from school.files.rosters.person_ids import coded_id
from school.records import PersonKind
from school.school_rows import CodeRow, OfficeRow, SchoolFile

SOURCE_ID = "oneroster-id"
"""The system of the keys that OneRoster files refer to people by; no one's code for people."""


class KnownCodes:
    """Whom a code means among the pupils or among the staff; a code that has ended means nobody.

    Records that were made before codes were kept know a person by the code's keyed hash.
    """

    def __init__(self, file: SchoolFile, kind: PersonKind) -> None:
        self._card_key, self._kind = file.card_key, kind
        self._ids = {p.id for p in file.people if p.kind is kind}
        self._exact: dict[tuple[str, str], str] = {}
        self._owners: dict[str, set[str]] = {}
        self._coded: set[str] = set()
        for row in file.office:
            if row.person_id in self._ids:
                self._keep(row)

    def find(self, system: str, code: str) -> str | None:
        """The person's id; None where the code is nobody's or of more than one."""
        exact = self._exact.get((system, code))
        owners = self._owners.get(code, set())
        if exact is not None or len(owners) == 1:
            return exact or next(iter(owners))
        hashed = coded_id(self._card_key, self._kind, code) if code else ""
        return hashed if hashed in self._ids and hashed not in self._coded else None

    def exactly(self, system: str, code: str) -> str | None:
        """The id of the person who has the code in just this system."""
        return self._exact.get((system, code))

    def _keep(self, row: OfficeRow) -> None:
        for one in row.codes:
            if one.valid_to is None:
                self._coded.add(row.person_id)
                self._exact[one.system, one.code] = row.person_id
                if one.system != SOURCE_ID:
                    self._owners.setdefault(one.code, set()).add(row.person_id)


class OfficeRows:
    """The office's rows by person, made where a roster first says something."""

    def __init__(self, file: SchoolFile) -> None:
        self._file = file
        self._rows = {row.person_id: row for row in file.office}
        self._sources = {
            one.code: row for row in file.office for one in row.codes if one.system == SOURCE_ID
        }

    def birth(self, person: str) -> date | None:
        """The day of birth; None where unknown."""
        row = self._rows.get(person)
        return row.birth if row else None

    def has_other_code(self, person: str, read: PupilRead | StaffRead) -> bool:
        """Whether the person has a code in the roster's system, and it is another one."""
        row = self._rows.get(person)
        of_system = [one for one in row.codes if one.system == read.system] if row else []
        held = [one.code for one in of_system if one.valid_to is None]
        return bool(read.code and held) and read.code not in held

    def has_other_birth(self, person: str, read: PupilRead) -> bool:
        """Whether another day of birth is known."""
        return read.birth is not None and self.birth(person) not in {None, read.birth}

    def renew(self, person: str, read: PupilRead | StaffRead, day: date) -> None:
        """Keep what a roster says from a day on; what it does not say stays."""
        birth = read.birth if isinstance(read, PupilRead) else None
        gender = read.gender if isinstance(read, PupilRead) else ""
        source_id = read.source_id if read.source_id not in {read.code, person} else ""
        if not (read.code or birth or gender or source_id):
            return
        row = self._rows.get(person)
        if row is None:
            row = self._rows[person] = OfficeRow(person_id=person)
            self._file.office.append(row)
        row.birth = birth or row.birth
        row.gender = gender or row.gender
        if read.code:
            _renew_code(row, read.system, read.code, day)
        if source_id:
            self._refer(row, source_id)

    def _refer(self, row: OfficeRow, source_id: str) -> None:
        """A file's key means one person, and a person has one: the newest."""
        before = self._sources.get(source_id)
        if before is row:
            return
        if before is not None:
            before.codes[:] = [one for one in before.codes if one.system != SOURCE_ID]
        for one in [one for one in row.codes if one.system == SOURCE_ID]:
            row.codes.remove(one)
            self._sources.pop(one.code, None)
        row.codes.insert(0, CodeRow(system=SOURCE_ID, code=source_id))
        self._sources[source_id] = row


def _renew_code(row: OfficeRow, system: str, code: str, day: date) -> None:
    """A changed code ends the one before it the day before; one of today gives way."""
    before = [one for one in row.codes if one.system == system]
    valid = [one for one in before if one.valid_to is None or one.valid_to >= day]
    if any(one.code == code for one in valid):
        return
    _end(row.codes, valid, day - timedelta(days=1))
    row.codes.append(CodeRow(system=system, code=code, valid_from=day if before else None))


def _end(codes: list[CodeRow], ended: Sequence[CodeRow], last: date) -> None:
    for one in ended:
        one.valid_to = last
        if one.valid_from and one.valid_from > last:
            codes.remove(one)
