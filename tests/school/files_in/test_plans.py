"""Teaching plans: which lesson numbers and gaps are understood."""

from datetime import date
from typing import Any

import pytest

from school.files.timetables.plan_in import PlanRead, read_plan
from tests.school.files_in import made

HEAD = ["Môn", "Khối", "Tiết CT", "Tên bài", "Tuần"]


def read(*rows: list[Any], merges: tuple[str, ...] = (), sheet: str = "Sheet1") -> PlanRead:
    return read_plan([made.source(made.book({sheet: rows}, merges))])


def troubles(found: PlanRead) -> list[tuple[str, int, str, dict[str, str]]]:
    return [(e.code, e.place.row, e.place.column, dict(e.params)) for e in found.errors]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (3, [3]), ("5,7", [5, 7]), ("1, 10", [1, 10]), ("8, 9, 10", [8, 9, 10]), ("3;4", [3, 4]),
        ("2-4", [2, 3, 4]), ("2 – 4", [2, 3, 4]), ("11 đến 12", [11, 12]), ("1, 3-4", [1, 3, 4]),
        ("Tiết 6", [6]), ("Tiết 6, 7", [6, 7]),
    ],
)  # fmt: skip
def test_lesson_numbers(text: object, numbers: list[int]):
    found = read(HEAD, ["Toán", 10, text, "Tập hợp", 1])
    assert ([line.number for line in found.lines], found.errors) == (numbers, ())


@pytest.mark.parametrize("text", ["x", "4-2", "1.1", "1-90", "0", "1,,2", 46115])
def test_other_lesson_numbers_are_told_with_what_stands_there(text: object):
    found = read(HEAD, ["Toán", 10, text, "Tập hợp"])
    assert found.lines == ()
    assert troubles(found) == [("bad_number", 2, "C", {"value": str(text)})]


@pytest.mark.parametrize(
    ("cell", "code", "value"),
    [(1.1, "became_number", "1.1"), (date(2026, 7, 5), "became_date", "5/7")],
)
def test_lesson_numbers_that_a_spreadsheet_has_changed(cell: object, code: str, value: str):
    found = read(HEAD, ["Toán", 10, cell, "Tập hợp"])
    (error,) = found.errors
    assert (error.code, error.place.column, error.params["value"]) == (code, "C", value)


def test_a_title_merged_over_lessons_holds_for_each():
    found = read(HEAD, ["Toán", 10, 1, "Mệnh đề", 1], [None, None, 2], merges=("D2:D3",))
    assert [(p.number, p.title) for p in found.lines] == [(1, "Mệnh đề"), (2, "Mệnh đề")]
    assert found.errors == ()


def test_a_heading_across_the_sheet_is_no_lesson():
    rows = [HEAD, ["HỌC KỲ I"], ["Toán", 10, 1, "Mệnh đề", 1], ["CHƯƠNG II"], [None, None, 2, "Số"]]
    found = read(*rows, HEAD, merges=("A2:E2", "A4:C4"))
    assert [(p.subject, p.number) for p in found.lines] == [("Toán", 1), ("Toán", 2)]
    assert found.errors == ()


def test_a_formula_without_its_result_is_told_of():
    found = read(HEAD, ["Toán", 10, 1, "=Z1"], ["Toán", 10, 2, "Tập hợp"])
    assert troubles(found) == [("formula_empty", 2, "D", {})]
    assert [p.number for p in found.lines] == [2]


def test_a_missing_column_is_named():
    found = read(HEAD[2:], [1, "Mệnh đề"], [2, "Tập hợp"])
    assert troubles(found) == [("no_column", 1, "", {"name": name}) for name in ("Môn", "Khối")]
    found = read(HEAD[2:], [1, "Mệnh đề"], sheet="Toán")
    assert troubles(found) == [("no_column", 1, "", {"name": "Khối"})]
    assert read(HEAD[1:], [10, 1, "Mệnh đề"], sheet="Toán").lines[0].subject == "Toán"


@pytest.mark.parametrize(
    "title",
    [
        "PHÂN PHỐI CHƯƠNG TRÌNH MÔN NGỮ VĂN LỚP 10",
        "PPCT môn: Ngữ văn - Khối 10 - Năm học 2026-2027",
        "Kế hoạch dạy học môn Ngữ văn 10 (lớp 10)",
        "MÔN HỌC/HOẠT ĐỘNG GIÁO DỤC: NGỮ VĂN, KHỐI LỚP 10",
        "Môn học: Ngữ văn (lớp 10A1)",
    ],
)
def test_a_title_says_subject_and_grade(title):
    rows = [["TỔ CHUYÊN MÔN NĂM HỌC 2026"], [title], HEAD[2:], [1, "Mệnh đề", 1]]
    found = read(*rows)
    assert found.errors == ()
    assert [(p.subject, p.grade, p.number) for p in found.lines] == [("Ngữ văn", 10, 1)]
    beside = read(*rows[1:2], HEAD, ["Toán", 11, 1, "Mệnh đề"], sheet="Lịch sử 12")
    assert [(p.subject, p.grade) for p in beside.lines] == [("Toán", 11)]


@pytest.mark.parametrize(
    ("sheet", "subject", "grade"),
    [("Toán 10", "Toán", 10), ("Ngữ văn lớp 6", "Ngữ văn", 6), ("Lịch sử K12", "Lịch sử", 12)],
)
def test_a_sheet_may_be_named_after_both(sheet, subject, grade):
    found = read(HEAD[2:], [1, "Bài mở đầu"], sheet=sheet)
    assert [(p.subject, p.grade) for p in found.lines] == [(subject, grade)]


def test_a_gap_is_named():
    found = read(HEAD, [None, 10, 1, "A"], ["Toán", 10, 2, None], ["Toán", 10, 3, "C"])
    assert troubles(found) == [
        ("no_value", 2, "A", {"name": "Môn"}),
        ("no_value", 3, "D", {"name": "Tên bài"}),
    ]
