"""Grids and week sheets as schools draw them: merged cells, headings, separators, numbering."""

from datetime import date
from typing import Any

import pytest

from school.files.cells import TimetableRead
from school.files.decisions import Decisions
from school.files.sheets.labels import session_of, weekday_of
from school.files.timetables.lesson_texts import split_lesson
from school.files.timetables.timetable_in import read_timetable
from school.records import Session
from tests.school.files_in import made
from tests.school.files_in.made import DAYS

Rows = list[list[Any]]
CLASSES = ["10A1", "10A2", "10A3"]


def read(rows: Rows, *merges: str, sheet: str = "TKB") -> TimetableRead:
    return read_timetable([made.source(made.book({sheet: rows}, merges))])


def grid(*headings: str, slots: int = 5, first: int = 1, days: list[str] = DAYS) -> Rows:
    """Every slot of every class has a lesson."""
    rows: Rows = [["Thứ", "Tiết", *headings]]
    for day in days:
        for slot in range(first, first + slots):
            named = day if slot == first else None
            rows.append([named, slot, *[f"Môn {n} - Hà {n}" for n in range(len(headings))]])
    return rows


def slots(found: TimetableRead) -> set[tuple[str, int, str, int]]:
    return {(c.group, c.weekday, c.session.value, c.slot) for c in found.cells}


def troubles(found: TimetableRead) -> list[tuple[str, int, str]]:
    return [(e.code, e.place.row, e.place.column) for e in found.errors]


def test_a_text_merged_over_classes_or_slots_holds_for_each():
    rows = grid(*CLASSES)
    rows[1][2:] = ["CHÀO CỜ", None, None]
    rows[3][2] = None
    found = read(rows, "C2:E2", "C3:C4")
    assert (len(found.cells), found.errors) == (90, ())
    ceremony = {c.group for c in found.cells if c.subject == "CHÀO CỜ"}
    assert ceremony == set(CLASSES)
    double = [c for c in found.cells if c.group == "10A1" and c.weekday == 1 and c.slot in {2, 3}]
    assert [(c.subject, c.teachers[0].name) for c in double] == [("Môn 0", "Hà 0")] * 2


def test_merged_cells_of_a_teacher_and_of_a_week_sheet():
    rows = [["Giáo viên", "Thứ 2", None, None, "Thứ 3"], [None, 1, 2, 3, 1], ["Hà", "10A1"]]
    assert slots(read(rows, "B3:C3")) == {("10A1", 1, "S", 1), ("10A1", 1, "S", 2)}
    week = [["Tiết", *DAYS], [1, "Toán"], [2, None, "Văn", None]]
    found = read(week, "B2:B3", "C3:D3", sheet="10A1")
    assert {(c.weekday, c.slot, c.subject) for c in found.cells} == {
        (1, 1, "Toán"), (1, 2, "Toán"), (2, 2, "Văn"), (3, 2, "Văn")}  # fmt: skip


def test_a_free_half_day_merged_over_its_slots_is_no_lesson():
    rows = grid(*CLASSES)
    rows[1][2:] = ["NGHỈ", None, None]
    assert len(read(rows, "C2:E2").cells) == 87


@pytest.mark.parametrize(
    "heading",
    ["10 A3", "10A3 (P.203)", "10A3\nGVCN: Cô Hà", "10A3\n(45 HS)", "Lớp 10A3", "10A3 - P.203",
     "10A3 – GVCN: Hà"],
)  # fmt: skip
def test_a_class_heading_may_say_more_than_the_class(heading: str):
    found = read(grid("10A1", "10A2", heading))
    assert ({c.group for c in found.cells}, len(found.cells)) == (set(CLASSES), 90)
    assert found.errors == ()


@pytest.mark.parametrize(("heading", "code"), [("Đội tuyển", "bad_class"), ("", "no_heading")])
def test_a_column_of_lessons_that_no_class_heads_is_one_error(heading: str, code: str):
    rows = grid("10A1", "10A2", heading)
    assert troubles(read(rows)) == [(code, 1, "E")]
    rows[0][4] = "Ghi chú"
    assert read(rows).errors == ()


def test_lessons_without_a_teacher_or_a_slot_above_them_are_told_of():
    head = [["Giáo viên", "Thứ 2", None, "Thứ 3"], [None, 1, 2, 1]]
    assert troubles(read([*head, ["Hà", "10A1"], [None, "10A2"]])) == [("no_value", 4, "A")]
    found = read([*head, ["Hà", "10A1", None, None, "10A2"], ["Yến", "10A3", None, None, "10A2"]])
    assert {code for code, _, _ in troubles(found)} == {"no_heading"}


