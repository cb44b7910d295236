"""Which lesson a moment belongs to."""

from datetime import date

import pytest

from school.register import Register
from school.rules import Rules
from school.timetable import Timetable
from tests.school.kit import MONDAY, at, make_rows, make_school

T1, T2, PM = "20261123-S-1-10a1", "20261123-S-2-10a1", "20261123-C-1-10a3"


@pytest.fixture
def timetable(school):
    return Timetable(school, Rules())


def ids(lessons):
    return [one.id for one in lessons]


@pytest.mark.parametrize(
    ("time", "lessons"),
    [
        ("06:39", []),
        ("06:40", [T1]),
        ("07:00", [T1]),
        ("07:42", [T1]),
        ("07:43", [T1, T2]),
        ("07:45", [T2]),
        ("08:34", [T2]),
        ("08:35", []),
        ("12:54", []),
        ("12:55", [PM]),
    ],
)
def test_taps_count_from_20_minutes_before_the_session(timetable, time, lessons):
    assert ids(timetable.counting("a1-05", at(time))) == lessons


@pytest.mark.parametrize(
    ("time", "offered", "after"),
    [
        ("06:20", [], [T1]),
        ("06:45", [T1], [T1]),
        ("07:10", [T1], [T2]),
        ("07:47", [T2], [T2]),
        ("07:49", [T2], [T2]),
        ("09:00", [], [PM]),
        ("20:00", [], []),
    ],
)
def test_what_the_start_touch_opens(timetable, time, offered, after):
    assert ids(timetable.offered("a1-05", at(time))) == offered
    assert ids(timetable.next_after("a1-05", at(time))) == after


def test_the_next_of_a_double_lesson_is_offered_two_minutes_before(school):
    rows = make_rows()
    rows["bells"][1]["start"] = "07:45"
    timetable = Timetable(make_school(bells=rows["bells"]), Rules())
    assert ids(timetable.offered("a1-05", at("07:42"))) == [T1]
    assert ids(timetable.offered("a1-05", at("07:43"))) == [T2]


def test_classes_put_together_are_offered_together():
    rows = make_rows()
    merged = {"group": "10a3", "weekday": 1, "session": "S", "slot": 1, "room": "a1-05"}
    timetable = Timetable(make_school(timetable=[*rows["timetable"], merged]), Rules())
    assert ids(timetable.offered("a1-05", at("07:10"))) == [T1, "20261123-S-1-10a3"]


def test_other_days_and_rooms_have_none(timetable):
    assert timetable.counting("lab", at("07:00")) == ()
    assert timetable.counting("a1-05", at("07:00") + 86_400_000) == ()


def test_unplanned_lesson_takes_the_slot_or_the_minute(timetable):
    assert timetable.name_lesson("10a3", at("07:10")) == "20261123-S-1-10a3"
    assert timetable.name_lesson("10a3", at("10:15")) == "20261123-S-x1015-10a3"
    assert timetable.name_lesson("10a3", at("15:00")) == "20261123-C-x1500-10a3"
    assert timetable.name_lesson("10a3", at("19:05")) == "20261123-T-x1905-10a3"


def test_lessons_by_id(timetable):
    assert timetable.lesson("20261123-S-3-10a3").starts_ms == at("08:55")
    slotless = timetable.lesson("20261123-S-x1015-10a3")
    assert (slotless.starts_ms, slotless.ends_ms) == (at("10:15"), at("11:00"))
    assert timetable.lesson("20261123-S-9-10a3") is None
    assert timetable.lesson("b00000000-1-10a3") is None
    assert timetable.lesson("nonsense") is None


def test_a_date_with_bells_of_its_own_has_only_those():
    own = {"session": "S", "slot": 1, "start": "08:00", "end": "08:30", "date": "2026-11-23"}
    timetable = Timetable(make_school(bells=[*make_rows()["bells"], own]), Rules())
    day = timetable.in_room("a1-05", MONDAY.date())
    assert [(one.id, one.starts_ms) for one in day] == [(T1, at("08:00"))]


def moved(**changes):
    return Timetable(make_school(**changes), Rules())


def starts(timetable, day=None):
    day = day or MONDAY.date()
    return [(one.id[9:], one.starts_ms) for one in timetable.in_room("a1-05", day)]


def test_a_bell_that_is_off_the_clock_moves_every_lesson():
    timetable = moved(school={"id": "a", "name": "A", "bell_offset_min": 3})
    assert timetable.lesson(T1).starts_ms == at("07:03")
    assert ids(timetable.counting("a1-05", at("06:42"))) == []
    assert ids(timetable.counting("a1-05", at("06:43"))) == [T1]


