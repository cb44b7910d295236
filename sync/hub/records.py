"""The school's records at the hub: those of its state folder, which imports change."""

from datetime import date

from sync.hub.settings import HubSettings
from sync.school.first_thresholds import bytes_with_first_row, held_rows, with_first_row
from sync.school.mistakes import SchoolFileError
from sync.school.records import School
from sync.school.school_check import school_of
from sync.school.school_file import proven, read_rows
from sync.school.thresholds import passed_over
from sync.state.records import NAME, RecordsFolder

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
