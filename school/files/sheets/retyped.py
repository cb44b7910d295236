"""What a spreadsheet has made of a text that somebody typed: "6/1" a date, "6.10" the number 6.1.

Where a text is meant (a class, a room, a code) such a cell is refused: what was typed is lost.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from school.files.sheets.grid import Broken, Typed, Value, number_text
from school.names import fold

Wrong = tuple[str, Mapping[str, str]]
"""Code of the trouble and what its sentence names."""
_EPOCH = date(1899, 12, 30)
_FIRST, _LAST = 1, 80_000
_EXACT = 10**15
"""A spreadsheet keeps fifteen digits of a number."""
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?e[+][0-9]{1,3}", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-][0-9]{4}(?: [0-9:]+)?")
_ISO = re.compile(r"[0-9]{4}-([0-9]{2})-([0-9]{2})(?:[t ].*)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)}|thg ?[0-9]{{1,2}})"
_DAY_OF_MONTH = re.compile(rf"([0-9]{{1,2}})[- ]{_MONTH}|{_MONTH}[- ]([0-9]{{1,4}})")


def retyped(value: Value | None, day_shift: int = 0) -> Wrong | None:
    """What is wrong with a cell where a text is meant; None where it is as it was typed.

    Args:
        value: the cell.
        day_shift: days that its day numbers lack, as of its table.
    """
    if isinstance(value, Typed):
        return _of_kind(value, day_shift)
    if isinstance(value, float):
        is_text = value == int(value) and abs(value) < _EXACT
        return None if is_text else ("became_number", {"value": number_text(value)})
    text = "" if value is None or isinstance(value, Broken) else fold(value).strip("'")
    if not text[:1].isalnum() or len(text) > 30:
        return None
    if _SCIENTIFIC.fullmatch(text):
        return "became_number", {"value": text.upper()}
    typed = _typed_as(text)
    return ("became_date", {"value": typed, "day": text}) if typed else None


def _typed_as(text: str) -> str:
    """From "2026-01-06", "6-jan" → "6/1"; empty for no day."""
    if match := _DAY.fullmatch(text):
        return f"{int(match[1])}/{int(match[2])}"
    if match := _ISO.fullmatch(text):
        return f"{int(match[2])}/{int(match[1])}"
    match = _DAY_OF_MONTH.fullmatch(text)
    if match is None:
        return ""
    name = match[2] or match[3]
    month = _MONTHS.index(name) + 1 if name in _MONTHS else int(name.removeprefix("thg"))
    return f"{int(match[1])}/{month}" if match[1] else f"{month}/{int(match[4])}"


def _of_kind(value: Typed, day_shift: int) -> Wrong:
    if value.kind == "formula":
        return "formula_empty", {}
    days = int(value) + day_shift
    if value.kind == "time" or not _FIRST <= days <= _LAST:
        minutes = round((value % 1) * 24 * 60)
        return "became_time", {"value": f"{minutes // 60}:{minutes % 60:02}"}
    day = _EPOCH + timedelta(days=days)
    return "became_date", {"value": f"{day.day}/{day.month}", "day": f"{day:%d/%m/%Y}"}
