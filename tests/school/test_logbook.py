"""The row of the logbook, prefilled."""

from school.logbook import Signature, line_of
from school.register import Register
from school.rules import Rules
from tests.school.kit import make_rows, make_school

T1, T2 = "20261123-S-1-10a1", "20261123-S-2-10a1"
PLAN = [{"subject": "Toán", "grade": 10, "number": n, "title": f"Bài {n}"} for n in (1, 2, 3)]
YEAR = {"year": "2026-2027", "first_day": "2026-09-07", "last_day": "2027-05-28"}


def both_maths(**more):
    rows = make_rows()["timetable"]
    rows[1] = rows[1] | {"subject": "Toán"}
    return Register(
        make_school(timetable=rows, teaching_plan=PLAN, calendar=[YEAR], **more), Rules()
    )


def test_a_row_is_prefilled_from_marks_leave_and_plan(facts):
    register = both_maths(
        leaves=[{"id": "l", "person_id": "10a1-2", "first_day": "2026-11-20",
                 "last_day": "2026-11-23"}],
    )  # fmt: skip
    register.apply(facts.mark(T1, "10a1-2", "absent", "07:05"))
    register.apply(facts.mark(T1, "10a1-3", "absent", "07:05"))
    line = line_of(register, T1)
    assert [(a.name, a.excuse) for a in line.away] == [
        ("Nguyễn Văn Bình", "excused"), ("Nguyễn Văn Châu", "unknown")]  # fmt: skip
    assert (line.number, line.title, line.week, line.teacher) == (1, "Bài 1", 12, "Trần Thị Hà")
    assert (line.is_complete, line.signature) == (False, Signature.UNSIGNED)


def test_the_next_number_follows_what_was_taught(facts):
    register = both_maths(logbook=[{"lesson": T1, "number": 1}])
    assert line_of(register, T2).number == 2
    register.apply(facts.make("logbook", "07:45", lesson=T1, number=2, signed_by="place"))
    assert (line_of(register, T1).title, line_of(register, T1).signed_by) == ("Bài 2", "place")
    assert line_of(register, T2).number == 3
    register.apply(facts.make("logbook", "07:46", lesson=T1, number=3, grade="Tốt"))
    assert line_of(register, T2).number is None
    assert (line_of(register, T1).grade, line_of(register, T1).signature) == ("Tốt", "signed")


def test_a_later_lesson_does_not_move_an_earlier_one(facts):
    register = both_maths()
    register.apply(facts.make("logbook", "08:35", lesson=T2, number=3))
    assert line_of(register, T1).number == 1
