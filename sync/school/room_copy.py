"""The part of the school file that a room may hold. Source: domain reference §7 PR-1."""

from sync.school.school_rows import SchoolFile
from sync.school.year import LeaveState


def is_for_office(file: SchoolFile) -> bool:
    """Whether a file holds what no room may have."""
    return bool(file.office) or any(leave.state is not LeaveState.APPROVED for leave in file.leaves)


def room_copy(file: SchoolFile) -> SchoolFile:
    """The records without what only the office may have: codes, births, leave not approved."""
    approved = [leave for leave in file.leaves if leave.state is LeaveState.APPROVED]
    return file.model_copy(update={"office": [], "leaves": approved})
