"""Headings in groups and in two rows, names in two columns, classes in titles."""

from datetime import date
from typing import Any

import pytest

from school.files.class_names import class_in, class_name_of
from school.files.rosters.people_read import RosterRead
from school.files.rosters.roster import read_roster
from school.files.sheets.trouble import FileRefusedError
from tests.school.files_in import made

Rows = list[list[Any]]
BORN = date(2011, 2, 1)


def read(rows: Rows, *merges: str, sheet: str = "Sheet1") -> RosterRead:
    return read_roster([made.source(made.book({sheet: rows}, merges))])


GROUPED: Rows = [
    ["STT", "Học sinh", None, None, "Lớp", "Cha", None],
    [None, "Họ và tên", "Ngày sinh", "Giới tính", None, "Họ và tên", "Ngày sinh"],
    [1, "Nguyễn Văn An", BORN, "Nam", "6A", "Cha X", date(1980, 1, 1)],
]


@pytest.mark.parametrize(
    "merges", [("B1:D1",), ("B1:D1", "F1:G1", "A1:A2", "E1:E2"), ("F1:G1",), ()]
)
def test_a_group_of_pupils_columns_is_no_name(merges: tuple[str, ...]):
    found = read(GROUPED, *merges)
    assert found.errors == ()
    (pupil,) = found.pupils
    assert (pupil.name, pupil.birth, pupil.gender) == ("Nguyễn Văn An", BORN, "Nam")
    assert (pupil.class_name, pupil.stt) == ("6A", 1)


def test_a_column_of_the_group_that_no_map_names_is_not_read():
    rows = [
        ["STT", "Học sinh", None, "Lớp"],
        [None, "Họ và tên", "Nơi sinh", None],
        [1, "Nguyễn Văn An", "Thanh Hóa", "6A"],
    ]
    assert read(rows, "B1:C1").pupils[0].name == "Nguyễn Văn An"


@pytest.mark.parametrize("value", [BORN, "01/02/2011", 12.0])
def test_a_day_or_a_number_never_becomes_part_of_a_name(value: object):
    rows = [["STT", "Họ và tên", None, "Lớp"], [1, "Nguyễn Văn An", value, "6A"]]
    found = read(rows, "B1:C1")
    assert found.pupils == ()
    assert [(e.code, e.place.row, e.place.column) for e in found.errors] == [
        ("name_number", 2, "C")
    ]


def test_births_of_boys_and_girls_in_two_columns():
    rows = [
        ["STT", "Họ và tên", "Ngày sinh", None, "Lớp"],
        [None, None, "Nam", "Nữ", None],
        [1, "Nguyễn An", BORN, None, "6A"],
        [2, "Lê Chi", None, BORN, "6A"],
    ]
    found = read(rows, "A1:A2", "B1:B2", "C1:D1", "E1:E2")
    assert [p.birth for p in found.pupils] == [BORN, BORN]
    assert found.errors == ()


def test_a_caption_above_the_headings_is_none_of_them():
    rows = [["Lớp", "6A"], ["STT", "Họ và tên", "Lớp"], [1, "Nguyễn Văn An", "6A"]]
    assert [(p.stt, p.class_name) for p in read(rows).pupils] == [(1, "6A")]


def test_the_first_pupil_of_a_text_table_is_no_second_row_of_headings():
    text = "STT,Họ đệm,Tên,Lớp\n1,Hồ,An,6A\n2,Lê Văn,Tô,6A\n"
    found = read_roster([made.source(text, "ds.csv")])
    assert [p.name for p in found.pupils] == ["Hồ An", "Lê Văn Tô"]


HEADS = ["STT", "Họ và tên", None, "Ngày sinh", "Lớp"]


def test_the_given_name_may_stand_in_a_column_without_a_heading():
    rows = [HEADS] + [
        [n, family, given, "05/09/2011", "10A1"]
        for n, (family, given) in enumerate(
            [("Nguyễn Thị Thu", "Hà"), ("Giàng A", "Páo"), ("Hơ", "Thị")], 1
        )
    ]
    assert [p.name for p in read(rows).pupils] == ["Nguyễn Thị Thu Hà", "Giàng A Páo", "Hơ Thị"]
    text = "\n".join(";".join(str(value or "") for value in row) for row in rows)
    assert read_roster([made.source(text, "ds.csv")]).pupils[0].name == "Nguyễn Thị Thu Hà"


