"""OneRoster: enrolments with their days, deltas against the records, what cannot be guessed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from school.files.books.out_about import About
from school.files.books.out_oneroster import SchoolYear, oneroster_file
from school.files.decisions import Decisions
from school.files.rosters.enrolment import classes_on
from school.files.rosters.roster import read_roster
from school.files.rosters.roster_change import RosterChange, apply_roster, compare_roster
from school.files.sheets.trouble import FileRefusedError
from school.files.versions import empty_records
from school.school_check import school_of
from school.school_rows import SchoolFile
from tests.school.files_in import made

DAY = date(2026, 11, 23)
USERS = "sourcedId,status,role,familyName,middleName,givenName,identifier"
CLASSES = "sourcedId,status,title,classType"
ENROLMENTS = "sourcedId,status,classSourcedId,userSourcedId,role,primary,beginDate,endDate"
NAMES = ["Nguyễn,Thị Thu,Hà", "Trần,Văn,Đức", "Lê,Hoàng,Anh", "Giàng,A,Páo"]
PUPILS = [f"p{n},,student,{name},HS{n}" for n, name in enumerate(NAMES)]
TEACHERS = ["t1,,teacher,Trần,Thị,Hà,GV1", "t2,,teacher,Lê,Văn,Tuân,GV2"]
HOMES = ["k1,,10A1,homeroom", "k2,,10A2,homeroom", "s1,,Toán 10A1,scheduled"]


def times(*lines: str) -> list[str]:
    return [f"e{n},{line}" for n, line in enumerate(lines)]


PLACED = times(",k1,p0,student", ",k1,p1,student", ",k2,p2,student", ",k2,p3,student",
               ",s1,p0,student", ",k1,t1,teacher,true")  # fmt: skip


def archive(
    users: list[str], classes: list[str], enrolments: list[str], mode: str = "bulk"
) -> bytes:
    said = {"users": (USERS, users), "classes": (CLASSES, classes),
            "enrollments": (ENROLMENTS, enrolments)}  # fmt: skip
    manifest = ["propertyName,value", "oneroster.version,1.1"]
    manifest += [f"file.{name},{mode if lines else 'absent'}" for name, (_, lines) in said.items()]
    files = {f"{name}.csv": "\n".join([head, *lines]) for name, (head, lines) in said.items()
             if lines}  # fmt: skip
    return made.archive({"manifest.csv": "\n".join(manifest), **files})


def change_of(file: SchoolFile, raw: bytes, day: date = DAY) -> RosterChange:
    return compare_roster(file, read_roster([made.source(raw, "or.zip")]), Decisions(day))


def took(file: SchoolFile, raw: bytes, day: date = DAY) -> SchoolFile:
    change = change_of(file, raw, day)
    assert change.preview().errors == ()
    after = apply_roster(file, change, Decisions(day))
    made.proven_bytes(after)
    return after


EMPTY = empty_records("A", "ab" * 32)
BULK = archive([*PUPILS, *TEACHERS], HOMES, PLACED)
FILE = took(EMPTY, BULK)
LATER = DAY + timedelta(days=7)


def class_of(file: SchoolFile, name: str, day: date = LATER) -> str | None:
    (one,) = (p.id for p in file.people if p.name == name)
    return classes_on(file, day).get(one)


def errors(change: RosterChange) -> list[tuple[str, int]]:
    return [(e.code, e.place.row) for e in change.preview().errors]


def delta(users: list[str], classes: list[str], enrolments: list[str]) -> bytes:
    return archive(users, classes, enrolments, mode="delta")


MOVED = times(
    ",k2,p0,student,,2026-11-01,2027-05-31",
    ",k1,p0,student,,2026-09-05,2026-10-31",
    ",k1,p1,student,,2026-09-05,",
)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 8, 20), "10a1"),
        (date(2026, 10, 31), "10a1"),
        (date(2026, 11, 1), "10a2"),
        (DAY, "10a2"),
    ],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_the_enrolment_of_the_day_counts_wherever_it_stands(day: date, name: str, turn: int):
    file = took(EMPTY, archive(PUPILS[:2], HOMES, MOVED[::turn]), day)
    assert class_of(file, "Nguyễn Thị Thu Hà", day) == name


def test_enrolments_that_have_all_ended_are_told_of():
    ended = archive(PUPILS[:1], HOMES, MOVED[1:2])
    assert errors(change_of(EMPTY, ended)) == [("all_ended", 0)]


def test_two_homerooms_at_a_time_are_an_error():
    raw = archive(PUPILS[:1], HOMES, times(",k1,p0,student", ",k2,p0,student"))
    assert errors(change_of(EMPTY, raw)) == [("two_classes", 3)]
    bad = archive(PUPILS[:1], HOMES, times(",k1,p0,student,,05/09/2026,"))
    assert ("bad_day", 2) in errors(change_of(EMPTY, bad))


def test_the_homeroom_teacher_of_the_day_counts():
    lines = [",k1,p0,student", ",k1,t1,teacher,true,,2026-10-31", ",k1,t2,teacher,true,2026-11-01"]
    file = took(EMPTY, archive([*PUPILS[:1], *TEACHERS], HOMES, times(*lines)))
    by_id = {p.id: p.name for p in file.people}
    assert by_id[file.classes[0].homeroom_teacher_id or ""] == "Lê Văn Tuân"


def test_a_new_homeroom_teacher_needs_no_user_in_a_delta():
    lines = times("tobedeleted,k1,t1,teacher,true", "active,k1,t2,teacher,true")
    after = took(FILE, delta([], HOMES[:1], lines), LATER)
    by_id = {p.id: p.name for p in after.people}
    assert by_id[after.classes[0].homeroom_teacher_id or ""] == "Lê Văn Tuân"


def test_classes_of_subjects_alone_make_no_classes():
    raw = archive(PUPILS, ["s1,,Toán 10A1,scheduled"], times(",s1,p0,student"))
    with pytest.raises(FileRefusedError) as caught:
        read_roster([made.source(raw, "or.zip")])
    assert caught.value.trouble.code == "no_homeroom"


def test_a_move_needs_no_user_in_a_delta():
    lines = times("tobedeleted,k1,p0,student", "active,k2,p0,student")
    after = took(FILE, delta([], HOMES[:2], lines), LATER)
    assert class_of(after, "Nguyễn Thị Thu Hà") == "10a2"
    assert change_of(FILE, delta([], HOMES[:2], lines), LATER).preview().counts == (0, 1, 0, 0)
    assert class_of(took(FILE, delta([], HOMES[1:2], lines)), "Nguyễn Thị Thu Hà") == "10a2"
    moved = delta([], [], [*lines, *times("active,s2,p0,student")])  # s2: some subject's class
    assert class_of(took(FILE, moved, LATER), "Nguyễn Thị Thu Hà") == "10a2"
    others = FILE.model_copy(deep=True)
    for row in others.classes:
        row.source_id = None  # the records came from lists
    unknown = change_of(others, delta([], [], lines), LATER)
    assert errors(unknown) == [("unknown_class", 2), ("unknown_class", 3)]
    nobody = change_of(FILE, delta([], HOMES, times("active,k2,p9,student")), LATER)
    assert errors(nobody) == [("unknown_reference", 2)]


def test_a_delta_knows_our_own_exports_by_their_ids():
    (one,) = (p.id for p in FILE.people if p.name == "Nguyễn Thị Thu Hà")
    lines = times(f"tobedeleted,10a1,{one},student", f"active,10a2,{one},student",
                  f"active,10a2--course-toan,{one},student")  # fmt: skip
    after = took(FILE, delta([], [], lines), LATER)
    assert class_of(after, "Nguyễn Thị Thu Hà") == "10a2"
    assert after.office == FILE.office


def test_a_corrected_name_in_a_delta_is_a_change():
    raw = delta(["p1,active,student,Trần,Văn,Đúc,HS1", "t1,active,teacher,Trần,Thu,Hà,GV1"], [], [])
    change = change_of(FILE, raw, LATER)
    assert change.preview().counts == (0, 1, 0, 0)
    after = took(FILE, raw, LATER)
    assert {"Trần Văn Đúc", "Trần Thu Hà"} <= {p.name for p in after.people}
    assert class_of(after, "Trần Văn Đúc") == "10a1"
    assert len(after.people) == len(FILE.people)
    new = delta(["p9,active,student,Hơ,,Thị,HS9"], [], [])
    assert errors(change_of(FILE, new, LATER)) == [("no_enrolment", 2)]


@pytest.mark.parametrize(
    ("users", "enrolments", "gone"),
    [
        (["p1,tobedeleted,student,Trần,Văn,Đức,HS1"], [], 1),
        (["p1,tobedeleted,student,,,,"], [], 1),
        ([], ["tobedeleted,k1,p1,student"], 1),
        ([], ["active,k1,p1,student,,2026-09-05,2026-10-31"], 1),
        ([], ["tobedeleted,s1,p1,student"], 0),
        ([], ["tobedeleted,k2,p1,student"], 0),
    ],
)
def test_who_is_taken_out_by_a_delta(users: list[str], enrolments: list[str], gone: int):
    raw = delta(users, HOMES, times(*enrolments))
    assert change_of(FILE, raw, LATER).preview().counts.gone == gone
    assert change_of(FILE, raw, LATER).preview().counts.new == 0


def test_users_numbered_anew_are_known_by_their_codes():
    turned = [f"p{3 - n}{line[2:]}" for n, line in enumerate(PUPILS)]
    lines = times(",k1,p3,student", ",k1,p2,student", ",k2,p1,student", ",k2,p0,student")
    raw = archive(turned, HOMES, lines)
    assert change_of(FILE, raw, LATER).preview().counts == (0, 0, 0, 4)
    after = took(FILE, raw, LATER)
    assert {p.name: p.id for p in after.people} == {p.name: p.id for p in FILE.people}
    moved = delta([], HOMES, times("active,k2,p3,student"))
    assert class_of(took(after, moved, LATER), "Nguyễn Thị Thu Hà") == "10a2"


def test_the_files_own_key_is_no_code_for_people():
    school = school_of(FILE)
    codes = {school.office_code(p.id, LATER) for p in FILE.people}
    assert codes == {"HS0", "HS1", "HS2", "HS3", "GV1", "GV2"}
    assert took(FILE, BULK, LATER) == FILE


def test_what_an_export_made_safe_comes_back_as_it_was():
    names = ["+10A2", "=Tổ 1"]
    raw = archive(PUPILS[:1], [f"k1,,'{names[0]},homeroom", f"k2,,'{names[1]},homeroom"],
                  times(",k1,p0,student"))  # fmt: skip
    assert read_roster([made.source(raw, "or.zip")]).classes == tuple(names)


def test_our_own_export_changes_nothing():
    about = About("A", "kiểm thử", datetime(2026, 11, 30, tzinfo=UTC))
    year = SchoolYear("2026-2027", date(2026, 9, 5), date(2027, 5, 31))
    raw = oneroster_file(school_of(FILE), year, about)
    assert change_of(FILE, raw, LATER).preview().counts == (0, 0, 0, 4)
