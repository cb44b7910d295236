"""Which rows are people's: footers, classes written once, who has left, lost zeros."""

from datetime import date
from typing import Any

import pytest

from school.files.decisions import Decisions
from school.files.rosters.people_read import RosterRead
from school.files.rosters.roster import read_roster
from school.files.rosters.roster_change import apply_roster, compare_roster
from school.files.sheets.trouble import FileRefusedError
from school.files.versions import empty_records
from school.school_rows import ClassRow
from tests.school.files_in import made

Rows = list[list[Any]]
HEAD = ["STT", "Họ và tên", "Ngày sinh"]
TITLE = ["DANH SÁCH HỌC SINH LỚP 10A1"]
TWO: Rows = [
    TITLE,
    HEAD,
    [1, "Nguyễn Thị Thu Hà", date(2011, 9, 5)],
    [2, "Trần Văn Đức", "5/9/2011"],
]


def read(rows: Rows, *merges: str) -> RosterRead:
    return read_roster([made.source(made.book({"Sheet1": rows}, merges))])


def codes(found: RosterRead) -> list[tuple[str, int]]:
    return [(e.code, e.place.row) for e in found.errors]


@pytest.mark.parametrize(
    "footer",
    [
        [["Sĩ số: 10 học sinh, nữ: 5"], ["Ấn định danh sách có 10 học sinh"]],
        [
            ["Danh sách này có 10 học sinh"],
            [None, None, "Thanh Hóa, ngày 05 tháng 9 năm 2026"],
            [None, None, "HIỆU TRƯỞNG"],
            [None, None, "Nguyễn Văn Tám"],
        ],
        [[None, "Thanh Hóa, ngày 05 tháng 9 năm 2026"], [None, "KT. HIỆU TRƯỞNG"]],
        [[], [None, "GIÁO VIÊN"], [None, "Trần Thị Hà"], [None, None, "05/09/2026"]],
        [["Tổng: 2"], ["Nữ: 1"]],
    ],
)
def test_signatures_and_totals_are_below_the_list(footer: Rows):
    found = read([*TWO, *footer])
    assert len(found.pupils) == 2
    assert found.errors == ()


@pytest.mark.parametrize("row", [[3, None, "5/9/2011"], [3], ["3.", None, None]])
def test_a_pupil_without_a_name_is_no_footer(row: list[Any]):
    assert codes(read([*TWO, row, ["Sĩ số: 3"]])) == [("no_name", 5)]


@pytest.mark.parametrize("numbers", [[1, 2, 3], ["(1)", "(2)", "(3)"]])
def test_the_numbers_of_columns_are_no_pupil(numbers: list[Any]):
    found = read([*TWO[:2], numbers, *TWO[2:]])
    assert (len(found.pupils), found.errors) == (2, ())


def test_a_name_right_below_the_last_number_is_asked_about():
    assert codes(read([*TWO, [None, "Lê Văn Mới"], ["Sĩ số: 3"]])) == [("no_number", 5)]
    rows = [["STT", "Họ và tên", "Lớp"], [1, "Nguyễn An", "6A"], [None, "Lê Văn Mới", "6A"]]
    assert [p.name for p in read(rows).pupils] == ["Nguyễn An", "Lê Văn Mới"]


def test_a_family_name_is_no_total():
    names = ["Tống Thị Hà", "An Đình Khánh", "Nam", "Nguyễn An"]
    rows = [["Họ và tên", "Lớp"], *([name, "6A"] for name in names)]
    assert [p.name for p in read(rows).pupils] == names


ONCE: Rows = [
    ["DANH SÁCH LỚP 10"],
    ["STT", "Lớp", "Họ và tên"],
    [1, "10A1", "Nguyễn An"],
    [2, None, "Trần Bình"],
    [1, "10A2", "Lê Chi"],
    [2, None, "Hơ Thị"],
]


@pytest.mark.parametrize("merges", [(), ("B3:B4", "B5:B6")])
def test_a_class_written_once_holds_down_to_the_next(merges: tuple[str, ...]):
    found = read(ONCE, *merges)
    assert [p.class_name for p in found.pupils] == ["10A1", "10A1", "10A2", "10A2"]
    assert found.errors == ()


def test_no_empty_cell_of_a_class_is_filled_from_the_title():
    anew = [*ONCE[:4], [1, None, "Lê Chi"], [2, None, "Hơ Thị"]]
    assert codes(read(anew)) == [("no_class", 5), ("no_class", 6)]
    forgotten = [*ONCE[:3], [2, "10A1", "Trần Bình"], [3, None, "Lê Chi"]]
    assert codes(read(forgotten)) == [("no_class", 5)]
    first = [*ONCE[:2], [1, None, "Nguyễn An"], [2, "10A1", "Lê Chi"]]
    assert codes(read(first)) == [("no_class", 3)]
    empty = read([TITLE, ["STT", "Lớp", "Họ và tên"], [1, None, "Nguyễn An"]])
    assert empty.classes == ("10A1",)
    grade = [["LỚP 10"], ["STT", "Lớp", "Họ và tên"], [1, None, "Nguyễn An"]]
    assert codes(read(grade)) == [("no_class", 3)]


