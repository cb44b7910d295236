"""What people say beside the texts: brackets after a name, a line through it, a comment."""

import io
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from school.files.rosters.roster import read_roster
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

Rows = list[list[Any]]
STAFF: Rows = [
    ["DANH SÁCH GIÁO VIÊN"],
    ["STT", "Họ và tên", "Chức vụ"],
    [1, "Trần Thị Hà (nghỉ sinh)", "GV"],
    [2, "Lê Văn Toàn", "GV"],
]
LIST: Rows = [["STT", "Họ và tên", "Lớp"], [1, "Nguyễn An (A)", "10A1"], [2, "Lê Bình", "10A1"]]


def source(rows: Rows, *, struck: str = "", comment: str = "") -> Any:
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cell in struck.split():
        sheet[cell].font = Font(strike=True)
    if comment:
        sheet[comment].comment = Comment("Chuyển đi", "GVCN")
    out = io.BytesIO()
    book.save(out)
    return [made.source(out.getvalue())]


@pytest.mark.parametrize(
    ("rows", "kept", "cut"),
    [
        (STAFF, "Trần Thị Hà (nghỉ sinh)", "Trần Thị Hà"),
        (LIST, "Nguyễn An (A)", "Nguyễn An"),
        ([*LIST[:1], [1, "Nguyễn An [lớp trưởng]", "10A1"]], "Nguyễn An [lớp trưởng]", "Nguyễn An"),
    ],
)
def test_brackets_in_a_name_are_asked_about(rows: Rows, kept: str, cut: str):
    (asked,) = read_roster(source(rows)).account.questions
    assert (asked.code, asked.params["remark"]) == ("name_remark", kept.removeprefix(cut).strip())
    for answer, name in (("keep", kept), ("cut", cut)):
        found = read_roster(source(rows), {asked.key: answer})
        assert (found.staff or found.pupils)[0].name == name
        assert (found.errors, found.account.questions) == ((), ())


@pytest.mark.parametrize("text", ["10A1/10A2", "10A1, 10A2", "10A1 + 10A2", "10A1 và 10A2"])
def test_a_pupil_of_two_classes_is_an_error(text: str):
    found = read_roster(source([*LIST[:1], [1, "Lê Bình", text], [2, "Lê An", "6/1"]]))
    assert [(e.code, e.place.row, e.place.column) for e in found.errors] == [("bad_class", 2, "C")]
    assert [pupil.class_name for pupil in found.pupils] == ["6/1"]


def test_a_line_through_a_pupil_is_asked_about():
    rows = [*LIST[:1], [1, "Lê An", "10A1"], [2, "Lê Bình", "10A1"], [3, "Lê Chi", "10A1"]]
    (asked,) = read_roster(source(rows, struck="A3 B3 C3")).account.questions
    assert (asked.code, asked.place.row, asked.params) == ("struck", 3, {"n": "1"})
    for answer, names in (("keep", ["An", "Bình", "Chi"]), ("cut", ["An", "Chi"])):
        found = read_roster(source(rows, struck="A3 B3 C3"), {asked.key: answer})
        assert [pupil.name.split()[1] for pupil in found.pupils] == names
        assert (found.errors, found.account.questions, found.account.unread) == ((), (), ())
    assert read_roster(source(rows, struck="A1 E9")).account.questions == ()


def test_a_line_through_a_lesson_is_asked_about():
    rows = [["Thứ", "Tiết", "10A1", "10A2"], ["2", 1, "Toán - Hà", "Văn"], [None, 2, "Lý", "Văn"]]
    (asked,) = read_timetable(source(rows, struck="C2")).account.questions
    assert (asked.code, asked.place.column, asked.params) == ("struck", "C", {"n": "1"})
    for answer, n in (("keep", 4), ("cut", 3)):
        found = read_timetable(source(rows, struck="C2"), {asked.key: answer})
        assert (len(found.cells), found.errors, found.account.questions) == (n, (), ())
        assert found.account.unread == ()


@pytest.mark.parametrize("read", [read_roster, read_timetable])
def test_a_comment_is_told_of_as_not_read_and_its_text_is_never_taken(read: Any):
    rows = LIST[:1] + LIST[2:]
    if read is read_timetable:
        rows = [["Thứ", "Tiết", "10A1", "10A2"], ["2", 1, "Toán", "Văn"], [None, 2, "Lý", "Văn"]]
    (one,) = read(source(rows, comment="C2")).account.unread
    assert (one.place.row, one.place.column, one.why, one.text) == (2, "C", "comment", "")
