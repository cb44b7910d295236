"""The school's records at the hub: those of its state folder, which imports change."""

from sync.hub.settings import HubSettings
from sync.school.mistakes import SchoolFileError
from sync.school.records import School
from sync.school.school_file import proven, read_school
from sync.state.records import NAME, RecordsFolder


def records_folder(settings: HubSettings) -> RecordsFolder:
    """Where the records are; the file that `hub.toml` names is what they begin with."""
    return RecordsFolder(settings.state, settings.school, proven)


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
        return read_school(raw)
    except OSError as error:
        raise SchoolFileError(f"{place}: cannot be read: {error.strerror}.") from error
    except SchoolFileError as error:
        raise SchoolFileError(f"{place}: {error}") from error