def test_a_day_of_a_week_sheet_that_is_none_is_told_of_once():
    week = [
        ["Tiết", "Thứ 2", "Thứ 3", "Thứ X"],
        [1, "Toán", "Văn", "Tin"],
        [2, "Toán", None, "Tin"],
    ]
    assert troubles(read(week, sheet="10A1")) == [("bad_weekday", 1, "D")]


@pytest.mark.parametrize("cell", ["5A", "10A1 - Toán", "10A1\nToán"])
def test_a_row_of_classes_is_no_row_of_lesson_numbers(cell: str):
    title = [["THỜI KHÓA BIỂU GIÁO VIÊN: Nguyễn Thị Lan"], ["Tiết", *DAYS]]
    found = read([*title, *[[n, *[cell] * 6] for n in range(1, 6)]], sheet="Nguyễn Thị Lan")
    assert (found.format, len(found.cells), found.errors) == ("teacher-sheets", 30, ())
    assert {c.slot for c in found.cells} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("name", ["Nguyễn Văn Sang", "Trần Thị Tới", "Lê Văn Sáng"])
def test_a_teacher_may_be_called_like_a_session(name: str):
    week: Rows = [["Tiết", *DAYS], *[[n, "10A1 - Toán"] for n in range(1, 9)]]
    titled = [[f"Thời khóa biểu giáo viên: {name}"], *week]
    for found in (read(week, sheet=name), read(titled, sheet=name), read(titled)):
        assert {(c.session.value, c.slot) for c in found.cells} == {
            *(("S", n) for n in range(1, 6)), *(("C", n) for n in range(1, 4))}  # fmt: skip
        assert {t.name for c in found.cells for t in c.teachers} == {name}


def test_names_of_people_in_a_title_are_no_session():
    rows = [["GVCN", "", "Cô Sáng"], *grid("10A1", "10A2"), ["", "", "Thầy Sáng"]]
    rows += grid("10A1", "10A2", first=6, slots=3)
    assert {c.session for c in read(rows).cells} == {Session.MORNING, Session.AFTERNOON}


@pytest.mark.parametrize(
    ("text", "session"),
    [("TKB buổi sáng", "S"), ("tkb-chieu", "C"), ("BUỔI CHIỀU", "C"), ("Tối", "T"),
     ("TKB buoi sang tuần 12", "S"), ("Nguyễn Văn Sang", None), ("Sáng - Chiều", None)],
)  # fmt: skip
def test_a_session_in_a_text(text: str, session: str | None):
    found = session_of(text)
    assert (found.value if found else None) == session


def test_a_formula_without_its_result_is_one_error_each():
    rows = grid(*CLASSES)
    rows[1][2], rows[5][3] = "=Z1", "=Z2"
    found = read(rows)
    assert troubles(found) == [("formula_empty", 2, "C"), ("formula_empty", 6, "D")]
    assert len(found.cells) == 88
    teacher = [["Giáo viên", "Thứ 2", None, "Thứ 3"], [None, 1, 2, 1], ["Hà", "=Z1", "10A1"]]
    assert troubles(read(teacher)) == [("formula_empty", 3, "B")]
    week = [["Tiết", *DAYS], [1, "Toán", "=Z1"]]
    assert troubles(read(week, sheet="10A1")) == [("formula_empty", 2, "C")]
    flat = [["Lớp", "Thứ", "Tiết", "Môn"], ["6A", 2, 1, "=Z1"], ["6A", "=Z2", 2, "Toán"]]
    assert troubles(read(flat)) == [("formula_empty", 2, "D"), ("formula_empty", 3, "B")]


@pytest.mark.parametrize("first", [1, 6])
def test_an_afternoon_may_go_on_counting_from_the_morning(first: int):
    rows = [["BUỔI SÁNG"], *grid(*CLASSES), ["BUỔI CHIỀU"], *grid(*CLASSES, first=first, slots=4)]
    found = read(rows)
    assert (len(found.cells), found.errors) == (162, ())
    afternoon = {c.slot for c in found.cells if c.session is Session.AFTERNOON}
    assert afternoon == {1, 2, 3, 4}


