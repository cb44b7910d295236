"""Every shape of timetable gives the same flat table."""
# ruff: noqa: E501 - lines of files, kept whole

import subprocess
from datetime import date
from pathlib import Path

import pytest

from school.files.cells import Cell, Teacher, TimetableRead
from school.files.decisions import Decisions
from school.files.matching import suggest
from school.files.sheets.labels import weekday_of
from school.files.sheets.source import Source
from school.files.timetables.timetable_change import apply_timetable, compare_timetable
from school.files.timetables.timetable_in import read_timetable
from school.files.versions import empty_records
from school.records import Session
from tests.school.files_in import fet_school, made

SAID = Decisions(date(2026, 11, 23))
HEADER = '"Activity Id","Day","Hour","Students Sets","Subject","Teachers","Activity Tags","Room","Comments"\n'
Row = tuple[str, int, str, int, str]


def keys(read: TimetableRead) -> set[Row]:
    return {(c.group, c.weekday, c.session.value, c.slot, c.subject) for c in read.cells}


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both shifts solved by the real FET."""
    folder = tmp_path_factory.mktemp("fet")
    for shift, classes, letter in (
        ("sang", fet_school.MORNING, "S"),
        ("chieu", fet_school.AFTERNOON, "C"),
    ):
        file = folder / f"tkb-{shift}.fet"
        file.write_text(fet_school.fet_file(classes, letter), encoding="utf-8")
        done = subprocess.run(
            [
                "fet-cl",
                f"--inputfile={file}",
                f"--outputdir={folder / shift}",
                "--exportcsv=true",
                "--timelimitseconds=60",
                "--randomseeds10=1",
                "--randomseeds11=2",
                "--randomseeds12=3",
                "--randomseeds20=4",
                "--randomseeds21=5",
                "--randomseeds22=6",
            ],
            capture_output=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()[-500:]
    return folder


def found(folder: Path, pattern: str) -> list[Source]:
    return [Source(p.name, p.read_bytes()) for p in sorted(folder.rglob(pattern))]


def test_a_timetable_solved_by_fet_comes_in_whole(solved: Path):
    read = read_timetable(found(solved, "*_timetable.csv"))
    shown = compare_timetable(None, read, SAID).preview()
    expected = fet_school.slots_of(fet_school.MORNING) + fet_school.slots_of(fet_school.AFTERNOON)
    assert shown.slots == shown.counts.new == expected
    assert sorted(shown.classes) == sorted(fet_school.MORNING + fet_school.AFTERNOON)
    assert (shown.unmatched, shown.errors) == ((), ())
    assert {c.session for c in read.cells if c.group == "12A1"} == {Session.MORNING}
    assert {c.session for c in read.cells if c.group == "11A1"} == {Session.AFTERNOON}
    assert {c.room for c in read.cells if c.subject == "Tin học"} == set(fet_school.LABS)
    assert any(len(c.teachers) == 2 for c in read.cells)


@pytest.mark.parametrize(
    "pattern", ["*_teachers.xml", "*_subgroups.xml", "*_data_and_timetable.fet"]
)
def test_fet_xml_gives_the_same_slots(solved: Path, pattern: str):
    csv = read_timetable(found(solved, "*_timetable.csv"))
    assert keys(read_timetable(found(solved, pattern))) == keys(csv)


def test_fet_activities_need_the_fet_file_beside(solved: Path):
    times = found(solved, "tkb-sang_activities.xml")
    read = read_timetable([*times, *found(solved, "tkb-sang.fet")])
    assert keys(read) == keys(read_timetable(found(solved, "tkb-sang_timetable.csv")))
    with pytest.raises(ValueError, match="needs_fet_file"):
        read_timetable(times)


def test_grids_of_the_same_timetable_give_the_same_slots(solved: Path):
    csv = read_timetable(found(solved, "*_timetable.csv"))
    for style in ("{s} - {t}", "{s}\n{t}", "{s} ({t})"):
        grid = read_timetable([made.source(made.class_grid(csv.cells, style))])
        assert grid.format == "class-grid"
        assert not grid.errors
        assert [c for c in grid.cells if not c.room] == [
            Cell(c.group, c.weekday, c.session, c.slot, c.subject, c.teachers) for c in csv.cells
        ]
    teachers = read_timetable([made.source(made.teacher_grid(csv.cells))])
    assert teachers.format == "teacher-grid"
    assert keys(teachers) == keys(csv)


def test_applied_twice_nothing_is_new_and_the_first_version_stays(solved: Path):
    read = read_timetable(found(solved, "*_timetable.csv"))
    file = empty_records("Trường A", "ab" * 32)
    change = compare_timetable(file, read, SAID)
    assert change.names.unmatched == ()
    after = apply_timetable(file, change, SAID)
    made.proven_bytes(after)
    again = compare_timetable(after, read, SAID)
    assert again.counts == (0, 0, 0, len(read.cells))
    later = apply_timetable(after, again, SAID)
    assert later.timetable == after.timetable
    assert [v.valid_from for v in later.timetables] == [SAID.day]


CSV = [
    (
        '"1","Thứ 2","T1","6A+6B","Thể dục","Yến _(10909517_000019)+Hưng","","",""\n'
        '"2","Thứ Hai","Tiết 2","6A","Toán","Hà","","",""\n"2","Thứ Hai","Tiết 3","6A","Toán","Hà","","",""\n'
    )
]


@pytest.mark.parametrize("quote", ['"', "'", ""])
@pytest.mark.parametrize("separator", [",", ";", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_fet_csv_in_all_its_options(quote: str, separator: str, header: bool):
    text = (HEADER if header else "") + CSV[0]
    text = text.replace('","', f"{quote}{separator}{quote}").replace('"', quote)
    read = read_timetable([Source("tkb.csv", b"\xef\xbb\xbf" + text.encode())])
    assert read.format == "fet-csv"
    assert keys(read) == {
        ("6A", 1, "S", 1, "Thể dục"),
        ("6B", 1, "S", 1, "Thể dục"),
        ("6A", 1, "S", 2, "Toán"),
        ("6A", 1, "S", 3, "Toán"),
    }
    first = read.cells[0]
    assert [(t.name, t.code) for t in first.teachers] == [("Yến", "10909517_000019"), ("Hưng", "")]


def test_unmatched_teachers_come_with_the_likeliest_first():
    text = (
        HEADER
        + '"1","Thứ 2","T1","10A1","Toán","C.Hà","","",""\n"2","Thứ 3","T1","10A1","Văn","Trần Thi Hoa","","",""\n'
    )
    read = read_timetable([made.source(text, "tkb.csv")])
    file = empty_records("A", "ab" * 32)
    people = [
        {"id": f"t{n}", "kind": "staff", "name": name}
        for n, name in enumerate(["Trần Thị Hà", "Lê Thị Hòa", "Trần Thị Hoa"])
    ]
    file = type(file).model_validate(file.model_dump(by_alias=True) | {"people": people})
    change = compare_timetable(file, read, SAID)
    assert change.names.teachers[Teacher("C.Hà")] == "t0"
    assert change.names.teachers[Teacher("Trần Thi Hoa")] == "t2"
    text = text.replace("C.Hà", "Hương")
    change = compare_timetable(file, read_timetable([made.source(text, "tkb.csv")]), SAID)
    assert [one.name for one in change.names.unmatched] == ["Hương"]


STAFF = ["Nguyễn Dung", "Lê Thị Dung", "Hoàng Thùy Dung", "Đỗ Phương Nga", "Vũ Hằng", "Lê Y"]


@pytest.mark.parametrize(
    ("name", "given"),
    [("Dung A", "Dung"), ("Dung.A", "Dung"), ("Hằng.B", "Hằng"), ("Hằng (Toán)", "Hằng"),
     ("Cô Hằng 2", "Hằng"), ("C.P.Nga", "Nga"), ("Cô Y", "Y")],
)  # fmt: skip
def test_suggestions_for_a_name_with_a_sign_that_tells_namesakes_apart(name: str, given: str):
    assert set(suggest(name, STAFF)) == {one for one in STAFF if one.split()[-1] == given}


def test_the_files_own_first_day_is_that_of_the_version():
    rows = [["Lớp", "Thứ", "Tiết", "Môn", "Áp dụng từ"], ["10A1", 2, 1, "Toán", "07/12/2026"]]
    read = read_timetable([made.source(made.book({"Sheet1": rows}))])
    file = empty_records("A", "ab" * 32)
    file = apply_timetable(file, compare_timetable(file, read, SAID), SAID)
    for said, day in ((SAID, read.valid_from), (Decisions(SAID.day, is_day_told=True), SAID.day)):
        change = compare_timetable(file, read, said)
        assert change.preview().valid_from == date(2026, 12, 7)
        assert [v.valid_from for v in apply_timetable(file, change, said).timetables] == [day]


def test_flat_list():
    rows = [
        ["TKB"],
        ["Lớp", "Thứ", "Buổi", "Tiết", "Môn", "Giáo viên", "Phòng"],
        ["10A1", 2, "Sáng", 1, "Toán", "C.Hà", "A1.05"],
        ["10A1", "Ba", "Chiều", 2, "Tin", "T.Tuân", None],
        ["10A1", "Thứ 9", "Sáng", 1, "Toán", "", ""],
        ["10A1", 2, "Sáng", 40, "Toán", "", ""],
    ]
    read = read_timetable([made.source(made.book({"Sheet1": rows}))])
    assert read.format == "flat"
    assert keys(read) == {("10A1", 1, "S", 1, "Toán"), ("10A1", 2, "C", 2, "Tin")}
    assert [(e.code, e.place.row) for e in read.errors] == [("bad_weekday", 5), ("bad_slot", 6)]


ASC = """<?xml version="1.0" encoding="{encoding}"?><timetable ascttversion="2012">
<periods><period period="1" starttime="7:00" endtime="7:45"/><period period="2" starttime="7:50" endtime="8:35"/>
<period period="6" starttime="13:15" endtime="14:00"/></periods>
<classes><class id="c1" name="10A1"/></classes><teachers><teacher id="t1" name="Hà"/></teachers>
<subjects><subject id="s1" name="Toan"/></subjects><classrooms><classroom id="r1" name="Lab"/></classrooms>
<groups><group id="g1" name="Group 1" classid="c1" entireclass="0"/></groups>
<lessons><lesson id="l1" classids="c1" subjectid="s1" teacherids="t1" periodspercard="2" periodsperweek="2.0"/>
<lesson id="l2" classids="c1" groupids="g1" subjectid="s1" teacherids="t1" periodspercard="1" periodsperweek="1.0"/></lessons>
<cards><card lessonid="l1" period="1" days="100000" classroomids="r1"/><card lessonid="l2" period="6" days="010000"/>
<card lessonid="l9" period="1" days="100000"/></cards></timetable>"""


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_asc(encoding: str):
    read = read_timetable([Source("asc.xml", ASC.format(encoding=encoding).encode(encoding))])
    assert read.format == "asc-xml"
    assert keys(read) == {
        ("10A1", 1, "S", 1, "Toan"),
        ("10A1", 1, "S", 2, "Toan"),
        ("10A1 Group 1", 2, "C", 1, "Toan"),
    }
    assert read.cells[0].teachers[0].name == "Hà"
    assert [e.code for e in read.errors] == ["unknown_reference"]


@pytest.mark.parametrize(
    ("label", "day"),
    [
        ("Thứ 2", 1),
        ("Thứ Hai", 1),
        ("T7", 6),
        ("3", 2),
        ("CN", 7),
        ("Thứ 2 (23/11)", 1),
        ("Monday", 1),
        ("Toán", None),
    ],
)
def test_thu_2_is_monday(label: str, day: int | None):
    assert weekday_of(label) == day


def test_two_lessons_in_one_slot_are_an_error():
    text = (
        HEADER
        + '"1","Thứ 2","T1","10A1","Toán","A","","",""\n"2","Thứ 2","T1","10A1","Văn","B","","",""\n'
    )
    read = read_timetable([made.source(text, "tkb.csv")])
    assert [e.code for e in read.errors] == ["two_lessons"]
