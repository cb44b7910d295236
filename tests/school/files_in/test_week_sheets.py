"""Timetables with a sheet for each class, or for each teacher."""

from datetime import date
from typing import Any

import pytest

from school.files.cells import TimetableRead
from school.files.decisions import Decisions
from school.files.timetables.timetable_change import compare_timetable
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

DAYS = ["Thứ 2", "Thứ 3", "Thứ 4", "Thứ 5", "Thứ 6", "Thứ 7"]
WEEK = [
    ["Tiết", *DAYS],
    [1, "Chào cờ", "Toán - Hà"],
    [2, "Ngữ văn - Lan", None, "Tin - Yến+Hưng"],
]
SAID = Decisions(date(2026, 11, 23))
Rows = list[list[Any]]


def read(sheets: dict[str, Rows], merges: tuple[str, ...] = (), name: str = "tkb.xlsx"
         ) -> TimetableRead:  # fmt: skip
    return read_timetable([made.source(made.book(sheets, merges), name)])


def lessons(found: TimetableRead) -> set[tuple[Any, ...]]:
    return {
        (c.group, c.weekday, c.session.value, c.slot, c.subject, *(t.name for t in c.teachers))
        for c in found.cells
    }


IN_10A1 = {
    ("10A1", 1, "S", 1, "Chào cờ"),
    ("10A1", 2, "S", 1, "Toán", "Hà"),
    ("10A1", 1, "S", 2, "Ngữ văn", "Lan"),
    ("10A1", 3, "S", 2, "Tin", "Yến", "Hưng"),
}


@pytest.mark.parametrize("sheet", ["10A1", "Lớp 10A1", "TKB 10A1", "10A1 sáng"])
def test_the_sheet_is_named_after_its_class(sheet: str):
    found = read({sheet: WEEK})
    assert (found.format, found.errors) == ("class-sheets", ())
    assert lessons(found) == IN_10A1


@pytest.mark.parametrize(
    "title",
    ["THỜI KHÓA BIỂU LỚP 10A1", "Lớp: 10A1", "TKB lớp 10A1 - GVCN: Trần Thị Hà",
     "LỚP 10A1    Giáo viên chủ nhiệm: Cô Hà"],
)  # fmt: skip
def test_the_class_stands_in_the_title(title: str):
    assert lessons(read({"Sheet1": [[title], ["Áp dụng từ 23/11/2026"], *WEEK]})) == IN_10A1


def test_every_class_has_its_sheet_with_morning_and_afternoon_as_blocks():
    def sheet(name: str) -> Rows:
        rows: Rows = [[f"THỜI KHÓA BIỂU LỚP {name}"], ["BUỔI SÁNG"], ["Tiết", *DAYS]]
        rows += [[f"Tiết {n}", *[f"Toán - Hà {name}"] * 6] for n in range(1, 6)]
        rows += [["BUỔI CHIỀU"], ["Tiết", *DAYS], ["Tiết 1", None, "Tin - Yến"], []]
        return [*rows, [None, None, "Hiệu trưởng"]]

    names = [f"10A{n}" for n in range(1, 11)]
    found = read({name: sheet(name) for name in names})
    shown = compare_timetable(None, found, SAID).preview()
    assert (shown.slots, shown.classes, shown.errors) == (310, tuple(sorted(names)), ())
    assert ("10A7", 2, "C", 1, "Tin", "Yến") in lessons(found)


def test_sessions_in_a_merged_column():
    rows: Rows = [
        ["Lớp 6A"],
        ["Buổi", "Tiết", *DAYS],
        ["Sáng", 1, "Toán"],
        [None, 2, "Văn"],
        ["Chiều", 1, "Tin"],
        [None, 2, "Nhạc"],
    ]
    found = read({"Sheet1": rows}, merges=("A3:A4", "A5:A6"))
    assert lessons(found) == {
        ("6A", 1, "S", 1, "Toán"), ("6A", 1, "S", 2, "Văn"),
        ("6A", 1, "C", 1, "Tin"), ("6A", 1, "C", 2, "Nhạc"),
    }  # fmt: skip


def test_several_classes_one_below_the_other_on_a_sheet():
    rows = [["Lớp 6A"], ["Tiết", *DAYS], [1, "Toán"], ["Lớp 6B"], ["Tiết", *DAYS], [1, "Văn"]]
    found = read({"Sheet1": rows})
    assert lessons(found) == {("6A", 1, "S", 1, "Toán"), ("6B", 1, "S", 1, "Văn")}


@pytest.mark.parametrize(
    ("sheet", "titles"),
    [
        ("Trần Thị Hà", []),
        ("Sheet1", [["THỜI KHÓA BIỂU"], ["Giáo viên: Trần Thị Hà   Tổ: Toán"]]),
        ("Sheet1", [["TKB GIÁO VIÊN: TRẦN THỊ HÀ - CHỦ NHIỆM LỚP 10A1"]]),
    ],
)
@pytest.mark.parametrize("cell", ["10A1 - Toán", "10A1\nToán", "Toán (10A1)", "10A1 Toán"])
def test_a_sheet_for_each_teacher(sheet: str, titles: Rows, cell: str):
    found = read({sheet: [*titles, ["Tiết", *DAYS], [1, cell, None, "x"], [2, None, "10A2+10A3"]]})
    assert (found.format, found.errors) == ("teacher-sheets", ())
    assert lessons(found) == {
        ("10A1", 1, "S", 1, "Toán", "Trần Thị Hà"),
        ("10A2", 2, "S", 2, "", "Trần Thị Hà"),
        ("10A3", 2, "S", 2, "", "Trần Thị Hà"),
    }


def test_two_teachers_sheets_give_one_lesson_with_both():
    week = [["Tiết", *DAYS], [1, "10A1 - KHTN"]]
    found = read({"Cô Yến": week, "Thầy Hưng": week})
    assert lessons(found) == {("10A1", 1, "S", 1, "KHTN", "Yến", "Hưng")}


def test_a_csv_is_named_by_its_file_or_title():
    text = "Tiết,Thứ 2,Thứ 3\n1,Toán - Hà,\n"
    found = read_timetable([made.source(text, "10A1.csv"), made.source(text, "10A2.csv")])
    assert {c.group for c in found.cells} == {"10A1", "10A2"}


def test_a_slot_that_is_none_is_told_with_its_place_and_remarks_are_passed_over():
    rows = [["Tiết", *DAYS], [1, "Toán"], [13, "Văn"], [14], ["Ghi chú: học từ 7 giờ", "x"]]
    found = read({"10A1": rows})
    assert lessons(found) == {("10A1", 1, "S", 1, "Toán")}
    assert [(e.code, e.place.row, e.place.column) for e in found.errors] == [("bad_slot", 3, "A")]
