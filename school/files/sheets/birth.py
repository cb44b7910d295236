"""Days of birth as schools write them: dd/mm/yyyy as text, ISO, or a spreadsheet's day number."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone

from school.files.sheets.grid import Value

_TEXT = re.compile(
    r"'?([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{4})(?:\s+00:00(?::00)?)?"
)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}.*)?", re.IGNORECASE)
_LOCAL = timezone(timedelta(hours=7))
_EPOCH = date(1899, 12, 30)
_FIRST_YEAR, _LAST_YEAR = 1940, 2035
_MANY = 3


class BirthError(ValueError):
    """No day of birth.

    Attributes:
        code: the trouble's code.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_birth(value: Value) -> date | None:
    """The day.

    Raises:
        BirthError: no such day, an unlikely year, or month before day.
    """
    if isinstance(value, float):
        return _likely(_from_serial(value))
    text = str(value).strip()
    if not text:
        return None
    if _ISO.fullmatch(text):
        return _likely(_iso_day(text))
    match = _TEXT.fullmatch(text)
    if match is None:
        raise BirthError("bad_birth")
    day, month, year = int(match[1]), int(match[2]), int(match[3])
    if day <= 12 < month <= 31:
        raise BirthError("swapped_birth")
    return _likely(_day(year, month, day))


def serial_text(value: Value, *, swaps: bool) -> str:
    """A day number as dd/mm/yyyy; with day and month swapped, where that is a day."""
    day = _from_serial_or_epoch(value) if isinstance(value, float) else _EPOCH
    if swaps and day.day <= 12:
        day = day.replace(day=day.month, month=day.day)
    return f"{day:%d/%m/%Y}"


def is_day(value: Value | None) -> bool:
    """Whether a cell holds a number, or a day as text: never a part of a name."""
    if isinstance(value, float):
        return True
    text = value.strip() if isinstance(value, str) else ""
    return bool(_TEXT.fullmatch(text) or _ISO.fullmatch(text))


def swapped_serials(values: Iterable[Value | None]) -> str:
    """A sign that a spreadsheet with American settings turned days and months round; else empty.

    Such a program makes day numbers of every date that it can read as month/day (so that none is
    later than the 12th) and leaves the others as text (all later than the 12th).
    """
    serials: set[int] = set()
    texts: list[str] = []
    for value in values:
        if isinstance(value, float):
            serials.add(_from_serial_or_epoch(value).day)
        elif isinstance(value, str) and (match := _TEXT.fullmatch(value.strip())):
            texts.append(value)
            if int(match[1]) <= 12:
                return ""
    if len(serials) >= _MANY and len(texts) >= _MANY and max(serials) <= 12:
        return texts[0][:12]
    return ""


def _from_serial_or_epoch(value: float) -> date:
    try:
        return _from_serial(value)
    except BirthError:
        return _EPOCH


def _iso_day(text: str) -> date:
    """The day of an ISO day or time; a time in UTC is the day that it is here."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BirthError("bad_birth") from error
    return (moment.astimezone(_LOCAL) if moment.tzinfo else moment).date()


def _from_serial(value: float) -> date:
    if not 1 <= value < 60_000:
        raise BirthError("bad_birth")
    return _EPOCH + timedelta(days=int(value))


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise BirthError("bad_birth") from error


def _likely(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise BirthError("bad_birth")
    return day
