"""What a program's file refers to and does not hold is an error; what it does not place is told."""

from school.files.cells import TimetableRead
from school.files.rosters.roster import read_roster
from school.files.sheets.source import Source
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

ASC = """<?xml version="1.0" encoding="UTF-8"?><timetable>
<periods><period period="1" starttime="7:00"/><period period="2" starttime="7:50"/></periods>
<classes><class id="c1" name="10A1"/><class id="c2" name="10A2"/></classes>
<teachers><teacher id="t1" name="Hà"/></teachers><subjects><subject id="s1" name="Toán"/></subjects>
<classrooms><classroom id="r1" name="Lab"/></classrooms>
<groups><group id="g1" name="Nhóm 1" classid="c1" entireclass="0"/>
<group id="g2" name="Cả lớp" classid="c2" entireclass="1"/></groups>
<lessons>{lessons}</lessons><cards>{cards}</cards></timetable>"""
GOOD = '<lesson id="l0" classids="c1" subjectid="s1" teacherids="t1"/>'
PLACED = '<card lessonid="l0" period="1" days="10000"/>'


def read(lesson: str, card: str = 'period="2" days="10000"') -> TimetableRead:
    one = f'<lesson id="l1" {lesson}/>'
    raw = ASC.format(lessons=GOOD + one, cards=f'{PLACED}<card lessonid="l1" {card}/>')
    return read_timetable([Source("tkb.xml", raw.encode())])


def errors(found: TimetableRead) -> list[tuple[str, str]]:
    return [(e.code, e.params.get("value", "")) for e in found.errors]


def groups(found: TimetableRead) -> list[str]:
    return [cell.group for cell in found.cells if cell.slot == 2]


def test_a_class_a_teacher_a_subject_a_group_or_a_room_that_is_missing_is_an_error():
    for lesson, missing in (
        ('classids="c9" subjectid="s1"', "c9"),
        ('classids="c1,c9" subjectid="s1"', "c9"),
        ('classids="c1" subjectid="s9"', "s9"),
        ('classids="c1" subjectid="s1" teacherids="t9"', "t9"),
        ('classids="c1" subjectid="s1" groupids="g9"', "g9"),
        ('classids="c1" subjectid="s1" classroomids="r9"', "r9"),
    ):
        assert errors(read(lesson)) == [("unknown_reference", missing)], lesson
    card = 'period="2" days="10000" classroomids="r9"'
    assert errors(read('classids="c1" subjectid="s1"', card)) == [("unknown_reference", "r9")]


def test_a_class_beside_a_part_of_another_keeps_its_lesson():
    for ids in ("g1", "g1,g2"):
        found = read(f'classids="c1,c2" groupids="{ids}" subjectid="s1"')
        assert (sorted(groups(found)), found.errors) == (["10A1 Nhóm 1", "10A2"], ())


def test_what_has_no_class_or_no_place_is_told():
    found = read('classids="" subjectid="s1"')
    notes = [(one.mark.why, dict(one.mark.params)) for one in found.account.how]
    assert ("no_students", {"n": "1"}) in notes
    raw = ASC.format(lessons=f'{GOOD}<lesson id="l1" classids="c1"/>', cards=PLACED)
    found = read_timetable([Source("tkb.xml", raw.encode())])
    notes = [(one.mark.why, dict(one.mark.params)) for one in found.account.how]
    assert ("unplaced", {"n": "1"}) in notes


def passed(found: object) -> list[str]:
    """Names of what a program's file holds and nobody reads."""
    how = found.account.how
    return [dict(one.mark.params)["names"] for one in how if one.mark.why == "not_needed"]


FET = (
    '"Activity Id","Day","Hour","Students Sets","Subject","Teachers","Activity Tags","Room",'
    '"Comments","Color"\n'
    '"1","Thứ 2","T1","10A1","Toán","Hà","","","{comment}","{color}"\n'
)


def test_columns_of_fet_that_hold_something_and_are_not_read_are_named():
    for comment, color, names in (("lẻ", "#fff", ["Comments, Color"]), ("", "", [])):
        text = FET.format(comment=comment, color=color)
        assert passed(read_timetable([made.source(text, "a_timetable.csv")])) == names


def test_files_and_columns_of_oneroster_that_are_not_read_are_named():
    raw = made.archive({
        "manifest.csv": "propertyName,value\noneroster.version,1.1\n",
        "users.csv": "sourcedId,status,role,givenName,familyName,email,password,sms\n"
                     "u1,,student,An,Nguyễn,a@x.vn,x,\n",
        "classes.csv": "sourcedId,status,title,classType,periods\nk1,,10A1,homeroom,\n",
        "enrollments.csv": "sourcedId,classSourcedId,userSourcedId,role\ne1,k1,u1,student\n",
        "demographics.csv": "sourcedId,birthDate\nu1,2011-02-02\n",
        "ghi-chu.txt": "abc",
    })  # fmt: skip
    found = read_roster([made.source(raw, "or.zip")])
    assert passed(found) == ["demographics.csv, ghi-chu.txt, users.csv (email, password)"]
    assert "x.vn" not in repr(found.account)
