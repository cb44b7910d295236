"""A room holds its own groups and their cards; of all other groups it knows id and name."""

from datetime import date

import pytest

from school.records import School
from school.register import Register
from school.room_copy import room_copy
from school.room_cut import cut_for_room
from school.rules import Rules
from school.school_check import school_of
from school.school_file import read_rows, write_school
from school.school_rows import SchoolFile
from tests.school.kit import Facts, make_rows, uid_of

DAY = date(2026, 11, 23)
CLASSES = ("10a1", "10a3", "11b1", "12c1")


def lesson(group: str, weekday: int, slot: int, teacher: str, room: str | None = None) -> dict:
    return {"group": group, "weekday": weekday, "session": "S", "slot": slot, "subject": "Toán",
            "teacher_id": teacher, "room": room}  # fmt: skip


def rows(**changes) -> SchoolFile:
    """Four classes with rooms of their own, a lab, and two groups across them."""
    pupils = [
        {"id": f"{c}-{n}", "kind": "pupil", "name": f"Tên {c} {n}", "class_id": c, "stt": n}
        for c in CLASSES
        for n in (1, 2)
    ]
    on = {"first_day": "2026-11-23", "last_day": "2026-11-23"}
    long_ago = {"first_day": "2026-09-10", "last_day": "2026-09-10"}
    staff = [{"id": t, "kind": "staff", "name": f"Cô {t}"} for t in ("ha", "lan", "son", "tin")]
    made = make_rows(
        rooms=[{"id": f"r-{c}", "name": c.upper()} for c in CLASSES]
        + [{"id": "lab", "name": "Phòng Tin"}],
        classes=[
            {"id": c, "name": c.upper(), "home_room": f"r-{c}", "homeroom_teacher_id": "lan"}
            for c in CLASSES
        ],
        groups=[
            {"id": "hsg", "name": "HSG Toán", "members": ["10a1-1", "12c1-1"]},
            {"id": "phu-dao", "name": "Phụ đạo", "members": ["11b1-2"]},
        ],
        people=pupils + staff,
        cards=[
            {"person_id": p["id"], "tech": "mifare", "uid": uid_of(p["id"])}
            for p in [*pupils, *staff]
        ],
        timetable=[
            lesson("10a1", 1, 1, "ha"),
            lesson("10a1", 2, 1, "tin", "lab"),
            lesson("10a3", 1, 1, "son"),
            lesson("11b1", 3, 1, "tin", "lab"),
        ],
        leaves=[
            {"id": "l1", "person_id": "10a1-1", **on},
            {"id": "l2", "person_id": "10a3-1", **on},
            {"id": "l3", "person_id": "10a1-2", **long_ago},
        ],
        teaching_plan=[
            {"subject": "Toán", "grade": grade, "number": 1, "title": f"Bài {grade}"}
            for grade in (10, 11, 12)
        ],
        thresholds=[{"open_before_min": 30, "late_after_min": 1, "maybe_absent_after_min": 9}],
    )  # fmt: skip
    return SchoolFile.model_validate(made | changes)


def cut(room: str, day: date | None = DAY, **changes) -> School:
    file = room_copy(cut_for_room(rows(**changes), room, day))
    return school_of(read_rows(write_school(file)))


def held(school: School) -> set[str]:
    return {key for key, group in school.groups.items() if group.listed}


def pupils(school: School) -> set[str]:
    return {p.id for p in school.people.values() if p.class_id is not None}


def test_a_room_holds_its_home_class_and_nothing_of_others_but_id_and_name():
    school = cut("r-10a1")
    assert held(school) == {"10a1"}
    assert pupils(school) == {"10a1-1", "10a1-2"}
    assert {group.name for group in school.groups.values()} == {
        "10A1", "10A3", "11B1", "12C1", "HSG Toán", "Phụ đạo"}  # fmt: skip
    other = school.groups["10a3"]
    assert (other.home_room, other.homeroom_teacher_id, other.members) == (None, None, ())
    assert school.roster("10a3") == school.roster("hsg") == ()
    text = write_school(room_copy(cut_for_room(rows(), "r-10a1", DAY))).decode()
    assert "Tên 10a3" not in text
    assert uid_of("10a1-1") not in text


def test_cards_are_those_of_its_pupils_and_of_who_teaches_here():
    owners = {card.person_id for card in cut("r-10a1").cards.values()}
    assert owners == {"10a1-1", "10a1-2", "ha", "lan"}
    assert {"tin", "ha", "lan"} <= cut("r-10a1").people.keys()  # names of its class's teachers
    assert "son" not in cut("r-10a1").people


def test_a_lab_holds_every_class_that_has_a_lesson_there():
    assert held(cut("lab")) == {"10a1", "11b1"}


