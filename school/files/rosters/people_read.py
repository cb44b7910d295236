"""What a roster says, whatever its file: pupils, staff, classes; nothing else about anybody."""

from dataclasses import dataclass, field
from datetime import date

from school.files.rosters.oneroster import OneRoster
from school.files.sheets.ledger import Account
from school.files.sheets.trouble import Place, Trouble


@dataclass(frozen=True, slots=True)
class PupilRead:
    """A pupil in a file.

    Attributes:
        name: full name, NFC.
        class_name: as people say it ("10A1").
        code: the identifier of the Ministry or of the system; empty where unknown.
        system: whose identifier it is, as in `OfficeCode.system`.
        birth: only to tell equal names apart.
        stt: number in the class list.
        gender: as written; empty where unknown.
        place: where it was read.
        known: the person's id, where the file refers to somebody of the records.
        source_id: the file's own key of the person, to be known by in later files; empty for none.
    """

    name: str
    class_name: str
    code: str = ""
    birth: date | None = None
    stt: int | None = None
    gender: str = ""
    place: Place = field(default_factory=Place)
    system: str = ""
    known: str = ""
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class StaffRead:
    """A member of staff in a file.

    Attributes:
        name: full name, NFC.
        code: the identifier of the Ministry or of the system; empty where unknown.
        system: whose identifier it is.
        homerooms: names of the classes whose homeroom teacher this is.
        place: where it was read.
        known: as of a pupil.
        source_id: as of a pupil.
    """

    name: str
    code: str = ""
    system: str = ""
    homerooms: tuple[str, ...] = ()
    place: Place = field(default_factory=Place)
    known: str = ""
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class RosterRead:
    """What a roster says.

    Attributes:
        format: which shape it had.
        pupils: all good rows.
        staff: all good rows of staff lists, and OneRoster's.
        classes: names of the classes in their order.
        errors: rows that could not be taken.
        whole_school: whether a class that is not in it is gone.
        delta: whether it names only changes; then nobody is gone who is not in `removed`.
        removed: ids of people who are to be taken out (delta).
        oneroster: what a OneRoster archive said, to be laid out for a day.
        account: what became of each cell, and what is asked.
    """

    format: str
    pupils: tuple[PupilRead, ...]
    staff: tuple[StaffRead, ...] = ()
    classes: tuple[str, ...] = ()
    errors: tuple[Trouble, ...] = ()
    whole_school: bool = False
    delta: bool = False
    removed: frozenset[str] = frozenset()
    oneroster: OneRoster | None = None
    account: Account = field(default_factory=Account)
