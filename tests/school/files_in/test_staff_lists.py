"""Staff lists: told from pupil lists by their headings, homeroom classes, the same staff again."""

from datetime import date
from typing import Any

import pytest

from school.files.decisions import Decisions
from school.files.preview import Counts
from school.files.rosters.people_read import RosterRead
from school.files.rosters.roster import read_roster
from school.files.rosters.roster_change import RosterChange, apply_roster, compare_roster
from school.files.versions import empty_records
from school.records import PersonKind
from school.school_check import school_of
from school.school_rows import SchoolFile
from tests.school.files_in import made

DAY = date(2026, 11, 23)
SAID = Decisions(DAY)
HEAD = ["STT", "Mã GV", "Họ và tên", "Tổ", "Lớp chủ nhiệm"]
STAFF = [
    ["TRƯỜNG THCS NGUYỄN DU"],
    ["DANH SÁCH CÁN BỘ, GIÁO VIÊN"],
    HEAD,
    [1, "0101", "Trần Thị Hà", "Toán - Tin", "10A1"],
    [2, "0102", "Lê Văn Tuân", "Văn", "10A2"],
    [3, "0103", "Trần Thị Hà", "Văn", None],
    ["Tổng số: 3 giáo viên"],
]


def read(rows: list[list[Any]], sheet: str = "Sheet1") -> RosterRead:
    return read_roster([made.source(made.book({sheet: rows}))])


def change_of(
    file: SchoolFile | None, rows: list[list[Any]], said: Decisions = SAID
) -> RosterChange:
    return compare_roster(file, read(rows), said)


def after(file: SchoolFile, rows: list[list[Any]], said: Decisions = SAID) -> SchoolFile:
    changed = apply_roster(file, change_of(file, rows, said), said)
    made.proven_bytes(changed)
    return changed


@pytest.fixture
def school() -> SchoolFile:
    """A school with 40 pupils in 10A1 and 10A2, and no staff."""
    return after(empty_records("A", "ab" * 32), made.roster_rows(("10A1", "10A2"), 20))


def test_a_staff_list_names_staff_and_their_homerooms(school: SchoolFile):
    found = read(STAFF)
    assert (found.pupils, found.errors, found.classes) == ((), (), ())
    change = change_of(school, STAFF)
    assert change.preview().counts == Counts(new=3)
    assert change.preview().kind == "roster"
    file = after(school, STAFF)
    staff = [p for p in file.people if p.kind is PersonKind.STAFF]
    assert [p.name for p in staff] == ["Trần Thị Hà", "Lê Văn Tuân", "Trần Thị Hà"]
    assert [row.homeroom_teacher_id for row in file.classes] == [staff[0].id, staff[1].id]
    assert school_of(file).office_code(staff[2].id, DAY) == "0103"
    assert len(school_of(file).roster("10a1")) == 20
    again = change_of(file, STAFF)
    assert again.preview().counts == Counts(kept=3)
    assert apply_roster(file, again, SAID) == file


def test_a_homeroom_that_passes_on_is_a_change_and_nobody_leaves(school: SchoolFile):
    file = after(school, STAFF)
    rows = [HEAD, [1, "0103", "Trần Thị Hà", "Văn", "10A1"]]
    assert change_of(file, rows).preview().counts == Counts(changed=1)
    passed = after(file, rows)
    by_code = {row.codes[0].code: row.person_id for row in passed.office if row.codes}
    assert passed.classes[0].homeroom_teacher_id == by_code["0103"]
    assert len(passed.people) == len(file.people)