def test_an_afternoon_that_counts_anew_may_have_a_sixth_lesson():
    rows = [["BUỔI CHIỀU"], *grid(*CLASSES, slots=6, days=["Thứ 2"])]
    for row in rows[2:7]:
        row[2:] = [None] * 3
    assert {c.slot for c in read(rows).cells} == {6}


def test_subject_and_teacher_in_columns_of_their_own():
    rows: Rows = [["Thứ", "Tiết", "10A1", None, "10A2", None, None]]
    rows += [[None, None, "Môn", "GV", "Môn", "GV", "Phòng"]]
    rows += [["Thứ 2", 1, "Chào cờ", None, "Toán", "Hà", "P.2"]]
    rows += [[None, 2, "Toán", "Hà, Yến", "Văn", None, None]]
    found = read(rows, "C1:D1", "E1:G1", "C3:D3")
    assert found.errors == ()
    assert [(c.group, c.slot, c.subject, [t.name for t in c.teachers], c.room) for c in found.cells
            ] == [("10A1", 1, "Chào cờ", [], ""), ("10A1", 2, "Toán", ["Hà", "Yến"], ""),
                  ("10A2", 1, "Toán", ["Hà"], "P.2"), ("10A2", 2, "Văn", [], "")]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "lesson"),
    [
        ("Toán, Hà", ("Toán", "Hà", "")),
        ("Toán–Hà", ("Toán", "Hà", "")),
        ("Toán - Hà", ("Toán", "Hà", "")),
        ("Toán-Hà", ("Toán", "Hà", "")),
        ("Toán: Hà", ("Toán", "Hà", "")),
        ("Toán_Hà", ("Toán", "Hà", "")),
        ("Toán/Hà", ("Toán", "Hà", "")),
        ("Lý/Hóa", ("Lý/Hóa", "", "")),
        ("Ngữ văn(Hà)", ("Ngữ văn", "Hà", "")),
        ("Toán\n(Hà)", ("Toán", "Hà", "")),
        ("Tiếng Anh-C.Hà-P.201", ("Tiếng Anh", "C.Hà", "P.201")),
        ("Tiếng Anh - C.Hà (P.201)", ("Tiếng Anh", "C.Hà", "P.201")),
        ("Tin - Yến, Hưng\nPhòng máy 2", ("Tin", "Yến, Hưng", "Phòng máy 2")),
        ("Tin\nC.P.Nga\nP.201", ("Tin", "C.P.Nga", "P.201")),
        ("Tin - Phong", ("Tin", "Phong", "")),
        ("Tin - P.201", ("Tin", "", "P.201")),
        ("GDKT-PL-Hà", ("GDKT-PL", "Hà", "")),
        ("HĐTN - SHL", ("HĐTN - SHL", "", "")),
        ("KHTN - Yến _(109_01)", ("KHTN", "Yến _(109_01)", "")),
    ],
)
def test_subject_teacher_and_room_in_one_cell(text: str, lesson: tuple[str, str, str]):
    assert split_lesson(text) == [lesson]


def test_two_lines_with_subject_and_teacher_are_two_groups():
    assert split_lesson("Tin–Hà\nAnh–Nga") == [("Tin", "Hà", ""), ("Anh", "Nga", "")]


@pytest.mark.parametrize(
    ("cell", "lessons"),
    [
        ("Toán 10A1", {("10A1", "Toán", "")}),
        ("10A1 Toán", {("10A1", "Toán", "")}),
        ("10A1,10A2", {("10A1", "", ""), ("10A2", "", "")}),
        ("10A1; 10A2 - Tin", {("10A1", "Tin", ""), ("10A2", "Tin", "")}),
        ("Tin (10A1 & 10A2)", {("10A1", "Tin", ""), ("10A2", "Tin", "")}),
        ("10A1\n10A2", {("10A1", "", ""), ("10A2", "", "")}),
        ("10A1 - Tin\n10A2 - Anh", {("10A1", "Tin", ""), ("10A2", "Anh", "")}),
        ("Tin - 10A1 - P.201", {("10A1", "Tin", "P.201")}),
        ("GDKT-PL 10A1", {("10A1", "GDKT-PL", "")}),
        ("Tin-10A1", {("10A1", "Tin", "")}),
        ("10A1-SHL", {("10A1", "SHL", "")}),
        ("7/3 Toán", {("7/3", "Toán", "")}),
        ("10A1 nhóm 2 - Tin", {("10A1 nhóm 2", "Tin", "")}),
        ("HSG 12 - Toán", {("HSG 12", "Toán", "")}),
        ("HSG 10A1 - Toán", {("HSG 10A1", "Toán", "")}),
        ("SHDC", set()),
    ],
)
def test_classes_and_subject_in_a_teachers_cell(cell: str, lessons: set[tuple[str, str, str]]):
    found = read([["Giáo viên", "Thứ 2", None, "Thứ 3"], [None, 1, 2, 1], ["Hà", "9A", cell]])
    assert {(c.group, c.subject, c.room) for c in found.cells} == lessons | {("9A", "", "")}
    assert found.errors == ()


