"""The school file as imports read and write it, and that of a school which has none yet."""

import tomllib
from importlib import resources

from school.school_check import school_of
from school.school_file import read_rows
from school.school_rows import BellRow, SchoolFile, SchoolRow


def rows_of(raw: bytes) -> SchoolFile:
    """The rows of a version.

    Raises:
        SchoolFileError: they cannot be used.
    """
    rows = read_rows(raw)
    school_of(rows)
    return rows


def changeable(rows: SchoolFile) -> SchoolFile:
    """The same rows to be changed; the given ones are not touched."""
    return SchoolFile.model_validate(rows.model_dump(by_alias=True))


def empty_records(name: str, card_key: str) -> SchoolFile:
    """Records of a school that has none yet, with usual bells (settings, to be corrected) [P].

    Args:
        name: the school's name.
        card_key: 64 hex digits made by chance, for `cards.uid_hash`.
    """
    text = resources.files("school.files.sheets").joinpath("maps", "bells.toml").read_text("utf-8")
    bells = [BellRow.model_validate(row) for row in tomllib.loads(text)["bell"]]
    return SchoolFile(
        school=SchoolRow(id="truong", name=name),
        card_key=card_key,
        rooms=[],
        classes=[],
        people=[],
        cards=[],
        bells=bells,
        timetable=[],
    )
