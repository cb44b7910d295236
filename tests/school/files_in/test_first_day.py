"""The titles of drawn timetables say from when they hold."""

from datetime import date
from typing import Any

import pytest

from school.files.cells import TimetableRead
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

Rows = list[list[Any]]
GRID: Rows = [["Thứ", "Tiết", "10A1", "10A2", "10A3"], ["Thứ 2", 1, "Toán - Hà", "Văn - Lan", ""]]
WEEK: Rows = [["Tiết", "Thứ 2", "Thứ 3"], [1, "Toán", "Văn"], [2, "Văn", "Toán"]]
NAMES = ["Lan", "Hà"]
TEACHERS: Rows = [
    ["Giáo viên", "Thứ 2", None, "Thứ 3", None],
    [None, 1, 2, 1, 2],
    *([name, "10A1", "10A2", "", ""] for name in NAMES),
]


def read(*rows: list[Any], sheet: str = "TKB") -> TimetableRead:
    return read_timetable([made.source(made.book({sheet: list(rows)}))])


@pytest.mark.parametrize(
    "title",
    [
        "Áp dụng từ ngày 23/11/2026",
        "THỜI KHÓA BIỂU SỐ 5 (áp dụng từ 23-11-2026)",
        "Thực hiện từ thứ 2, ngày 23/11/2026",
        "Thực hiện từ Thứ Hai ngày 23 tháng 11 năm 2026",
        "Có hiệu lực kể từ ngày: 23.11.2026",
        "Bắt đầu từ ngày 23/11/2026 đến ngày 15/01/2027",
        "(Từ ngày 23/11/2026)",
        "Ap dung tu 23/11/2026",
        "TKB HK I năm học 2026-2027, áp dụng từ 23/11",
        "Áp dụng từ\n23/11/2026",
    ],
)
@pytest.mark.parametrize("rows", [GRID, WEEK, TEACHERS])
def test_a_title_names_the_first_day(title, rows):
    found = read([title], [], *rows, sheet="10A1")
    assert (found.valid_from, found.errors) == (date(2026, 11, 23), ())


def test_the_year_of_a_short_day_is_the_school_years():
    school_year = ["Năm học 2026 – 2027"]
    assert read(school_year, ["Áp dụng từ 05/9"], *GRID).valid_from == date(2026, 9, 5)
    assert read(school_year, ["Áp dụng từ 18/01"], *GRID).valid_from == date(2027, 1, 18)
    assert read(["Áp dụng từ 18/01"], *GRID).valid_from is None
    assert read(["Năm học 2026 - 2029"], ["Áp dụng từ 18/01"], *GRID).valid_from is None


@pytest.mark.parametrize(
    "text",
    [
        "Thanh Hóa, ngày 20 tháng 11 năm 2026",
        "In lúc 20/11/2026",
        "Áp dụng từ tuần 12",
        "Đến ngày 20/11/2026",
        "Từ 7h00 ngày 20/11/2026",
        "Năm học 2026-2027",
    ],
)
def test_other_days_are_not_the_first(text):
    found = read([text], *GRID, [None, None, None, None, text])
    assert (found.valid_from, found.errors) == (None, ())


def test_a_note_below_the_lessons_counts_too():
    assert read(*GRID, [], ["Ghi chú: TKB áp dụng từ 23/11/2026"]).valid_from == date(2026, 11, 23)


def test_no_such_day_is_told_in_its_place_and_the_lessons_stay():
    found = read(["TKB"], [None, "Áp dụng từ ngày 31/11/2026"], *GRID)
    (error,) = found.errors
    assert (error.code, error.place.row, error.place.column) == ("bad_first_day", 2, "B")
    assert error.params["value"] == "31/11/2026"
    assert (len(found.cells), found.valid_from) == (2, None)


def test_sheets_that_hold_from_different_days_are_told():
    sheets = {
        "Sáng": [["Áp dụng từ 23/11/2026"], *GRID],
        "Chiều": [["Áp dụng từ 30/11/2026"], *GRID],
    }
    found = read_timetable([made.source(made.book(sheets))])
    assert [error.code for error in found.errors] == ["several_days"]
    same = {name: [["Áp dụng từ 23/11/2026"], *GRID] for name in ("Sáng", "Chiều")}
    both = read_timetable([made.source(made.book(same))])
    assert (both.valid_from, len(both.cells)) == (date(2026, 11, 23), 4)