def test_a_list_of_classes_cut_short_is_told_of():
    found = read([["Giáo viên", "Thứ 2", None, "Thứ 3"], [None, 1, 2, 1], ["Hà", "10A1,2"]])
    assert (found.cells, troubles(found)) == ((), [("bad_class", 3, "B")])


def test_the_corner_and_short_forms_of_days():
    week = [["Thứ", *DAYS], [1, "Toán - Hà"], [2, "Văn - Lan"]]
    found = read(week, sheet="10A1")
    assert (found.format, len(found.cells)) == ("class-sheets", 2)
    days = ["T.Hai", "T. Ba", "T Tư", "T.5", "Thứ Sáu", "BẢY"]
    assert [weekday_of(day) for day in days] == [1, 2, 3, 4, 5, 6]
    assert (weekday_of("Thứ"), weekday_of("Thu")) == (None, 4)
    assert len(read(grid("10A1", "10A2", days=days)).cells) == 60


def test_lessons_beside_a_long_lesson_number_are_read():
    found = read(
        [["Thứ", "Tiết", "10A1", "10A2"], ["Thứ 2", "Tiết 1 (7h00 - 7h45)", "Toán", "Văn"]]
    )
    assert len(found.cells) == 2


def test_subject_and_teacher_one_below_the_other_under_one_lesson_number():
    rows: Rows = [["Thứ", "Tiết", *CLASSES], ["Thứ 2", 1, "Toán", "Văn", "Chào cờ"]]
    rows += [[None, None, "Hà", "Nga", None], [None, 2, "Tin", "Lý", None], [None, None, "Yến"]]
    found = read(rows, "B2:B3", "B4:B5", "E2:E3")
    assert [(c.group, c.slot, c.subject, [t.name for t in c.teachers]) for c in found.cells] == [
        ("10A1", 1, "Toán", ["Hà"]), ("10A1", 2, "Tin", ["Yến"]), ("10A2", 1, "Văn", ["Nga"]),
        ("10A2", 2, "Lý", []), ("10A3", 1, "Chào cờ", [])]  # fmt: skip
    assert found.errors == ()


def test_lessons_without_a_number_between_others_are_told_of():
    rows: Rows = [["Thứ", "Tiết", *CLASSES], [None, None, "Hà", "Nga", "Yến"]]
    rows += [["Thứ 2", 1, "Toán", "Văn", "Lý"], [None, None, "RA CHƠI", "RA CHƠI", "RA CHƠI"]]
    rows += [[None, None, "Tin", "Anh", "Sử"], [None, 3, "Tin", "Anh", "Sử"]]
    rows += [[None, None, "Người lập", "Hiệu trưởng"]]
    found = read(rows)
    assert (len(found.cells), troubles(found)) == (6, [("no_value", 5, "B")])


HEAD = ["Lớp", "Thứ", "Buổi", "Tiết", "Môn", "Áp dụng từ"]


def test_a_list_may_name_its_first_day():
    found = read(
        [HEAD, ["6A", 2, "Sáng", 1, "Toán", "23/11/2026"], ["6A", 2, "Sáng", 2, "Văn", 46349]]
    )
    assert f"{found.valid_from}" == "2026-11-23"
    today = Decisions(date(2026, 11, 1))
    assert today.from_day(found.valid_from).day == found.valid_from
    told = Decisions(today.day, is_day_told=True)
    assert told.from_day(found.valid_from) == told


def test_several_first_days_are_one_error_and_a_bad_one_too():
    lesson = ["6A", 2, "Sáng", 1]
    found = read([HEAD, [*lesson, "Toán", "07/12/2026"], [*lesson, "Văn", "23/11/2026"]])
    assert [(e.code, e.params["days"]) for e in found.errors] == [
        ("several_days", "23/11/2026, 07/12/2026")]  # fmt: skip
    assert found.valid_from is None
    assert troubles(read([HEAD, [*lesson, "Toán", "tuần 12"]])) == [("bad_first_day", 2, "F")]