@pytest.mark.parametrize(
    ("rows", "sheet", "is_of_staff"),
    [
        ([["Họ và tên", "Mã định danh", "Tổ"], ["Hà", "1", "Toán"]], "Sheet1", True),
        ([["Họ và tên", "Mã định danh", "Lớp chủ nhiệm"], ["Hà", "1", "10A1"]], "Sheet1", True),
        ([["DANH SÁCH GIÁO VIÊN"], ["STT", "Họ và tên"], [1, "Hà"]], "Sheet1", True),
        ([["Họ tên GV", "Mã GV"], ["Hà", "1"]], "Sheet1", True),
        ([["STT", "Họ và tên", "Tổ", "Lớp"], [1, "An", "2", "10A1"]], "Sheet1", False),
        ([["LỚP 10A1"], ["STT", "Họ và tên", "Tổ"], [1, "An", "2"]], "Sheet1", False),
        ([["STT", "Họ và tên", "Tổ"], [1, "An", "2"]], "10A1", False),
        ([["STT", "Họ và tên", "Mã định danh", "Lớp"], [1, "An", "7", "10A1"]], "GV", False),
    ],
)  # fmt: skip
def test_which_list_it_is(rows: list[list[Any]], sheet: str, is_of_staff: bool):
    found = read(rows, sheet)
    assert not found.errors
    assert (len(found.staff), len(found.pupils)) == ((1, 0) if is_of_staff else (0, 1))


def test_pupils_and_staff_on_two_sheets_of_one_book(school: SchoolFile):
    book = made.book({"HS": made.roster_rows(("10A1", "10A2"), 20), "GV": STAFF})
    change = compare_roster(school, read_roster([made.source(book)]), SAID)
    assert change.preview().counts == Counts(kept=40)
    assert len(apply_roster(school, change, SAID).people) == 43
    first = empty_records("A", "ab" * 32)
    new = made.source(made.book({"HS": made.roster_rows(("10A1", "10A2"), 2), "GV": STAFF}))
    change = compare_roster(
        after(first, [HEAD, [1, "", "Lê Lan", "", "9A"]]), read_roster([new]), SAID
    )
    assert change.preview().unmatched == ()


def test_a_csv_of_staff_and_several_homerooms():
    text = "Họ và tên;Mã giáo viên;Chủ nhiệm lớp\nTrần Thị Hà;0101;1A, Lớp 1B\nLê Tuân;0102;Không\n"
    found = read_roster([made.source(text, "gv.csv")])
    assert [(one.code, one.homerooms) for one in found.staff] == [
        ("0101", ("1A", "1B")),
        ("0102", ()),
    ]


def test_a_homeroom_that_the_school_does_not_have_is_unmatched(school: SchoolFile):
    rows = [HEAD, [1, "0101", "Trần Thị Hà", "Toán", "10A9"]]
    missing = change_of(school, rows).preview().unmatched
    assert [one.name for one in missing] == ["10A9"]
    assert set(missing[0].suggestions) == {"10A1", "10A2"}
    decided = Decisions(DAY, {"10A9": "10A2"})
    assert change_of(school, rows, decided).preview().unmatched == ()
    assert after(school, rows, decided).classes[1].homeroom_teacher_id
    made_new = after(school, rows, Decisions(DAY, takes_new=True))
    assert [row.name for row in made_new.classes] == ["10A1", "10A2", "10A9"]
    first = empty_records("A", "ab" * 32)
    assert [row.name for row in after(first, rows).classes] == ["10A9"]


def test_staff_known_by_name_get_their_code(school: SchoolFile):
    plain = [["Họ và tên", "Tổ"], ["Trần Thị Hà", "Toán"], ["Lê Tuân", "Văn"]]
    file = after(school, plain)
    coded = [["Họ và tên", "Tổ", "Mã GV"], ["TRẦN THỊ HÀ", "Toán", "0101"]]
    assert change_of(file, coded).preview().counts == Counts(kept=1)
    assert len(after(file, coded).people) == len(file.people)


