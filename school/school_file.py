"""The school file `school.json`: reading it, writing it. Its shape is in `school_rows`."""

import secrets

from pydantic import ValidationError

from school.mistakes import MAX_FILE_BYTES
from school.records import School
from school.school_check import SchoolFileError, school_of
from school.school_rows import SchoolFile

__all__ = [
    "MAX_FILE_BYTES",
    "SchoolFileError",
    "empty_school",
    "read_rows",
    "read_school",
    "write_school",
]


def read_school(raw: bytes) -> School:
    """The school in the bytes of a `school.json`.

    Raises:
        SchoolFileError: one sentence that names the place, what is wrong and how to mend it.
    """
    return school_of(read_rows(raw))


def empty_school() -> School:
    """No pupils and no lessons: all else works, and cards are noted under a key nobody keeps."""
    lists = ("rooms", "classes", "people", "cards", "bells", "timetable")
    empty = ",".join(f'"{name}":[]' for name in lists)
    school = '"schema":1,"school":{"id":"none","name":"-"}'
    return read_school(f'{{{school},"card_key":"{secrets.token_hex(32)}",{empty}}}'.encode())


def read_rows(raw: bytes) -> SchoolFile:
    """The rows in the bytes of a `school.json`, each of the right shape; `school_of` checks more.

    Raises:
        SchoolFileError: as of `read_school`.
    """
    if len(raw) > MAX_FILE_BYTES:
        raise SchoolFileError(f"the file has {len(raw)} bytes; at most {MAX_FILE_BYTES} are read")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SchoolFileError(
            f"byte {error.start} is not UTF-8; save the file again with the encoding UTF-8"
        ) from error
    try:
        return SchoolFile.model_validate_json(text)
    except ValidationError as error:
        raise SchoolFileError(_sentence(error)) from error


def proven(raw: bytes) -> bytes:
    """The same bytes, when `read_school` takes them.

    Raises:
        SchoolFileError: as of `read_school`.
    """
    read_school(raw)
    return raw


def write_school(rows: SchoolFile) -> bytes:
    """The bytes of a `school.json`, as `read_school` takes them."""
    return rows.model_dump_json(by_alias=True, indent=1).encode() + b"\n"


def _sentence(error: ValidationError) -> str:
    """The first mistake with its place; the number of others after it."""
    mistakes = error.errors(include_url=False)
    first, more = mistakes[0], len(mistakes) - 1
    place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"]).lstrip(".")
    others = f" ({more} more mistakes follow)" if more else ""
    if first["type"] == "json_invalid":
        return f"the file is not JSON: {first['msg'].removeprefix('Invalid JSON: ')}"
    if first["type"] == "extra_forbidden":
        return f"{place} is not a known key; remove it or correct its spelling{others}"
    if first["type"] == "missing":
        return f"{place} is missing; add it{others}"
    what = first["msg"].removeprefix("Value error, ")
    hidden = place == "card_key" or place.startswith("office[")
    given = "not shown" if hidden else repr(first["input"])[:60]
    return f"{place or 'the file'} is {given}: {what}; correct it{others}"
