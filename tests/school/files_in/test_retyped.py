"""What a spreadsheet makes of a text: refused wherever a text is meant, with the cure."""

from datetime import date, datetime, time
from typing import Any

import pytest

from school.files.rosters.roster import read_roster
from school.files.sheets.grid import Typed
from school.files.sheets.retyped import retyped
from school.files.sheets.source import Source
from school.files.timetables.plan_in import read_plan
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

Rows = list[list[Any]]
DAY = date(2026, 1, 6)
FLAT = ["Lớp", "Thứ", "Buổi", "Tiết", "Môn", "Giáo viên", "Phòng", "Áp dụng từ"]
LESSON: list[Any] = ["6A", 2, "Sáng", 1, "Toán", "Hà", "P.2", DAY]
PUPIL = ["STT", "Họ và tên", "Lớp", "Mã HS", "Ngày sinh", "Giới tính"]
AN: list[Any] = [1, "Nguyễn An", "6/1", "HS001", DAY.replace(year=2014), "Nam"]


def errors(read: Any, rows: Rows) -> list[tuple[str, int, str]]:
    found = read([made.source(made.book({"S": rows}))])
    return [(e.code, e.place.row, e.place.column) for e in found.errors]


@pytest.mark.parametrize("column", range(7))
@pytest.mark.parametrize(
    ("cell", "code"), [(DAY, "became_date"), (time(7, 0), "became_time"), (6.1, "became_number")]
)
def test_every_text_of_a_list_of_lessons(column: int, cell: object, code: str):
    row = [*LESSON[:column], cell, *LESSON[column + 1 :]]
    is_day = cell is DAY and FLAT[column] == "Thứ"  # a date is a day
    expected = [] if is_day else [(code, 3, "ABCDEFG"[column])]
    assert errors(read_timetable, [FLAT, LESSON, row]) == expected
    assert errors(read_timetable, [FLAT, LESSON]) == []


@pytest.mark.parametrize("column", [0, 2, 3, 5])
@pytest.mark.parametrize(("cell", "code"), [(DAY, "became_date"), (6.1, "became_number")])
def test_every_text_of_a_list_of_pupils(column: int, cell: object, code: str):
    row = [*AN[:column], cell, *AN[column + 1 :]]
    row[1] = "Trần Bình"
    assert errors(read_roster, [PUPIL, AN, row]) == [(code, 3, "ABCDEF"[column])]


@pytest.mark.parametrize(
    ("row", "column"), [(2, "B"), (2, "C"), (2, "D"), (1, "D")]
)  # fmt: skip
def test_every_text_of_a_grid(row: int, column: str):
    rows: Rows = [["Thứ", "Tiết", "6A", "6B", "6C"], [2, 1, "Toán - Hà", "Văn - Lan", "Sử - Nga"],
                  [3, 1, "Toán - Hà", "Văn - Lan", "Sử - Nga"]]  # fmt: skip
    rows[row - 1]["ABCDE".index(column)] = DAY
    assert ("became_date", row, column) in errors(read_timetable, rows)


def test_the_clock_beside_lessons_is_no_text():
    rows: Rows = [["Thứ", "Tiết", "Thời gian", "6A", "6B"], [2, 1, time(7), "Toán", "Văn"]]
    assert errors(read_timetable, rows) == []


def test_lesson_numbers_of_a_plan():
    rows: Rows = [["Môn", "Khối", "Tiết CT", "Tên bài"], ["Toán", 6, DAY, "Tập hợp"]]
    assert errors(read_plan, rows) == [("became_date", 2, "C")]


@pytest.mark.parametrize(
    ("cell", "code", "value"),
    [
        ("3.8E+11", "became_number", "3.8E+11"), ("3,80123E+11", "became_number", "3,80123E+11"),
        (3.8e17, "became_number", "380000000000000000"), (6.5, "became_number", "6.5"),
        ("6-Jan", "became_date", "6/1"), ("Jan-06", "became_date", "1/6"),
        ("06-Thg1", "became_date", "6/1"), ("2026-01-06", "became_date", "6/1"),
        ("06/01/2026", "became_date", "6/1"), ("2026-01-06 00:00:00", "became_date", "6/1"),
        (Typed(46028, "date"), "became_date", "6/1"),
        (Typed(0.2917, "time"), "became_time", "7:00"),
        (Typed(0, "formula"), "formula_empty", ""),
    ],
)  # fmt: skip
def test_what_a_cell_was_turned_into(cell: Any, code: str, value: str):
    wrong = retyped(cell)
    assert wrong is not None
    assert (wrong[0], wrong[1].get("value", "")) == (code, value)


@pytest.mark.parametrize("cell", ["6/1", "7.1", "10A1", "10E1", "1E2", 10.0, 380123456789.0, "P.2",
                                  "", None, "Chuyên 1-2", "An-Jan"])  # fmt: skip
def test_what_was_typed_so(cell: Any):
    assert retyped(cell) is None


def test_class_names_that_look_like_large_numbers_stay():
    rows: Rows = [["STT", "Họ và tên", "Lớp"], [1, "Nguyễn An", "10E1"], [2, "Trần Bình", "6E2"]]
    assert errors(read_roster, rows) == []


@pytest.mark.parametrize(
    ("text", "day"),
    [("2014-03-05T00:00:00.000Z", date(2014, 3, 5)), ("2014-03-04T17:00:00.000Z", date(2014, 3, 5)),
     ("2014-03-05T00:00:00", date(2014, 3, 5)), ("2014-03-05 10:30:00", date(2014, 3, 5))],
)  # fmt: skip
def test_a_day_with_its_time(text: str, day: date):
    rows = f"STT,Họ và tên,Lớp,Ngày sinh\n1,Nguyễn An,6A,{text}\n"
    (pupil,) = read_roster([Source("ds.csv", rows.encode())]).pupils
    assert pupil.birth == day


def test_a_cell_with_day_and_time_is_a_day():
    rows: Rows = [PUPIL, [*AN[:4], datetime(2014, 3, 5, 10, 30), "Nam"]]  # noqa: DTZ001
    (pupil,) = read_roster([made.source(made.book({"S": rows}))]).pupils
    assert pupil.birth == date(2014, 3, 5)
