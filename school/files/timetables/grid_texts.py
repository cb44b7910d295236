"""What drawn timetables share: how days, lesson numbers, classes and sessions are headed."""

import re
from collections.abc import Iterable, Mapping

from school.files.cells import is_class_name
from school.files.class_names import class_name_of
from school.files.sheets.dated_days import dated
from school.files.sheets.headings import column_map, plain
from school.files.sheets.labels import (
    is_contradicted,
    is_slot_label,
    session_named,
    session_of,
    slot_of,
    weekday_of,
)
from school.files.sheets.page import Texts
from school.files.sheets.trouble import Place
from school.records import Session

BREAKS = ("ra choi", "giai lao", "nghi trua")
"""A row between lessons that has one of these is a break."""
_DATED = re.compile(r"\bngay\b.*\bthang\b.*\bnam\b")
_PERSON = re.compile(
    r"(?:\b(?:gv|giáo viên|chủ nhiệm)\s*:|\b(?:gvcn|cô|thầy)\b)[^,;()–-]*", re.IGNORECASE
)
_SESSION_TITLE = re.compile(r"\b(?:buổi|buoi|ca)\s+[^\W\d_]+", re.IGNORECASE)
_SESSION_AFTER = re.compile(r"[\s(–-]*(?:buổi\s+)?\b(?:sáng|chiều|tối)\W*$", re.IGNORECASE)
_BESIDE_CLASS = re.compile(
    r"\s*(?:\(.*\)|[-–:]\s*(?:gv|cô\b|thầy\b|p\W*[0-9]|phòng).*)$", re.IGNORECASE
)
_NAMED_CLASS = re.compile(r"^[0-9]{1,2}\s+[^\W\d_][\w ]{1,20}$")


def weekday_columns(line: Mapping[int, str]) -> dict[int, int]:
    """Column → weekday, where a row names two days or more; 0: day and date contradict."""
    named = {c: weekday_of(text) or 0 for c, text in line.items() if not text.isdigit()}
    found = {c: day for c, day in named.items() if day or is_contradicted(line[c])}
    return found if len(found) >= 2 else {}


def slot_row(texts: Texts, row: int) -> int:
    """The row of lesson numbers under a row of days; 0 where there is none."""
    days = weekday_columns(texts[row])
    for below in (row + 1, row + 2):
        line = {c: t for c, t in texts.get(below, {}).items() if c >= min(days)}
        numbers = [t for t in line.values() if is_slot_label(t) and slot_of(t, Session.MORNING)]
        if len(numbers) >= len(days) and len(numbers) == len(line):
            return below
    return 0


def class_heading(text: str) -> str:
    """The class that a column is headed with: "10 A3", "10A3 (P.203)", "10A3" over "GVCN: …".

    Empty where it is headed with anything else.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    if dated(first):
        return ""
    name = class_name_of(_BESIDE_CLASS.sub("", first))
    return name if is_class_name(name) or _NAMED_CLASS.match(name) else ""


def is_below_lessons(line: Mapping[int, str]) -> bool:
    """Whether a row has what stands below a timetable: a total, a date, who signs."""
    words = column_map("general").words["footers"]
    texts = [plain(text) for text in line.values()]
    return any(
        _DATED.search(text)
        or text.strip("0123456789 ") in column_map("general").words["footers_alone"]
        or any(text == word or text.startswith(f"{word} ") for word in words)
        for text in texts
    )


def outside_session(place: Place) -> Session | None:
    """The session that a sheet or its file is named after."""
    return session_named(place.sheet) or session_named(stem(place.file))


def stem(file: str) -> str:
    """A file's name without its ending."""
    return file.rpartition(".")[0] or file


def title_session(texts: Iterable[str]) -> Session | None:
    """The session that a title names; a teacher called Sáng names none."""
    title = " ".join(texts)
    named = session_of(" ".join(_SESSION_TITLE.findall(title)))
    return named or session_of(_PERSON.sub(" ", title))


def named_day(texts: Iterable[str]) -> str:
    """The weekday that a title or a sheet's name is: "THỨ HAI", "Thứ 2 sáng"; empty for none.

    A number alone may count anything.
    """
    days = (_SESSION_AFTER.sub("", text) for text in texts)
    return next((day for day in days if weekday_of(day) and not day.strip().isdigit()), "")
