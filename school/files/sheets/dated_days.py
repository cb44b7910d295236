"""Days of a week that a timetable heads with their dates: "23/11/2026", "Thứ 2 (23/11/2026)".

A date with its year is a weekday without doubt; without its year it is none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from school.names import fold

_YEARED = re.compile(
    r"(.*[^0-9])?\b([0-9]{1,2}) *[/.-] *([0-9]{1,2}) *[/.-] *([0-9]{4})\b[^0-9a-z]*(?:00:00.*)?"
)
_ISO = re.compile(r"(.*[^0-9])?\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b[^0-9a-z]*(?:[t ]00:00.*)?")
_YEARLESS = re.compile(r"(?:ngay )?[0-9]{1,2} *[/.-] *[0-9]{1,2}\W*")
_NAMES = ("", "Thứ 2", "Thứ 3", "Thứ 4", "Thứ 5", "Thứ 6", "Thứ 7", "Chủ nhật")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a label.

    Attributes:
        weekday: 1 is Monday; None where there is no such day.
        before: the folded words before it, which may name a weekday; empty for none.
    """

    weekday: int | None
    before: str


def dated(label: str) -> Dated | None:
    """The date with its year that a label is or ends with; None where it has none."""
    text = " ".join(fold(label).split())
    if match := _ISO.fullmatch(text):
        year, month, day = match[2], match[3], match[4]
    elif match := _YEARED.fullmatch(text):
        day, month, year = match[2], match[3], match[4]
    else:
        return None
    before = re.sub(r"\bngay\b", " ", match[1] or "").strip(" .,;:(-–/")
    try:
        return Dated(date(int(year), int(month), int(day)).isoweekday(), before)
    except ValueError:
        return Dated(None, before)


def is_yearless(label: str) -> bool:
    """Whether a label is a day and a month alone: "2/12" is no Monday."""
    return bool(_YEARLESS.fullmatch(" ".join(fold(label).split())))


def no_weekday(label: str) -> tuple[str, Mapping[str, str]]:
    """Code and words of the trouble with a label that should name a weekday and names none."""
    value = {"value": " ".join(label.split())[:20]}
    if is_yearless(label):
        return "day_without_year", value
    found = dated(label)
    if found is not None and found.weekday and found.before:
        return "two_weekdays", {"value": label.strip()[:40], "name": _NAMES[found.weekday]}
    return "bad_weekday", value