def test_leave_plan_and_thresholds_go_along_cut_to_the_room():
    school = cut("r-10a1")
    assert [leave.id for leave in school.leaves] == ["l1"]
    assert [one.grade for one in school.plan] == [10]
    assert school.thresholds[0].late_after_min == 1
    assert school.bells
    assert {entry.group_key for entry in school.timetable} == {"10a1"}


@pytest.mark.parametrize(
    ("first", "is_held"),
    [("2026-12-07", True), ("2026-12-08", False), ("2026-09-01", True)],
)
def test_a_timetable_of_the_next_two_weeks_counts(first, is_held):
    versions = [{"name": "TKB 2", "valid_from": first, "rows": [lesson("12c1", 1, 2, "ha", "lab")]}]
    assert ("12c1" in held(cut("lab", timetables=versions))) is is_held


@pytest.mark.parametrize(("until", "is_held"), [("2026-11-10", True), ("2026-11-09", False)])
def test_a_timetable_that_ended_two_weeks_ago_counts_no_more(until, is_held):
    versions = [{"name": "TKB 2", "valid_from": until, "rows": []}]
    assert (held(cut("lab", timetables=versions)) == {"10a1", "11b1"}) is is_held


def test_a_change_of_one_day_an_exam_and_a_loan_bring_a_list():
    change = {"kind": "make_up", "date": "2026-11-30", "group": "phu-dao", "session": "S",
              "slot": 2, "room": "r-10a1"}  # fmt: skip
    assert held(cut("r-10a1", substitutions=[change])) == {"10a1", "phu-dao"}
    assert "11b1-2" in pupils(cut("r-10a1", substitutions=[change]))
    exam = {"group": "thi", "name": "Thi", "room": "r-10a1", "date": "2026-11-24",
            "start": "07:30", "end": "09:00",
            "candidates": [{"person_id": "12c1-2", "number": "1"}]}  # fmt: skip
    with_exam = cut("r-10a1", exams=[exam, exam | {"group": "thi2", "room": "lab"}])
    assert "12c1-2" in pupils(with_exam)
    assert [one.group_key for one in with_exam.exams] == ["thi"]
    loan = {"room": "r-10a1", "group": "hsg", "first_day": "2026-11-23", "last_day": "2026-11-23"}
    assert held(cut("r-10a1", lent=[loan])) == {"10a1", "hsg"}
    assert held(cut("r-10a3", lent=[loan])) == {"10a3"}
    assert held(cut("r-10a1", date(2026, 12, 8), lent=[loan])) == {"10a1"}


def test_a_pupil_of_a_held_group_does_not_bring_the_class_along():
    loan = {"room": "r-10a1", "group": "hsg"}
    school = cut("r-10a1", lent=[loan])
    assert [p.id for p in school.roster("hsg")] == ["10a1-1", "12c1-1"]
    assert school.roster("12c1") == ()
    assert school.group_name("12c1") == "12C1"


def test_who_left_the_class_stays_for_two_weeks():
    times = [{"person_id": "10a1-1", "class_id": "10a1", "valid_to": "2026-11-22"},
             {"person_id": "10a1-1", "class_id": "10a3", "valid_from": "2026-11-23"}]  # fmt: skip
    people = [p if p.id != "10a1-1" else p.model_copy(update={"class_id": "10a3", "stt": 9})
              for p in rows().people]  # fmt: skip
    assert "10a1-1" in pupils(cut("r-10a1", people=people, enrolments=times))
    late = cut("r-10a1", date(2026, 12, 7), people=people, enrolments=times)
    assert "10a1-1" not in pupils(late)
    assert late.roster("10a3") == ()


@pytest.mark.parametrize("room", ["r-10a1", "lab", "r-12c1"])
@pytest.mark.parametrize("day", [DAY, None])
def test_what_was_cut_is_cut_no_further_by_the_room(room, day):
    loan = {"room": "lab", "group": "hsg"}
    versions = [{"name": "TKB 2", "valid_from": "2027-01-04",
                 "rows": [lesson("12c1", 1, 2, "ha", "lab")]}]  # fmt: skip
    once = write_school(room_copy(cut_for_room(rows(lent=[loan], timetables=versions), room, day)))
    assert write_school(room_copy(cut_for_room(read_rows(once), room, None))) == once


def test_a_card_of_a_held_group_is_of_another_class_and_any_other_is_unknown():
    loan = {"room": "r-10a1", "group": "10a3"}
    register, facts = Register(cut("r-10a1", lent=[loan]), Rules()), Facts("r-10a1")
    register.apply(facts.start("06:55", "20261123-S-1-10a1"))
    said = {p: register.apply(facts.tap(p, "06:58")).outcome for p in
            ("10a1-1", "10a3-1", "11b1-1", "son", "ha")}  # fmt: skip
    assert said == {"10a1-1": "present", "10a3-1": "other_class", "11b1-1": "unknown",
                    "son": "unknown", "ha": "staff"}  # fmt: skip