def test_staff_whom_a_timetable_named_in_short_get_their_full_names(school: SchoolFile):
    short = [
        ["Họ và tên", "Tổ"],
        ["C.Lan", "Văn"],
        ["T.Tuân", "Toán"],
        ["C.Hà", "Văn"],
        ["Lê Mai", "Sử"],
    ]
    file = after(school, short)
    full = [HEAD, [1, "0101", "Trần Thị Hà", "", ""], [2, "0102", "Lê Thu Hà", "", ""],
            [3, "0103", "Lê Văn Tuân", "", ""], [4, "0104", "Phạm Lan", "", "10A1"],
            [5, "0105", "Lê Thị Mai", "", ""]]  # fmt: skip
    assert change_of(file, full).preview().counts == Counts(new=3, changed=2)
    named = after(file, full)
    staff = [p.name for p in named.people if p.kind is PersonKind.STAFF]
    assert staff == ["Phạm Lan", "Lê Văn Tuân", "C.Hà", "Lê Mai", "Trần Thị Hà", "Lê Thu Hà",
                     "Lê Thị Mai"]  # fmt: skip
    assert change_of(named, full).preview().counts == Counts(kept=5)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([[1, "01", "Hà", "", ""], [2, "01", "Tuân", "", ""]], "same_code"),
        ([[1, "", "Hà", "", ""], [2, "", "Hà", "", ""]], "same_staff"),
        ([[1, "01", "Hà", "", "6A"], [2, "02", "Tuân", "", "6A"]], "same_homeroom"),
        ([[1, "01", "Hà", "", "6A" * 30]], "bad_class"),
        ([[1, "01", "", "", "6A"]], "no_name"),
        ([[1, "0101", "Hà", "", ""], [2, 102, "Tuân", "", ""]], "lost_zeros"),
    ],
)
def test_each_broken_row_is_told_with_its_place(rows: list[list[Any]], code: str):
    found = read([HEAD, *rows])
    assert {e.code for e in found.errors} == {code}
    assert all(e.place.row in {2, 3} for e in found.errors)


def test_what_else_a_staff_list_holds_is_not_read():
    rows = [[*HEAD, "Ngày sinh", "Điện thoại"], [1, "01", "Hà", "Toán", "6A", "01/02/1980", "0912"]]
    found = read(rows)
    assert "1980" not in repr(found)
    assert "0912" not in repr(found)


@pytest.mark.parametrize("name", ["C.Hà", "Cô Hà", "Trần Thị Hòa"])
def test_a_new_name_that_may_be_somebody_known_is_listed_first(school: SchoolFile, name: str):
    file = after(school, [HEAD, [1, "0101", "Trần Thị Hà", "Toán", None]])
    rows = [HEAD, [1, None, name, "Toán", None], [2, None, "Lê Văn Mới", "Văn", None]]
    change = change_of(file, rows)
    assert [(u.name, u.suggestions) for u in change.preview().unmatched] == [
        (name, ("Trần Thị Hà",))
    ]
    assert change_of(file, rows, Decisions(DAY, takes_new=True)).preview().unmatched == ()
    said = Decisions(DAY, {name: "Trần Thị Hà"})
    assert change_of(file, rows, said).preview().unmatched == ()
    told = after(file, rows, said)
    assert len(told.people) == len(file.people) + 1
    full = name if name.startswith("Trần") else "Trần Thị Hà"  # a short form takes none away
    assert {full, "Lê Văn Mới"} <= {person.name for person in told.people}


def test_departments_between_the_rows_are_no_people():
    for column in (0, 2):
        band: list[Any] = [None] * 5
        band[column] = "Tổ Văn - Sử"
        lines = [HEAD, ["Tổ Toán - Tin"], *STAFF[3:4], band, *STAFF[4:6]]
        found = read([*STAFF[:2], *lines])
        assert [(e.code, e.place.row) for e in found.errors] == []
        assert [one.name for one in found.staff] == ["Trần Thị Hà", "Lê Văn Tuân", "Trần Thị Hà"]
        why = [one.mark.why for one in found.account.how if one.range in {"A4", "A6", "C6"}]
        assert why == ["section", "section"]
        assert found.account.unread == ()