@pytest.mark.parametrize(
    "beside",
    [
        ["Nam", "Nữ", "Nữ", "Nam"],
        ["Kinh", "Kinh", "Kinh", "Mường"],
        ["lớp trưởng", None, None, None],
        ["Hà", None, "Bình", None],
        ["01/02/2011", "Hà", "An", "Bình"],
    ],
)
def test_another_column_without_a_heading_is_asked_about(beside: list[str | None]):
    rows = [HEADS] + [[n, f"Lê Văn {n}", b, "05/09/2011", "6A"] for n, b in enumerate(beside, 1)]
    with pytest.raises(FileRefusedError) as caught:
        read(rows)
    trouble = caught.value.trouble
    assert (trouble.code, trouble.place.row, trouble.place.column) == ("unheaded", 1, "C")


def test_an_empty_column_without_a_heading_says_nothing():
    rows = [HEADS, [1, "Lê Văn An", None, "05/09/2011", "6A"]]
    assert read(rows).pupils[0].name == "Lê Văn An"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("DANH SÁCH HỌC SINH LỚP 10A1 - NĂM HỌC 2026-2027", "10A1"),
        ("DANH SÁCH HỌC SINH LỚP 10 A1 - NĂM HỌC 2026-2027", "10A1"),
        ("DANH SÁCH LỚP 10 A NĂM HỌC 2026-2027", "10A"),
        ("LỚP 10 CHUYÊN TOÁN - NĂM HỌC 2026-2027", "10 CHUYÊN TOÁN"),
        ("Lớp 10 Chuyên Ngữ văn năm học 2026-2027", "10 Chuyên Ngữ văn"),
        ("Lớp: 6 CLC, học kỳ I", "6 CLC"),
        ("LỚP : 7/3", "7/3"),
        ("LỚP 7 / 3 HK I", "7/3"),
        ("LỚP 10A1-NĂM HỌC 2026", "10A1"),
        ("LỚP 10-A1", "10-A1"),
        ("LỚP 10A1 (45 HS)", "10A1"),
        ("LỚP 6.2 GVCN: Hà", "6.2"),
        ("LỚP 10 - NĂM HỌC 2026-2027", "10"),
        ("LỚP 3 TRƯỜNG TIỂU HỌC SỐ 2", "3"),
        ("LỚP 10 TRÚNG TUYỂN ĐỢT 1", ""),
        ("DANH SÁCH LỚP CHUYÊN", ""),
        ("LỚP 2026", ""),
    ],
)
def test_a_class_is_read_whole_from_a_title_or_not_at_all(title: str, name: str):
    assert class_in(title) == name
    rows = [[title], ["STT", "Họ và tên"], [1, "Nguyễn An"]]
    found = read(rows)
    assert found.classes == ((name,) if name else ())
    assert [e.code for e in found.errors] == ([] if name else ["no_class"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" Lớp 10A1 ", "10A1"),
        ("Lớp: 10A1", "10A1"),
        ("Lớp10A1", "10A1"),
        ("10 A1", "10A1"),
        ("10 A 1", "10A1"),
        ("7 / 3", "7/3"),
        ("10 Chuyên Toán", "10 Chuyên Toán"),
        ("10A1 nhóm 1", "10A1 nhóm 1"),
    ],
)
def test_the_parts_of_a_classs_name_are_put_together(text: str, name: str):
    assert class_name_of(text) == name


@pytest.mark.parametrize(
    ("tab", "name"), [("10 A1", "10A1"), ("10 Chuyên Toán", "10 Chuyên Toán"), ("2026-2027", "")]
)
def test_a_tab_may_be_the_classs_name(tab: str, name: str):
    found = read([["STT", "Họ và tên"], [1, "Nguyễn An"]], sheet=tab)
    assert found.classes == ((name,) if name else ())