@pytest.mark.parametrize(
    ("status", "stays"),
    [
        ("Đang học", True),
        ("Chuyển đến kì 1", True),
        ("Đã chuyển đến 10/2026", True),
        ("Mới chuyển trường về", True),
        ("Lưu ban", True),
        ("Nguy cơ bỏ học", True),
        ("Chuyển lớp", True),
        ("Đã chuyển đi", False),
        ("Chuyển trường (10/2026)", False),
        ("chuyển trường đến THCS Lê Lợi", False),
        ("Bỏ học HK1", False),
        ("Đã nghỉ học", False),
        ("Thôi học từ 5/10", False),
    ],
)
def test_who_has_left_is_told_by_words(status: str, stays: bool):
    rows = [["Họ và tên", "Lớp", "Trạng thái"], ["Nguyễn An", "6A", status], ["Lê Chi", "6A", None]]
    assert len(read(rows).pupils) == 1 + stays


def test_personal_numbers_that_have_all_lost_a_zero():
    rows = [["Mã định danh", "Họ và tên", "Lớp"]]
    rows += [[38211000000 + n, f"Lê {n}", "6A"] for n in range(2)]
    found = read(rows)
    assert codes(found) == [("lost_zeros", 2), ("lost_zeros", 3)]
    assert found.errors[0].params == {"digits": "12"}
    rows[0][0] = "Mã HS"
    assert read(rows).errors == ()


def test_a_sheet_to_choose_from_is_no_list():
    people = [["TT", "Họ đệm", "Tên"], [1, "Nguyễn Văn", "An"]]
    choice = [["STT", "Tên"], [1, "Kinh"], [2, "Mường"]]
    named = [["STT", "Họ và tên"], [1, "Nguyễn An"]]
    for tab in ("DAN_TOC", "Sheet2"):
        found = read_roster([made.source(made.book({"10A1": people, tab: choice}))])
        assert (len(found.pupils), found.errors) == (1, ())
    for tab, errors in (("DM_XA", []), ("Sheet2", [("no_class", 2)])):
        found = read_roster([made.source(made.book({"10A1": people, tab: named}))])
        assert codes(found) == errors


def test_one_class_is_one_class_however_it_is_written():
    spelt = ["10a1", "10A1 ", "10 A1", "Lớp 10A1", "10A1"]
    rows = [["Họ và tên", "Lớp"], *([f"Lê {n}", name] for n, name in enumerate(spelt))]
    found = read(rows)
    assert found.classes == ("10A1",)
    assert {p.class_name for p in found.pupils} == {"10A1"}
    file = empty_records("A", "ab" * 32)
    file.classes.append(ClassRow(id="10-a1", name="10 A1"))
    change = compare_roster(file, found, Decisions(date(2026, 9, 5)))
    assert [row.id for row in apply_roster(file, change, Decisions(date(2026, 9, 5))).classes] == [
        "10-a1"
    ]


def test_two_lists_side_by_side_are_refused():
    rows = [TITLE, ["STT", "Họ và tên", None, "STT", "Họ và tên"], [1, "Lê An", None, 2, "Lê Chi"]]
    with pytest.raises(FileRefusedError) as caught:
        read(rows)
    trouble = caught.value.trouble
    assert (trouble.code, trouble.place.row, trouble.place.column) == ("two_lists", 2, "D")


@pytest.mark.parametrize(
    "title", ["DANH SÁCH HỌC SINH LỚP 9B", "Lớp: 9B - GVCN: Trần Thị Hà", "9 B"]
)
@pytest.mark.parametrize("column", [0, 1])
def test_several_lists_on_one_sheet_are_told_apart_by_their_titles(title, column):
    head = ["STT", "Họ và tên", "Ngày sinh"]
    names = ["Lê Văn An", "Phạm Thị Bình"]
    people = [[n, name, f"0{n}/09/2012"] for n, name in enumerate(names, start=1)]
    between = [[None, "Tổng số: 2 học sinh"], [], [*[None] * column, title], head]
    found = read([["Lớp 9A"], head, *people, *between, *people])
    assert found.errors == ()
    numbered = [(name, n, who) for name in ("9A", "9B") for n, who in enumerate(names, start=1)]
    assert [(p.class_name, p.stt, p.name) for p in found.pupils] == numbered


def test_a_remark_that_names_a_class_is_told_and_moves_nobody():
    found = read([*TWO, ["Học sinh chuyển đến từ lớp 10A2"], [3, "Lê Văn Chín", "6/9/2011"]])
    assert {p.class_name for p in found.pupils} == {"10A1"}
    assert codes(found) == [("no_name", 5)]


def test_a_column_of_classes_counts_more_than_titles_among_the_people():
    rows = [
        ["STT", "Họ và tên", "Lớp"],
        [1, "Lê Văn An", "9A"],
        ["Lớp 9B"],
        [2, "Trần Thị Hà", "9C"],
    ]
    assert [p.class_name for p in read(rows).pupils] == ["9A", "9C"]


@pytest.mark.parametrize("sheet", ["10A1", "10A1 (43)", "10A1 - cô Hà", "Lớp 10 A1", "10A1 HK1"])
def test_a_sheet_is_named_after_its_class(sheet):
    found = read_roster([made.source(made.book({sheet: TWO[1:]}))])
    assert ({p.class_name for p in found.pupils}, found.errors) == ({"10A1"}, ())


@pytest.mark.parametrize("sheet", ["Sheet1", "2026-2027", "Danh sách", "Khối 10", "HK1"])
def test_other_sheets_name_no_class(sheet):
    found = read_roster([made.source(made.book({sheet: TWO[1:]}))])
    assert {e.code for e in found.errors} == {"no_class"}
