"""Who moved, left, or was taken out by an undo stays in what is written of the confirmed day."""

import io
import json
from dataclasses import replace
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from school.facts import Fact
from school.files.books.out_attendance import attendance_file
from school.files.books.out_days import Letters, Patience, about, held_on, lessons_of
from school.files.books.out_logbook import Week, logbook_file
from school.files.books.out_month import month_sheets
from school.files.books.out_record import record_of
from school.files.books.xlsx_out import write_book
from school.one_pupil import OnePupil
from school.records import NOT_LISTED, School
from school.register import Register
from school.rules import Rules
from sync.hub.attendance import SchoolAttendance
from sync.hub.database import migrate, open_writer
from tests.school.files_out.hub_kit import store
from tests.school.files_out.kit import AT, AT_MS, Teller, at_ms, rows, school_of

DAY = date(2026, 11, 23)
PUPIL, STAYS = "hs-10a1-03", "hs-10a1-02"
LESSON = "20261123-S-1-10a1"
EVE = "2026-11-22"


def changed(how: str) -> School:
    given = rows()
    person = next(p for p in given["people"] if p["id"] == PUPIL)
    if how == "undone":
        given["people"].remove(person)
        return school_of(given)
    given["enrolments"] = [{"person_id": PUPIL, "class_id": "10a1", "valid_to": EVE}]
    if how == "moved":
        person["class_id"], person["stt"] = "11a1", 9
        given["enrolments"].append(
            {"person_id": PUPIL, "class_id": "11a1", "valid_from": DAY.isoformat()}
        )
    return school_of(given)


def told() -> list[Fact]:
    """A lesson confirmed with a pupil away, who is put out of the list later that day."""
    tell = Teller()
    others = [f"hs-10a1-{n:02}" for n in range(1, 7) if n != 3]
    said = {"lesson": LESSON, "source": "teacher", "presence": "absent"}
    return [
        tell.fact("mark", at_ms(DAY, 7, 5), **said, person=PUPIL),
        tell.fact("confirm", at_ms(DAY, 7, 15), lesson=LESSON, by="place",
                  carried={"present": others}, cards={}, others=[PUPIL]),
    ]  # fmt: skip


@pytest.fixture(params=["moved", "left", "undone"])
def register(request) -> Register:
    register = Register(school_of(rows()), Rules())
    for fact in told():
        register.apply(fact)
    register.adopt(changed(request.param))
    return register


def sheets(book: bytes) -> dict[str, list[list[object]]]:
    opened = CalamineWorkbook.from_filelike(io.BytesIO(book))
    return {name: opened.get_sheet_by_name(name).to_python() for name in opened.sheet_names}


def name_in(register: Register) -> str:
    return register.school.person(PUPIL).name


def test_the_month_sheet_has_the_absence(register):
    held = held_on(register, DAY, AT_MS)
    groups = [register.school.groups["10a1"]]
    pages = month_sheets(register, DAY, groups, held, Patience(register, AT.date(), 3))
    said = about(register.school, "máy chủ trường", AT, held)
    rows_of = sheets(write_book(pages, said))["10A1"]
    row = next(row for row in rows_of if row[1] == name_in(register))
    assert row[1 + DAY.day] == "K"


def test_the_flat_list_and_the_logbook_have_it(register):
    held = held_on(register, DAY, AT_MS)
    patience = Patience(register, AT.date(), 3)
    said = about(register.school, "máy chủ trường", AT, held)
    letters = Letters(register, patience)
    flat = attendance_file(register.school, held, letters, said, everybody=False)
    assert [row[1] for row in sheets(flat)["Điểm danh"] if row[6:7] == ["K"]] == [name_in(register)]
    week = Week(register, held, patience)
    assert week.line(register.school.groups["10a1"]).startswith("Vắng: 1 buổi (0 P, 1 K)")
    page = sheets(logbook_file(week, [register.school.groups["10a1"]], said))["10A1"]
    assert any("(K)" in str(cell) for row in page for cell in row)


@pytest.mark.parametrize("how", ["moved", "left"])
@pytest.mark.parametrize("order", [1, -1])
def test_the_record_has_the_lesson_in_whatever_order_it_was_told(how, order):
    school = changed(how)
    pupil, register = OnePupil(school, PUPIL), Register(school, Rules())
    for fact in told()[::order]:
        register.apply(pupil.cut(fact))
    if pupil.begins_anew():
        register = Register(school, Rules())
        for fact in told()[::order]:
            register.apply(pupil.cut(fact))
    said = about(school, "máy chủ trường", AT, lessons_of(register, PUPIL))
    (lesson,) = record_of(register, school.person(PUPIL), said, pupil.told)["lessons"]
    assert (lesson["lesson_id"], lesson["presence"], lesson["confirmed"]) == (
        LESSON, "absent", True)  # fmt: skip
    assert [one["what"] for one in lesson["history"]] == ["mark"]


def test_a_lesson_confirmed_before_its_mark_was_told_is_read_again():
    """A correction that reaches the hub after the confirmation of an older room."""
    school = changed("left")
    school = replace(school, groups=dict(school.groups))
    mark, seal = told()
    seal = seal._replace(body={"lesson": "20261124-S-1-10a1", "by": "place"})
    mark = mark._replace(body={**mark.body, "lesson": "20261124-S-1-10a1"})
    pupil = OnePupil(school, PUPIL)
    first = [pupil.cut(fact).kind for fact in (seal, mark)]
    assert first == ["anchor", "mark"]
    assert pupil.begins_anew()
    assert pupil.told == []
    assert [pupil.cut(fact).kind for fact in (seal, mark)] == ["confirm", "mark"]
    assert not pupil.begins_anew()


