"""Versions of the records: what is written, under which names the old ones are kept.

`school.json` is what holds; `school.json.1`, `.2` … are those before it, the highest the latest.
"""

import re
import tomllib
from collections.abc import Iterable
from importlib import resources

from sync.school.school_check import school_of
from sync.school.school_file import read_rows, read_school, write_school
from sync.school.school_rows import BellRow, SchoolFile, SchoolRow

NAME = "school.json"
_OLD = re.compile(r"school\.json\.([1-9][0-9]{0,8})")


def rows_of(raw: bytes) -> SchoolFile:
    """The rows of a version.

    Raises:
        SchoolFileError: they cannot be used.
    """
    rows = read_rows(raw)
    school_of(rows)
    return rows


def bytes_of(rows: SchoolFile) -> bytes:
    """A version as it is written, proven to be readable again.

    Raises:
        SchoolFileError: the rows do not fit together.
    """
    raw = write_school(rows)
    read_school(raw)
    return raw


def changeable(rows: SchoolFile) -> SchoolFile:
    """The same rows to be changed; the given ones are not touched."""
    return SchoolFile.model_validate(rows.model_dump(by_alias=True))


def old_versions(names: Iterable[str]) -> list[str]:
    """The older versions among a folder's names, the latest first."""
    numbers = sorted((int(m[1]) for n in names if (m := _OLD.fullmatch(n))), reverse=True)
    return [f"{NAME}.{number}" for number in numbers]


def next_version(names: Iterable[str]) -> str:
    """The name under which the version that holds now is to be kept."""
    latest = old_versions(names)[:1]
    return f"{NAME}.{int(latest[0].rpartition('.')[2]) + 1 if latest else 1}"


def empty_records(name: str, card_key: str) -> SchoolFile:
    """Records of a school that has none yet, with usual bells (settings, to be corrected) [P].

    Args:
        name: the school's name.
        card_key: 64 hex digits made by chance, for `cards.uid_hash`.
    """
    text = resources.files(__package__).joinpath("maps", "bells.toml").read_text("utf-8")
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