def test_a_list_has_classes_joined_in_any_way_and_no_gaps():
    rows = [
        HEAD,
        ["6A, 6B", 2, "Sáng", 1, "Toán"],
        [None, 2, "Sáng", 2, "Văn"],
        ["6A", 3, "Sáng", "1-2"],
    ]
    found = read([*rows, ["Người lập bảng"]])
    assert {c.group for c in found.cells} == {"6A", "6B"}
    assert [e.code for e in found.errors] == ["no_value", "bad_slot"]
    assert slots(read([*rows[:2], [None, 3, "Sáng", 1, "Toán"]], "A2:A3")) == {
        ("6A", 1, "S", 1), ("6B", 1, "S", 1), ("6A", 2, "S", 1), ("6B", 2, "S", 1)}  # fmt: skip


def classes_down(head: str) -> Rows:
    days = [text for day in ("Thứ 2", "Thứ 3") for text in (day, None)]
    cells = ["Chào cờ", "Toán - Hà", "Văn\nC.Lan", "TD (T.Tuân)"]
    rows: Rows = [["TKB TOÀN TRƯỜNG"], [head, *days], [None, 1, 2, 1, 2]]
    return [*rows, *([name, *cells] for name in ("10 A1", "10A2", "Lớp 11A1"))]


@pytest.mark.parametrize("head", ["Lớp", None])
def test_classes_may_go_down_with_the_days_across(head):
    found = read(classes_down(head))
    assert (found.format, found.errors) == ("class-rows", ())
    assert {c.group for c in found.cells} == {"10A1", "10A2", "11A1"}
    first = [c for c in found.cells if c.group == "10A1"]
    assert [(c.weekday, c.slot, c.subject, [t.name for t in c.teachers]) for c in first] == [
        (1, 1, "Chào cờ", []), (1, 2, "Toán", ["Hà"]), (2, 1, "Văn", ["C.Lan"]),
        (2, 2, "TD", ["T.Tuân"])]  # fmt: skip


def test_a_column_of_homeroom_classes_makes_no_rows_of_classes():
    rows: Rows = [["Giáo viên", "Chủ nhiệm", "Thứ 2", "Thứ 3"], [None, None, 1, 1]]
    found = read([*rows, ["Hà", "10A1", "10A2", None], ["Lan", "10A2", None, "10A1"]])
    assert found.format == "teacher-grid"
    assert {(c.group, c.weekday, c.teachers[0].name) for c in found.cells} == {
        ("10A2", 1, "Hà"), ("10A1", 2, "Lan")}  # fmt: skip


@pytest.mark.parametrize("name", ["Thứ {}", "THỨ {} SÁNG", "T{}", "Thứ {} (buổi sáng)"])
def test_each_day_may_have_a_sheet(name):
    sheets = {
        name.format(day): [["Tiết", *CLASSES], [1, "Toán", "Văn", "Lý"], [2, "Văn", "Lý", ""]]
        for day in (2, 3, 7)
    }
    found = read_timetable([made.source(made.book(sheets))])
    assert found.errors == ()
    assert {(c.weekday, c.slot) for c in found.cells} == {(d, n) for d in (1, 2, 6) for n in (1, 2)}
    assert len(found.cells) == 3 * 5


def test_each_day_may_be_a_block_under_its_title():
    head = ["Tiết", *CLASSES]
    rows: Rows = [["THỨ HAI"], head, [1, "Toán", "Văn", "Lý"], ["THỨ BA"], [1, "Lý", "Toán", "Văn"]]
    found = read([*rows, ["Thứ 4"], head, [1, "Văn", "Lý", "Toán"]])
    first = [(c.weekday, c.subject) for c in found.cells if c.group == "10A1"]
    assert (first, found.errors) == ([(1, "Toán"), (2, "Lý"), (3, "Văn")], ())


def test_lessons_without_any_day_are_told_so():
    found = read([["Tiết", *CLASSES], [1, "Toán", "Văn", "Lý"]], sheet="Sheet1")
    (error,) = found.errors
    assert (error.code, error.params["name"], error.place.row) == ("no_value", "Thứ", 2)
