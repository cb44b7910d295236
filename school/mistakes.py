"""The one error of the school file, and the two mistakes that every kind of row can make."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

Row = TypeVar("Row")

MAX_FILE_BYTES = 32 << 20
"""Most bytes of a school file."""


class SchoolFileError(ValueError):
    """The school file cannot be used. The text is one sentence: place, what is wrong, cure."""


def refuse_doubles(place: str, rows: Sequence[Row], key: Callable[[Row], object]) -> None:
    """Refuse two rows with the same key.

    Raises:
        SchoolFileError: naming both rows.
    """
    seen: dict[object, int] = {}
    for n, row in enumerate(rows):
        first = seen.setdefault(key(row), n)
        if first != n:
            raise SchoolFileError(
                f"{place}[{n}] repeats {key(row)!r} of {place}[{first}]; keep one of the two"
            )


def known(place: str, value: str | None, names: Collection[str], what: str) -> None:
    """Refuse a name that leads nowhere; None is no name.

    Raises:
        SchoolFileError: naming the place.
    """
    if value is not None and value not in names:
        raise SchoolFileError(
            f"{place} names {value!r}, but no {what} has this id; add it or correct it"
        )