def test_winter_bells_hold_in_their_season_alone():
    winter = {"session": "C", "slot": 1, "start": "13:15", "end": "14:00",
              "valid_from": "2026-11-01", "valid_to": "2027-02-28"}  # fmt: skip
    timetable = moved(bells=[*make_rows()["bells"], winter])
    assert starts(timetable) == [("C-1-10a3", at("13:15"))]
    assert len(starts(timetable, date(2026, 10, 26))) == 3


def test_a_version_holds_from_its_day_until_the_next():
    new = {"name": "TKB số 5", "valid_from": "2026-11-23", "rows": [
        {"group": "10a3", "weekday": 1, "session": "S", "slot": 2, "subject": "Hóa"}]}  # fmt: skip
    timetable = moved(timetables=[new, new | {"valid_from": "2026-12-07", "rows": []}])
    assert [one for one, _ in starts(timetable)] == ["S-2-10a3"]
    assert len(starts(timetable, date(2026, 11, 16))) == 3
    assert starts(timetable, date(2026, 12, 7)) == []


def test_a_day_off_declared_late_has_no_lessons():
    storm = {"first_day": "2026-11-23", "last_day": "2026-11-23", "declared_on": "2026-11-22"}
    year = {"year": "2026-2027", "first_day": "2026-09-07", "last_day": "2027-05-28"}
    timetable = moved(calendar=[year | {"closed": [storm]}])
    assert starts(timetable) == []
    assert timetable.lesson(T1).starts_ms == at("07:00")  # where it was held all the same


def test_changes_of_one_day():
    change = {"date": "2026-11-23", "group": "10a1", "session": "S"}
    timetable = moved(substitutions=[
        change | {"kind": "cancelled", "slot": 1},
        change | {"kind": "substitute", "slot": 2, "teacher_id": "ha", "subject": "Tin"},
        change | {"kind": "make_up", "slot": 3, "subject": "Toán"},
        change | {"kind": "room", "group": "10a3", "session": "C", "slot": 1, "room": "lab"},
    ])  # fmt: skip
    assert [one for one, _ in starts(timetable)] == ["S-2-10a1", "S-3-10a1"]
    assert (timetable.lesson(T2).subject, timetable.lesson(T2).teacher_id) == ("Tin", "ha")
    assert ids(timetable.in_room("lab", MONDAY.date())) == [PM]
    assert len(starts(timetable, date(2026, 11, 30))) == 3


def test_a_double_lesson_is_two_lessons():
    rows = make_rows()["timetable"]
    rows[1] = rows[1] | {"subject": "Toán"}
    timetable = moved(timetable=rows)
    assert timetable.double(T1).id == T2
    assert timetable.double(T2) is None
    assert timetable.double("nonsense") is None


@pytest.mark.parametrize("subject", ["Chào cờ", "SHDC", "Sinh hoạt dưới cờ", "chao co"])
def test_the_flag_ceremony_by_all_its_names(subject):
    rows = make_rows()["timetable"]
    rows[0] = rows[0] | {"subject": subject}
    timetable = moved(timetable=rows)
    assert timetable.ceremony("a1-05", at("06:45")).id == T1
    assert timetable.ceremony("a1-05", at("07:50")) is None
    assert ids(timetable.offered("a1-05", at("07:10"))) == []
    assert ids(timetable.next_after("a1-05", at("06:45"))) == [T2]


def test_a_slot_has_the_name_that_the_school_gives_it():
    bells = [
        {"session": "S", "slot": 1, "start": "07:00", "end": "11:00", "name": "Cả buổi"},
        {"session": "C", "slot": 1, "start": "13:15", "end": "14:00", "name": "Tiết 6"},
        {"session": "C", "slot": 2, "start": "14:05", "end": "14:50"},
    ]
    week = [row for row in make_rows()["timetable"] if row["slot"] == 1]
    timetable = Timetable(make_school(bells=bells, timetable=week), Rules())
    named = {one.id: one.slot_name for one in timetable.on(MONDAY.date())}
    assert named == {T1: "Cả buổi", PM: "Tiết 6"}
    assert timetable.lesson("20261123-S-1-hsg").slot_name == "Cả buổi"
    assert timetable.lesson("20261123-C-2-10a1").slot_name == ""
    assert ids(timetable.counting("a1-05", at("10:30"))) == [T1]


def test_a_lesson_names_all_its_teachers_until_somebody_stands_in():
    rows = make_rows()
    rows["people"].append({"id": "lan", "kind": "staff", "name": "Lê Thị Lan"})
    rows["timetable"][0]["co_teacher_ids"] = ["lan"]
    stands_in = {
        "kind": "substitute", "date": "2026-11-23", "group": "10a1", "session": "S", "slot": 1,
        "teacher_id": "lan",
    }  # fmt: skip
    for changes, names in (([], "Trần Thị Hà, Lê Thị Lan"), ([stands_in], "Lê Thị Lan")):
        school = make_school(**{**rows, "substitutions": changes})
        assert Register(school, Rules()).lesson(T1).teacher == names
