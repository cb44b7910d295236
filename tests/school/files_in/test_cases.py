"""Files as real schools and programs have drawn them: what each says, or what is asked or refused.

Names are made up; each file shows one way of drawing that was once read as something else.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from school.files.cells import TimetableRead
from school.files.decisions import Decisions
from school.files.rosters.people_read import RosterRead
from school.files.rosters.roster import read_roster
from school.files.rosters.roster_change import compare_roster
from school.files.sheets.source import Source
from school.files.sheets.trouble import FileRefusedError
from school.files.timetables.timetable_in import read_timetable
from school.files.versions import empty_records
from school.school_rows import SchoolFile
from tests.school.files_in import made

CASES = Path(__file__).with_name("cases")
Lessons = dict[str, str]


def source(name: str) -> Source:
    return Source(name, (CASES / name).read_bytes())


def lessons(read: TimetableRead) -> set[str]:
    """Each lesson as "class day+session+slot subject teachers", with its weeks if not every one."""
    return {
        f"{c.group} {c.weekday}{c.session.value}{c.slot} {c.subject} "
        f"{'+'.join(t.name for t in c.teachers)} {c.weeks}".strip()
        for c in read.cells
    }


def in_grid(name: str, *rows: str) -> set[str]:
    """From "1S1 Toán Hà" → with the class before it."""
    return {f"{name} {row}" for row in rows}


TEACHERS_WEEKS = {
    "10A1 1S1 Toán Trần Thị Ví Dụ", "10A2 1S2 Toán Trần Thị Ví Dụ",
    "10A1 2S1 Văn Lê Văn Mẫu", "10A2 2S2 Văn Lê Văn Mẫu",
}  # fmt: skip
CLASS_WEEKS = {"10A1 1S1 Toán", "10A1 2S1 Văn", "10A1 1S2 Lí", "10A2 1S1 Sử", "10A2 2S1 Địa",
    "10A2 1S2 Tin"}  # fmt: skip
DOUBLE = {"10A1 1S1 Toán Trần Thị Ví Dụ", "10A1 1S2 Toán Trần Thị Ví Dụ"}
READ: dict[str, set[str]] = {
    "sc_a.xlsx": in_grid("10A1", "1S1 Toán Hà", "1S2 Toán Hà", "2S1 Toán Hà", "2S2 Toán Hà")
    | in_grid("10A2", "1C1 Văn Lan", "1C2 Văn Lan", "2C1 Văn Lan", "2C2 Văn Lan"),
    "sc_c.xlsx": in_grid("10A1", "1S1 Toán", "2S2 Văn", "2C1 Hóa", "1C2 Lí"),
    "t_mid_d.xlsx": in_grid("6A", "1S1 Toán Hà", "1S2 Toán Hà", "1S3 Anh Ba", "2S1 Lí Ba",
                            "2S2 Lí Ba", "2S3 Anh Ba")
    | in_grid("6B", "1S1 Văn Lan", "1S2 Văn Lan", "1S3 Sử Nga", "1C2 Tin Tư", "2S1 Sử Nga",
              "2S2 Sử Nga", "2S3 Văn Lan"),
    "t_mid_c.xlsx": {
        f"{name} {day}S{slot} {what}"
        for name, what in {"6A": "Toán Hà", "6B": "Văn Lan", "8A": "Lí Ba", "8B": "Sử Nga"}.items()
        for day in (1, 2)
        for slot in (1, 2, 3)
    } | {f"6B {day}C{slot} Tin Tư" for day in (1, 2) for slot in (1, 2)},
    "t_across.xlsx": {"6A1 1S1 Văn V.Lệ", "6A1 1S2 Văn V.Lệ", "6A2 1S2 Văn V.Mỹ"},
    "TKB 10A3.xlsx": in_grid("10A3", "1S1 Toán Hà", "1S2 Toán Hà", "2S1 Lí Ba", "3S2 Văn Lan"),
    "t_cr_cell.xlsx": in_grid("10A1", "1S1 Toán Hà", "1S2 Toán Hà", "2S1 Lí Ba")
    | in_grid("10A2", "1S1 Văn Lan", "1S2 Sử Nga", "2S1 Văn Lan"),
    "wk_a.xlsx": CLASS_WEEKS,
    "wk_b.xlsx": CLASS_WEEKS,
    "wk_d.xlsx": TEACHERS_WEEKS,
    "wk_e.xlsx": TEACHERS_WEEKS,
    "wk_f.xlsx": TEACHERS_WEEKS,
    "wk_g.xlsx": in_grid("10A1", "1S1 Toán Hà", "1S2 Toán Hà", "2S1 Sử Nga")
    | in_grid("10A2", "1S1 Văn Lan", "1S2 Văn Lan", "2S1 Địa Ba")
    | in_grid("10A3", "1S1 Toán", "2S1 Văn", "1S2 Lí"),
    "asc_b.xml": DOUBLE,
    "fet_clock_b_timetable.csv": in_grid(
        "10A1", *(f"{day}S{slot} Toán Hà" for day in (1, 2) for slot in (1, 2, 3, 4))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_a_timetable_says(name: str):
    read = read_timetable([source(name)])
    assert lessons(read) == READ[name]
    assert (read.errors, read.account.questions) == ((), ())
    assert read.account.unread == ()


@pytest.mark.parametrize(
    ("name", "week", "shown", "chosen"),
    [
        ("asc_c.xml", "10", {f"{one} 10" for one in DOUBLE}, DOUBLE),
        ("asc_c.xml", "01", {f"{one} 10" for one in DOUBLE}, set()),
        ("asc_d.xml", "10", {"10A1 2S3 Ngữ văn Trần Thị Ví Dụ 10"},
         {"10A1 2S3 Ngữ văn Trần Thị Ví Dụ"}),
        ("asc_e.xml", "01", {*(f"{one} 10" for one in DOUBLE),
                             "10A1 1S1 Ngữ văn Trần Thị Ví Dụ 01"},
         {"10A1 1S1 Ngữ văn Trần Thị Ví Dụ"}),
    ],
)  # fmt: skip
def test_a_cycle_of_two_weeks_is_asked_about(
    name: str, week: str, shown: set[str], chosen: set[str]
):
    read = read_timetable([source(name)])
    (asked,) = read.account.questions
    assert (asked.code, [choice.id for choice in asked.choices]) == ("which_week", ["10", "01"])
    assert (lessons(read), read.errors) == (shown, ())
    answered = read_timetable([source(name)], {asked.key: week})
    assert (lessons(answered), answered.errors, answered.account.questions) == (chosen, (), ())


REFUSED_CELLS = {
    "t_date_flat.xlsx": [("became_date", 2, "A", "6/1"), ("became_date", 3, "A", "6/2")],
    "r_date_class.xlsx": [
        *(("became_date", n, "C", f"6/{n % 2 + 1}") for n in range(2, 6)),
    ],
    "r_num_nostt.xlsx": [
        *(("became_number", n, "B", "6.1") for n in (2, 3, 4)), ("became_number", 5, "B", "6.2"),
    ],
    "r_formula0.xlsx": [("formula_empty", n, "C", "") for n in range(2, 6)],
    "r_sci.csv": [("became_number", n, "B", f"3.8{n - 2}123E+11") for n in range(2, 6)],
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_CELLS)
def test_a_cell_that_a_spreadsheet_has_changed_is_refused(name: str):
    read: TimetableRead | RosterRead
    if name.startswith("t_"):
        read = read_timetable([source(name)])
        taken: tuple[object, ...] = read.cells
    else:
        read = read_roster([source(name)])
        taken = read.pupils
    found = [(e.code, e.place.row, e.place.column, e.params.get("value", "")) for e in read.errors]
    assert (sorted(found), taken) == (sorted(REFUSED_CELLS[name]), ())


PUPILS = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Minh Châu", "Phạm Gia Dũng")


@pytest.mark.parametrize(
    ("name", "births"),
    [("r_hoten.xlsx", []), ("r_cr_name.xlsx", []), ("r_workbook2.xlsx", []),
     ("r_hidden_row.xlsx", []), ("r_iso_dt.xlsx", [5, 6, 7, 8])],
)  # fmt: skip
def test_what_a_list_says(name: str, births: list[int]):
    read = read_roster([source(name)])
    assert [(p.name, p.class_name, p.stt) for p in read.pupils] == [
        (one, "10A1", n) for n, one in enumerate(PUPILS, start=1)
    ]
    assert [p.birth for p in read.pupils if p.birth] == [date(2010, 3, day) for day in births]
    assert (read.errors, read.account.questions, read.account.unread) == ((), (), ())


def test_hidden_rows_are_read_and_said():
    how = read_roster([source("r_hidden_row.xlsx")]).account.how
    assert [one.range for one in how if one.mark.meaning == "hidden_rows"] == ["3:3"]


def test_a_class_of_the_year_before_is_asked_about():
    read = read_roster([source("r_old_class.xlsx")])
    (asked,) = read.account.questions
    assert (asked.code, asked.place.sheet, asked.place.column) == ("class_or_title", "Lớp 6D1", "E")
    assert asked.params["title"] == "6D1"
    for answer, classes in (("title", ["6D1"] * 5), ("column", [f"5A{n}" for n in range(1, 6)])):
        settled = read_roster([source("r_old_class.xlsx")], {asked.key: answer})
        assert [p.class_name for p in settled.pupils] == classes
        assert (settled.errors, settled.account.questions) == ((), ())
        assert (settled.account.answered, settled.account.unread) == (((asked, answer),), ())


def test_swapped_days_are_asked_about_and_can_be_cured():
    read = read_roster([source("r_swapped.xlsx")])
    (asked,) = read.account.questions
    swapped = read_roster([source("r_swapped.xlsx")], {asked.key: "swap"})
    assert [p.birth for p in swapped.pupils] == [
        date(2010, 3, 5), date(2010, 10, 18), date(2010, 6, 26), date(2010, 2, 11),
        date(2010, 5, 19), date(2010, 7, 12)]  # fmt: skip
    kept = read_roster([source("r_swapped.xlsx")], {asked.key: "keep"})
    assert kept.pupils[0].birth == date(2010, 5, 3)
    assert (swapped.errors, kept.errors, kept.account.questions) == ((), (), ())


@pytest.mark.parametrize("read", [read_timetable, read_roster])
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ((CASES / "r_html.xls").read_bytes(), "html_file"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>\n'
         b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "xml_spreadsheet"),
        (made.archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                       "content.xml": "<a/>"}), "ods_file"),
        (made.archive({"xl/workbook.bin": "x"}), "xlsb_file"),
        (made.archive({"word/document.xml": "<a/>"}), "word_file"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_by_its_true_kind(
    read: Callable[[list[Source]], object], raw: bytes, code: str
):
    with pytest.raises(FileRefusedError) as caught:
        read([Source("danh-sach.xls", raw)])
    assert caught.value.trouble.code == code


@pytest.mark.parametrize(
    ("name", "code", "named", "column"),
    [("or_dual.zip", "two_roles", "Nguyen An", ""),
     ("or_delta_sched.zip", "only_subjects", "Tran Binh", "")],
)  # fmt: skip
@pytest.mark.parametrize("file", [None, empty_records("A", "ab" * 32)], ids=["none", "new"])
def test_the_preview_of_an_archive_names_people_and_the_true_cause(
    name: str, code: str, named: str, column: str, file: SchoolFile | None
):
    read = read_roster([source(name)])
    change = compare_roster(file, read, Decisions(date(2026, 11, 23)))
    (error,) = change.preview().errors
    assert (error.code, error.params["names"], error.place.column) == (code, named, column)


def test_keys_of_an_archive_that_a_spreadsheet_has_changed_are_refused():
    head = "sourcedId,status,role,familyName,givenName,identifier"
    users = f"{head}\nu1,,student,Tran,Binh,3.80123E+11\n3.8E+11,,student,Le,An,1"
    classes = "sourcedId,status,title,classType\n2026-01-06,,6-Jan,homeroom"
    times = "sourcedId,status,classSourcedId,userSourcedId,role\ne1,,2026-01-06,u1,student"
    files = {"manifest.csv": "propertyName,value\noneroster.version,1.1", "users.csv": users,
             "classes.csv": classes, "enrollments.csv": times}  # fmt: skip
    read = read_roster([Source("or.zip", made.archive(files))])
    found = {(e.code, e.place.sheet, e.place.column) for e in read.errors}
    assert found == {
        ("became_number", "users.csv", "identifier"), ("became_number", "users.csv", "sourcedId"),
        ("became_date", "classes.csv", "sourcedId"), ("became_date", "classes.csv", "title"),
        ("became_date", "enrollments.csv", "classSourcedId")}  # fmt: skip