@pytest.mark.parametrize("how", ["moved", "left", "undone"])
def test_the_hub_shows_it_in_its_table_its_list_and_its_marks(tmp_path, how):
    engine = open_writer(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    hub = SchoolAttendance(school_of(rows()), Rules(), DAY)
    now_ms = at_ms(DAY, 11)
    with engine.connect() as connection:
        store(connection, told())
        hub.catch_up(connection)
        before = hub.overview(DAY, now_ms)["10a1/S"]
        hub.adopt(changed(how))
        assert hub.overview(DAY, now_ms)["10a1/S"] == before
        assert (before["size"], before["present"], before["unknown"]) == (6, 5, 1)
        marks = {m["person_id"]: m for m in hub.marks_on(connection, DAY, "10A1")}
        assert marks[PUPIL]["presence"] == "absent"
        pupils = {p["person_id"]: p for p in hub.sheet(connection, DAY, "10A1")["pupils"]}
        assert pupils[PUPIL]["marks"][LESSON]["presence"] == "absent"
        # the number of who moved is of another list
        assert pupils[PUPIL]["stt"] == {"left": 3}.get(how)
        assert pupils[STAYS]["stt"] == 2
        assert pupils[PUPIL]["name"] == (
            NOT_LISTED if how == "undone" else hub.school.people[PUPIL].name
        )
        assert json.dumps(pupils)
    engine.dispose()


def moved_at_ten(*more: Fact) -> Register:
    """Away in one class, then of another, of whose lessons that day `more` tells."""
    register = Register(school_of(rows()), Rules())
    for fact in told():
        register.apply(fact)
    register.adopt(changed("moved"))
    for fact in more:
        register.apply(fact)
    return register


def teller_after(told: int) -> Teller:
    """A teller who has told so many facts."""
    tell = Teller()
    for _ in range(told):
        tell.fact("anchor", 0)
    return tell


def later_in_the_other_class(lesson: str) -> list[Fact]:
    """A lesson of the new class, confirmed with the pupil away, or late."""
    tell = teller_after(2)
    said = {"lesson": lesson, "source": "teacher", "presence": "absent"}
    others = [f"hs-11a1-{n:02}" for n in range(1, 7)]
    return [
        tell.fact("mark", at_ms(DAY, 10, 5), **said, person=PUPIL),
        tell.fact("confirm", at_ms(DAY, 10, 15), lesson=lesson, by="place",
                  carried={"present": others}, cards={}, others=[PUPIL]),
    ]  # fmt: skip


def absences(register: Register) -> dict[str, tuple[str, list[object]]]:
    """By class: its weekly line, and the pupil's day and sums in the month sheet."""
    held = held_on(register, DAY, AT_MS)
    patience = Patience(register, AT.date(), 3)
    groups = [register.school.groups[key] for key in ("10a1", "11a1")]
    week = Week(register, held, patience)
    pages = month_sheets(register, DAY, groups, held, patience)
    found = {}
    for group, page in zip(groups, pages, strict=True):
        number = 9 if group.key == "11a1" else None  # its number is of the new class
        wanted = (number, name_in(register))
        (line,) = [row for row in page.rows if (row[0].value, row[1]) == wanted]
        cells = [getattr(cell, "value", cell) for cell in line]
        style = line[1 + DAY.day].look
        found[group.key] = (week.line(group)[:14], [cells[1 + DAY.day], style, *cells[-4:]])
    return found


def test_an_absence_before_a_move_is_counted_in_the_class_that_it_was_in_alone():
    found = absences(moved_at_ten())
    assert found["10a1"] == ("Vắng: 1 buổi (", ["K", "strong", 0, 1, 0, 0])
    assert found["11a1"] == ("Vắng: 0 buổi (", [None, "off", 0, 0, 0, 0])


def test_a_half_day_away_from_both_classes_is_counted_once():
    found = absences(moved_at_ten(*later_in_the_other_class("20261123-S-4-11a1")))
    assert found["10a1"] == ("Vắng: 1 buổi (", ["K", "strong", 0, 1, 0, 0])
    assert found["11a1"] == ("Vắng: 0 buổi (", [None, "off", 0, 0, 0, 0])


def test_the_next_half_day_is_of_the_new_class_and_being_late_of_its_lesson():
    register = moved_at_ten(*later_in_the_other_class("20261123-C-1-11a1"))
    found = absences(register)
    assert found["10a1"] == ("Vắng: 1 buổi (", ["K", "strong", 0, 1, 0, 0])
    assert found["11a1"] == ("Vắng: 1 buổi (", ["K", "strong", 0, 1, 0, 0])
    late = teller_after(4)
    said = {"lesson": LESSON, "source": "teacher", "presence": "late", "minutes": 7}
    register.apply(late.fact("mark", at_ms(DAY, 7, 25), **said, person=PUPIL))
    found = absences(register)
    assert [found[key][1][-1] for key in ("10a1", "11a1")] == [1, 0]
