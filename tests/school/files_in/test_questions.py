"""Evidence that contradicts is a question; its answer lets the import go on."""

from typing import Any

import pytest

from school.files.rosters.roster import read_roster
from school.files.sheets.source import Source
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

Rows = list[list[Any]]
N = None
LIST: Rows = [["STT", "Họ và tên"], [1, "Nguyễn An"], [2, "Trần Bình"]]


def books(**sheets: Rows) -> list[Source]:
    return [made.source(made.book(sheets))]


def classes(found: Any) -> list[str]:
    return [pupil.class_name for pupil in found.pupils]


def test_title_and_sheet_that_name_two_classes():
    source = [made.source(made.book({"10A2": [["DANH SÁCH LỚP 10A1"], *LIST]}))]
    (asked,) = read_roster(source).account.questions
    assert [one.id for one in asked.choices] == ["title", "sheet"]
    for answer, name in (("title", "10A1"), ("sheet", "10A2")):
        settled = read_roster(source, {asked.key: answer})
        assert (classes(settled), settled.account.questions) == ([name] * 2, ())


@pytest.mark.parametrize("sheet", ["10A1", "Lớp 10A1", "10 A1", "Khối 10", "Sheet1"])
def test_title_and_sheet_that_agree(sheet: str):
    source = [made.source(made.book({sheet: [["DANH SÁCH LỚP 10A1"], *LIST]}))]
    assert read_roster(source).account.questions == ()


@pytest.mark.parametrize("title", ["LỚP 10A1, 10A2", "LỚP 10A1 VÀ 10A2", "LỚP 10A1 - 10A5"])
def test_a_title_of_several_classes_puts_nobody_into_the_first(title: str):
    found = read_roster(books(S=[[f"DANH SÁCH HỌC SINH {title}"], *LIST]))
    assert {error.code for error in found.errors} == {"no_class"}


def test_headings_that_no_map_knows():
    rows: Rows = [["Số", "Tên học trò", "Lớp đang học"], [1, "Nguyễn An", "6A"],
                  [2, "Trần Bình", "6B"]]  # fmt: skip
    first = read_roster(books(S=rows))
    assert [q.key for q in first.account.questions] == ["which_column:name", "which_column:class"]
    assert first.account.headings == ("so", "ten hoc tro", "lop dang hoc")
    answers = {"which_column:name": "ten hoc tro", "which_column:class": "lop dang hoc"}
    found = read_roster(books(S=rows), answers)
    assert [(p.name, p.class_name) for p in found.pupils] == [
        ("Nguyễn An", "6A"), ("Trần Bình", "6B")]  # fmt: skip
    assert (found.errors, found.account.questions) == ((), ())
    assert [key.key for key, _ in found.account.answered] == list(answers)
    assert found.account.headings == first.account.headings


def test_two_columns_of_classes():
    rows: Rows = [["STT", "Họ tên", "Lớp", "Lớp văn hóa"], [1, "Nguyễn An", "Nghề 1", "10A1"]]
    (asked,) = read_roster(books(S=rows)).account.questions
    for answer, name in (("C", "Nghề 1"), ("D", "10A1")):
        assert classes(read_roster(books(S=rows), {asked.key: answer})) == [name]


def test_a_status_that_no_list_of_words_knows_is_told():
    rows: Rows = [["STT", "Họ tên", "Lớp", "Trạng thái"], [1, "Nguyễn An", "6A", "Đang học"],
                  [2, "Trần Bình", "6A", "Chuyển đi"], [3, "Lê Chi", "6A", "Xin thôi"]]  # fmt: skip
    found = read_roster(books(S=rows))
    assert [p.name for p in found.pupils] == ["Nguyễn An", "Lê Chi"]
    assert [(one.place.row, one.text) for one in found.account.unread] == [(4, "Xin thôi")]


GRID: Rows = [["Thứ", "Tiết", "6A", "6B"], [2, 1, "Toán - Hà", "Văn - Lan"],
              [N, 2, "Văn - Lan", "Toán - Hà"]]  # fmt: skip
TEACHERS: Rows = [["Giáo viên", "Thứ 2", N, "Thứ 3"], [N, 1, 2, 1],
                  ["Trần Thị Hà", "6A - Toán", "6B - Toán"],
                  ["Lan", "6B - Văn", "6A - Văn"]]  # fmt: skip


def test_a_sheet_that_only_repeats_the_lessons_is_passed_over():
    found = read_timetable(books(Lop=GRID, GV=TEACHERS))
    assert (len(found.cells), found.errors, found.account.questions) == (4, (), ())
    assert {t.name for c in found.cells for t in c.teachers} == {"Hà", "Lan"}
    assert "other_sheet" in {one.mark.why for one in found.account.how}


def test_sheets_that_tell_different_lessons_of_the_same_classes():
    other = [*TEACHERS[:3], ["Lan", "6B - Sử", "6A - Văn"]]
    (asked,) = read_timetable(books(Lop=GRID, GV=other)).account.questions
    assert (asked.code, asked.place.sheet) == ("which_sheets", "GV")
    for answer, subject in (("class-grid", "Văn"), ("teacher-grid", "Sử")):
        settled = read_timetable(books(Lop=GRID, GV=other), {asked.key: answer})
        assert {c.subject for c in settled.cells if c.group == "6B" and c.slot == 1} == {subject}
        assert (settled.errors, settled.account.questions) == ((), ())


ASC = """<timetable><termsdefs><termsdef name="HK1" terms="10"/><termsdef name="HK2" terms="01"/>
</termsdefs><periods><period period="0" starttime="6:30"/><period period="1" starttime="7:00"/>
<period period="2" starttime="7:50"/><period period="6" starttime="13:15"/></periods>
<classes><class id="c" name="6A"/></classes><subjects><subject id="s" name="Toán"/>
<subject id="v" name="Văn"/></subjects><lessons><lesson id="l" subjectid="s" classids="c"/>
<lesson id="m" subjectid="v" classids="c"/></lessons><cards>
<card lessonid="l" period="1" days="10000" terms="10"/>
<card lessonid="m" period="1" days="10000" terms="01"/>
<card lessonid="m" period="6" days="10000" terms="11"/>
<card lessonid="m" period="" days="00000" terms="11"/></cards></timetable>"""


def test_the_terms_of_a_file_and_its_lesson_nought():
    source = [Source("asc.xml", ASC.encode())]
    (asked,) = read_timetable(source).account.questions
    assert [(one.id, one.params["name"]) for one in asked.choices] == [("10", "HK1"), ("01", "HK2")]
    for answer, subject in (("10", "Toán"), ("01", "Văn")):
        found = read_timetable(source, {asked.key: answer})
        assert [(c.session.value, c.slot, c.subject) for c in found.cells] == [
            ("C", 1, "Văn"), ("S", 1, subject)]  # fmt: skip
        assert (found.errors, found.account.questions) == ((), ())
        assert [one.mark.why for one in found.account.how] == ["by_program", "unplaced"]
