"""The first day of a drawn timetable, as its titles say it: "Áp dụng từ ngày 23/11/2026"."""

import re
from collections.abc import Iterator
from datetime import date

from school.files.sheets.grid import cell_place
from school.files.sheets.page import Page
from school.files.sheets.trouble import Trouble
from school.names import fold

_MAX_TITLES = 3  # texts in a row of titles; a row with more holds lessons
_HOLDS = (
    r"(?:ap dung|thuc hien|hieu luc|bat dau)\b[^0-9]{0,40}?\btu|\btu(?= *(?:thu [^,]+, *)?ngay\b)"
)
_DAY = r"([0-9]{1,2}) *(?:[/.-]|thang) *([0-9]{1,2})(?: *(?:[/.-]|,? *nam) *([0-9]{4}))?(?![0-9])"
_SAID = re.compile(rf"(?:{_HOLDS})\b *(?:thu (?:[2-7]|[a-z]+)\b,? *)?(?:ngay)? *:? *{_DAY}")
_SCHOOL_YEAR = re.compile(r"\b(20[0-9]{2}) *[-–/] *(20[0-9]{2})\b")
_YEAR_BEGINS = 7  # month


def first_day_of(page: Page) -> date | Trouble | None:
    """The first day that the titles of a page name; None where they name none.

    A day without its year is of the school year that a title names. No such day is a trouble.
    """
    for row, column, text in _titles(page):
        if match := _SAID.search(text):
            year = int(match[3]) if match[3] else _year_of(page, int(match[2]))
            if year is None:
                return None
            try:
                return date(year, int(match[2]), int(match[1]))
            except ValueError:
                value = f"{match[1]}/{match[2]}/{year}"
                return Trouble("bad_first_day", cell_place(page, row, column), {"value": value})
    return None


def _year_of(page: Page, month: int) -> int | None:
    for _, _, text in _titles(page):
        match = _SCHOOL_YEAR.search(text)
        if match and int(match[2]) == int(match[1]) + 1:
            return int(match[1] if month >= _YEAR_BEGINS else match[2])
    return None


def _titles(page: Page) -> Iterator[tuple[int, int, str]]:
    for row, line in sorted(page.texts.items()):
        if len(line) <= _MAX_TITLES:
            for column, text in sorted(line.items()):
                yield row, column, fold(" ".join(text.split()))
