"""The school's records at the hub: those of its state folder, which imports change."""

import logging
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from school.first_thresholds import bytes_with_first_row, held_rows, with_first_row
from school.mistakes import SchoolFileError
from school.records import School
from school.school_check import school_of
from school.school_file import empty_school, proven, read_rows
from school.thresholds import passed_over
from sync.hub.settings import HubSettings
from sync.state.records import DAMAGED, NAME, RecordsFolder

_log = logging.getLogger(__name__)

Pair = tuple[int, int]
"""What a file says, what holds."""

_PUT_BACK = "put it back from the backup, or move it away: what hub.toml names is taken then"


def records_folder(settings: HubSettings) -> RecordsFolder:
    """Where the records are; the file that `hub.toml` names is what they begin with.

    Records that are given without thresholds get those that held, or the first row.
    """

    def accept(raw: bytes) -> bytes:
        held = held_rows(folder.read())
        return bytes_with_first_row(proven(raw), settings.rules, held)

    folder = RecordsFolder(settings.state, settings.school, accept)
    return folder


def give_first_thresholds(settings: HubSettings) -> None:
    """Records that hold and have no thresholds yet get the first row from `hub.toml`.

    Raises:
        OSError: the disk refuses.
        SchoolFileError: they cannot be read.
    """
    records_folder(settings).amend(lambda raw: bytes_with_first_row(raw, settings.rules))


def passed_over_in(settings: HubSettings, school: School, today: date) -> dict[str, Pair]:
    """What `hub.toml` says of thresholds and what holds instead, by key."""
    return passed_over(settings.thresholds, school.thresholds, today)


class RecordsState(StrEnum):
    """Whether what the school gave last is what holds."""

    OK = "ok"
    DAMAGED = "damaged"  # its file was set aside, what was given before holds
    LOST = "lost"  # nothing that can be read is there: no class, no timetable, no names
    FILE_REFUSED = "file_refused"  # the file that hub.toml names; what is held goes on


@dataclass(frozen=True, slots=True)
class HeldRecords:
    """What holds, and what is wrong with it.

    Attributes:
        school: the records.
        state: for page, `/health` and `/metrics`.
        file: the file that somebody must look at.
    """

    school: School
    state: RecordsState = RecordsState.OK
    file: str = ""


def held_records(settings: HubSettings) -> HeldRecords:
    """The records that hold, whatever has become of a file.

    Raises:
        SchoolFileError: this is the first start, and what it is to begin with cannot be read.
    """
    damage = records_folder(settings).damage()
    try:
        school = held_school(settings)
    except SchoolFileError as error:
        if not has_served(settings):
            raise
        _log.error("no records can be read, what rooms send is stored: %s", error)
        return HeldRecords(
            empty_school(), RecordsState.LOST, str(settings.state / (damage or NAME))
        )
    if not damage:
        return HeldRecords(school)
    file = settings.state / damage
    _log.error("%s: %s", file, DAMAGED)
    return HeldRecords(school, RecordsState.DAMAGED, str(file))


def has_served(settings: HubSettings) -> bool:
    """Whether the hub has begun its work some time before: then no file of the school stops it."""
    return settings.token_file.exists()


def held_school(settings: HubSettings) -> School:
    """The school that holds: of the state folder, else of the file that `hub.toml` names.

    Raises:
        SchoolFileError: it cannot be read.
    """
    place = settings.state / NAME
    try:
        raw = records_folder(settings).read()
        if raw is None:
            place = settings.school
            raw = place.read_bytes()
        return school_of(with_first_row(read_rows(raw), settings.rules))
    except OSError as error:
        raise SchoolFileError(f"{place}: cannot be read: {error.strerror}.") from error
    except SchoolFileError as error:
        cure = "correct it" if place == settings.school else _PUT_BACK
        raise SchoolFileError(f"{place}: {error}; {cure}") from error
