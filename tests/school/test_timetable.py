"""Which lesson a moment belongs to."""

import pytest

from sync.school.rules import Rules
from sync.school.timetable import Timetable
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
