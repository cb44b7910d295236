"""Several teachers in one cell: all are kept, and with a room for each they are groups."""

from datetime import date
from typing import Any

import pytest

from school.files.cells import Teacher, TimetableRead
from school.files.decisions import Decisions
from school.files.sheets.source import Source
from school.files.timetables.timetable_change import apply_timetable, compare_timetable
from school.files.timetables.timetable_in import read_timetable
from school.files.versions import empty_records
from school.records import School
from school.school_check import school_of
from school.school_rows import SchoolFile
from tests.school.files_in import made

SAID = Decisions(date(2026, 11, 23))
FET = '"Activity Id","Day","Hour","Students Sets","Subject","Teachers","Activity Tags","Room"'
ASC = """<timetable><classes><class id="c1" name="6A"/></classes><subjects>
<subject id="s1" name="KHTN"/></subjects><teachers><teacher id="t1" name="Yến"/>
<teacher id="t2" name="Hưng"/></teachers><classrooms><classroom id="r1" name="P1"/>
<classroom id="r2" name="P2"/></classrooms><lessons>
<lesson id="l1" classids="c1" subjectid="s1" teacherids="t1,t2"/></lessons><cards>
<card lessonid="l1" period="1" days="1000000" classroomids="{rooms}"/></cards></timetable>"""


def sheet(*rows: list[Any]) -> Source:
    return made.source(made.book({"TKB sáng": list(rows)}))


def class_grid(text: str) -> Source:
    return sheet(["Thứ", "Tiết", "6A", "6B", "6C"], ["Thứ 2", 1, text])


def teacher_grid(*texts: str) -> Source:
    rows = [[name, text] for name, text in zip(("Yến", "Hưng"), texts, strict=True)]
    return sheet(["Giáo viên", "Thứ 2", None, "Thứ 3"], [None, 1, 2, 1], *rows)


def flat(teachers: str, room: str = "") -> Source:
    head = ["Lớp", "Thứ", "Buổi", "Tiết", "Môn", "Giáo viên", "Phòng"]
    return sheet(head, ["6A", 2, "Sáng", 1, "KHTN", teachers, room])


def fet_csv(room: str = "") -> Source:
    row = f'"1","Thứ 2","T1","6A","KHTN","Yến+Hưng","","{room}"'
    return made.source(f"{FET}\n{row}", "sang.csv")


ONE_LESSON = {
    "fet csv": fet_csv(),
    "fet csv, one room": fet_csv("P1"),
    "class grid": class_grid("KHTN - Yến+Hưng"),
    "class grid, comma": class_grid("KHTN - Yến, Hưng"),
    "class grid, lines": class_grid("KHTN\nYến/Hưng"),
    "teacher grid": teacher_grid("6A - KHTN", "6A - KHTN"),
    "flat": flat("Yến & Hưng"),
    "asc": made.source(ASC.format(rooms="r1"), "sang.xml"),
}
TWO_GROUPS = {
    "fet csv": fet_csv("P1+P2"),
    "class grid": class_grid("KHTN - Yến+Hưng - P1+P2"),
    "class grid, lines": class_grid("KHTN\nYến+Hưng\nP1/P2"),
    "class grid, a line each": class_grid("KHTN - Yến - P1\nKHTN - Hưng - P2"),
    "teacher grid": teacher_grid("6A - KHTN - P1", "6A - KHTN - P2"),
    "flat": flat("Yến, Hưng", "P1, P2"),
    "asc": made.source(ASC.format(rooms="r1,r2"), "sang.xml"),
}


def read(source: Source) -> TimetableRead:
    found = read_timetable([source])
    assert found.errors == ()
    return found


def records(**more: Any) -> SchoolFile:
    file = empty_records("A", "ab" * 32)
    classes = [{"id": "6a", "name": "6A"}]
    people = [{"id": "yen", "kind": "staff", "name": "Trần Thị Yến"},
              {"id": "hung", "kind": "staff", "name": "Lê Hưng"},
              {"id": "an", "kind": "pupil", "name": "Nguyễn An", "class_id": "6a"}]  # fmt: skip
    rows = {"classes": classes, "people": people} | more
    return SchoolFile.model_validate(file.model_dump(by_alias=True) | rows)


def school_after(source: Source, file: SchoolFile) -> School:
    change = compare_timetable(file, read(source), SAID)
    assert change.names.unmatched == ()
    after = apply_timetable(file, change, SAID)
    made.proven_bytes(after)
    assert compare_timetable(after, read(source), SAID).counts.kept == len(after.timetable)
    return school_of(after)


@pytest.mark.parametrize("shape", ONE_LESSON)
def test_every_teacher_of_a_lesson_is_kept(shape: str):
    (entry,) = school_after(ONE_LESSON[shape], records()).timetable
    assert (entry.group_key, entry.teacher_id, entry.co_teacher_ids) == ("6a", "yen", ("hung",))


@pytest.mark.parametrize("shape", TWO_GROUPS)
def test_a_room_for_each_teacher_makes_groups_of_the_class(shape: str):
    school = school_after(TWO_GROUPS[shape], records())
    assert [(e.group_key, e.teacher_id, e.room) for e in school.timetable] == [
        ("6a-nhom-1", "yen", "p1"),
        ("6a-nhom-2", "hung", "p2"),
    ]
    group = school.groups["6a-nhom-1"]
    assert (group.name, group.members, group.counts_to_45) == ("6A nhóm 1", ("an",), True)


def test_parts_of_a_class_with_another_name_follow_the_decision():
    said = Decisions(SAID.day, {"6A": "6A1"})
    file = records(classes=[{"id": "6a", "name": "6A1"}])
    change = compare_timetable(file, read(TWO_GROUPS["flat"]), said)
    assert change.names.unmatched == ()
    after = apply_timetable(file, change, said)
    assert [(g.id, g.name) for g in after.groups] == [
        ("6a1-nhom-1", "6A1 nhóm 1"), ("6a1-nhom-2", "6A1 nhóm 2")]  # fmt: skip


def test_each_name_that_leads_nowhere_is_told_once():
    file = records(people=[{"id": "x", "kind": "staff", "name": "Phạm Hùng"}],
                   classes=[{"id": "7b", "name": "7B"}])  # fmt: skip
    found = compare_timetable(file, read(TWO_GROUPS["fet csv"]), SAID).names.unmatched
    assert [one.name for one in found] == ["6A", "Yến", "Hưng"]
    assert dict((one.name, one.suggestions) for one in found)["Hưng"] == ("Phạm Hùng",)


def test_teachers_with_one_name_are_told_apart_by_the_key_of_vemis():
    lines = [f'"{n}","Thứ 2","T{n}","6A","Toán","Hà _(109_00000{n})","",""' for n in (1, 2)]
    source = made.source("\n".join([FET, *lines]), "sang.csv")
    school = school_after(source, empty_records("A", "ab" * 32))
    one, other = (entry.teacher_id or "" for entry in school.timetable)
    assert one != other
    assert [school.people[person].name for person in (one, other)] == ["Hà", "Hà"]
    assert school.office_code(other, SAID.day) == "109_000002"


def test_a_cell_that_names_no_usable_class_or_room_is_told_of():
    long = "Phòng " + "rất " * 20
    found = read_timetable([flat("-", long)])
    assert [(e.code, e.params["value"]) for e in found.errors] == [("bad_room", long[:20])]
    dashes = read(flat("-", "-")).cells[0]
    assert (dashes.teachers, dashes.room) == ((), "")


def test_a_teacher_is_written_with_the_key_beside():
    assert read(fet_csv()).cells[0].teachers == (Teacher("Yến"), Teacher("Hưng"))
