"""Attendance, month and logbook as another reader and LibreOffice see them."""

import io
from datetime import date

from python_calamine import CalamineWorkbook

from school.files.books.out_attendance import attendance_file
from school.files.books.out_days import (
    HalfDays,
    Letters,
    Patience,
    Sign,
    about,
    classes_in_order,
)
from school.files.books.out_logbook import Week, logbook_file
from school.files.books.out_month import month_sheets
from school.files.books.out_totals import hide_small, totals_file
from school.files.books.xlsx_out import write_book
from school.marks import Presence
from school.records import Session
from school.register import Register
from school.rules import Rules
from tests.school.files_out.kit import (
    AT,
    FIRST,
    LAST,
    Teller,
    at_ms,
    chance,
    held_in,
    rows,
    school_of,
)


def sheets(content: bytes) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def month(register, held, patience, said) -> bytes:
    return write_book(
        month_sheets(register, FIRST, classes_in_order(register.school), held, patience), said
    )


def test_the_month_says_who_was_away_on_which_day(school, register, held, patience, said):
    grid = sheets(month(register, held, patience, said))["10A1"][3:]
    assert grid[0][:3] == ["STT", "Họ và tên", "1\nCN"]
    for row, pupil in zip(grid[1:], school.roster("10a1"), strict=False):
        assert row[:2] == [pupil.stt, pupil.name]
        for n in range(1, 31):
            day = date(2026, 11, n)
            is_away = day.isoweekday() != 7 and any(
                chance(pupil.id, day, s) < 60 for s in (["S", "C"] if day.weekday() == 1 else ["S"])
            )
            assert row[1 + n] == (("K" if patience.is_over(day) else "?") if is_away else "")


def test_who_moved_to_another_class_stands_in_both_with_the_days_of_each():
    given = rows(classes=2, pupils=3, slots=1)
    mover, keys = given["people"][0], ("10a1", "11a1")
    mover |= {"class_id": "11a1", "stt": 4, "name": "Giàng A Páo"}
    given["enrolments"] = [
        {"person_id": mover["id"], "class_id": "10a1", "valid_to": "2026-11-10"},
        {"person_id": mover["id"], "class_id": "11a1", "valid_from": "2026-11-11"},
    ]
    school = school_of(given)
    register, tell = Register(school, Rules()), Teller()
    for key, day in zip(keys, (date(2026, 11, 9), date(2026, 11, 12)), strict=True):
        lesson = f"{day:%Y%m%d}-S-1-{key}"
        register.apply(tell.fact("mark", at_ms(day, 7), lesson=lesson, source="teacher",
                                 person=mover["id"], presence="absent"))  # fmt: skip
        register.apply(tell.fact("confirm", at_ms(day, 8), lesson=lesson, by="gv-ha"))
    held, patience = held_in(register), Patience(register, AT.date(), 3)
    got = sheets(month(register, held, patience, about(school, "x", AT, held)))
    grids = {key: next(r for r in got[key.upper()] if r[1] == mover["name"]) for key in keys}
    assert [grids["10a1"][1 + n] for n in (9, 12)] == ["K", ""]
    assert [grids["11a1"][1 + n] for n in (9, 12)] == ["", "K"]
    assert [grid[33] for grid in grids.values()] == [1, 1]


def test_a_class_that_nobody_confirmed_shows_no_data_not_presence(
    school, register, held, patience, said
):
    grid = sheets(month(register, held, patience, said))["11A1"][3:]
    assert {row[3] for row in grid[1:7]} == {"/"}
    assert said.completeness == "1/2 lớp đã chốt (129/258 tiết)"


def test_the_flat_list_has_each_departure_once(school, register, held, patience, said):
    got = sheets(attendance_file(school, held, Letters(register, patience), said, everybody=False))[
        "Điểm danh"
    ]
    plain = {Presence.PRESENT, Presence.UNMARKED}
    wanted = sum(mark.presence not in plain for one in held for mark in one.marks)
    body = [row for row in got[3:] if isinstance(row[3], date)]
    assert len(body) == wanted
    assert {row[6] for row in body} == {"K", "Chưa rõ", "M"}
    assert all(type(row[5]) is float for row in body)
    whole = sheets(
        attendance_file(school, held, Letters(register, patience), said, everybody=True)
    )["Điểm danh"]
    assert sum(isinstance(row[3], date) for row in whole) == sum(len(one.marks) for one in held)


def test_an_unknown_excuse_becomes_k_after_three_whole_school_days(register):
    patience = Patience(register, date(2026, 11, 27), 3)  # a Friday
    assert patience.is_over(date(2026, 11, 23))
    assert not patience.is_over(date(2026, 11, 24))
    without = Register(school_of(rows() | {"timetable": []}), Rules())
    assert Patience(without, date(2026, 11, 27), 3).is_over(date(2026, 11, 23))
    assert not Patience(without, date(2026, 11, 27), 3).is_over(date(2026, 11, 24))
    over_sunday = Patience(register, date(2026, 11, 24), 3)
    assert over_sunday.is_over(date(2026, 11, 19))
    assert not over_sunday.is_over(date(2026, 11, 20))


def test_who_skipped_or_came_to_one_lesson_is_not_absent_for_the_half_day():
    school = school_of(rows(classes=1, pupils=3, slots=2))
    register, tell = Register(school, Rules()), Teller()
    day = date(2026, 11, 23)
    lessons = ["20261123-S-1-10a1", "20261123-S-2-10a1"]
    said = [("01", "absent", "absent"), ("02", "absent", "skipped"), ("03", "absent", "present")]
    for pupil, *words in said:
        for lesson, presence in zip(lessons, words, strict=True):
            register.apply(tell.fact("mark", at_ms(day, 7, 5), lesson=lesson, source="teacher",
                                     person=f"hs-10a1-{pupil}", presence=presence))  # fmt: skip
    for lesson in lessons:
        register.apply(tell.fact("confirm", at_ms(day, 8), lesson=lesson, by="gv-ha"))
    days = HalfDays(register, held_in(register, day, day), Patience(register, day, 3))
    found = [list(days.of(f"hs-10a1-{pupil}", {day}, "10a1").values()) for pupil, *_ in said]
    assert found == [[Sign.UNKNOWN], [Sign.PRESENT], [Sign.PRESENT]]


def test_a_decision_of_the_office_stands_in_every_book_alike():
    school = school_of(rows(classes=1, pupils=20, slots=2))
    register, tell = Register(school, Rules()), Teller()
    day, late = date(2026, 11, 23), date(2026, 11, 30)
    lessons = ["20261123-S-1-10a1", "20261123-S-2-10a1"]
    for lesson in lessons:
        for pupil in ("01", "02", "03"):
            register.apply(tell.fact("mark", at_ms(day, 7, 5), lesson=lesson, source="teacher",
                                     person=f"hs-10a1-{pupil}", presence="absent"))  # fmt: skip
        here = [f"hs-10a1-{n:02}" for n in range(4, 21)]
        register.apply(tell.fact("confirm", at_ms(day, 8), lesson=lesson, by="gv-ha",
                                 carried={"present": here}))  # fmt: skip
    said = [("01", True, "excused"), ("02", False, "unknown"), ("04", True, "unexcused")]
    for pupil, absent, excuse in said:
        register.apply(tell.fact("session", at_ms(day, 9), person=f"hs-10a1-{pupil}", by="lan",
                                 day=day.isoformat(), session="S", absent=absent, excuse=excuse,
                                 source="office"))  # fmt: skip
    held, patience = held_in(register, day, day), Patience(register, late, 3)
    days = HalfDays(register, held, patience)
    when = (day, Session.MORNING)
    signs = list(days.on(when).values())
    assert [days.of(f"hs-10a1-{n:02}", {day}, "10a1")[when] for n in range(1, 6)] == [
        "P",
        "",
        "K",
        "K",
        "",
    ]
    told = about(school, "máy chủ trường", AT, held)
    totals = totals_file(register, held, patience, told).decode("utf-8-sig").splitlines()
    counts = [17, 0, signs.count(Sign.EXCUSED), signs.count(Sign.UNEXCUSED), 0, 0]
    assert totals[1].split(",")[2:9] == ["*" if n is None else str(n) for n in hide_small(counts)]
    flat = sheets(
        attendance_file(school, held, Letters(register, patience), told, everybody=False)
    )["Điểm danh"]
    assert [row[6:] for row in flat[3:6]] == [
        ["P", "cả buổi vắng theo văn phòng"],
        ["K", "cả buổi có mặt theo văn phòng"],
        ["K", ""],
    ]


def test_a_page_has_the_lessons_of_groups_with_pupils_of_the_class_alone():
    given = rows(classes=2, pupils=3, slots=1)
    given["groups"] = [
        {"id": "hsg", "name": "HSG Toán", "members": ["hs-10a1-01", "hs-11a1-02"]},
        {"id": "tin", "name": "Tin 2", "members": ["hs-11a1-03"]},
    ]
    given["timetable"] += [
        {"group": key, "weekday": 1, "session": "C", "slot": 1, "subject": "Toán"}
        for key in ("hsg", "tin")
    ]
    school = school_of(given)
    register, tell = Register(school, Rules()), Teller()
    day = date(2026, 11, 23)
    for pupil in ("hs-10a1-01", "hs-11a1-02"):
        register.apply(tell.fact("mark", at_ms(day, 13, 20), lesson="20261123-C-1-hsg",
                                 source="teacher", person=pupil, presence="absent"))  # fmt: skip
    register.apply(tell.fact("confirm", at_ms(day, 13, 30), lesson="20261123-C-1-hsg", by="place"))
    held = held_in(register, day, day)
    pages = Week(register, held, Patience(register, day, 3))
    got = sheets(logbook_file(pages, classes_in_order(school), about(school, "x", AT, held)))
    mine = [row for row in got["10A1"] if isinstance(row[2], float)]
    assert [(row[3], row[5]) for row in mine][1:] == [
        ("Toán (nhóm HSG Toán)", school.short_name("10a1", "hs-10a1-01"))
    ]
    others = [row[3] for row in got["11A1"] if isinstance(row[2], float)]
    assert sorted(others[1:]) == ["Toán (nhóm HSG Toán)", "Toán (nhóm Tin 2)"]


def test_the_logbook_has_each_lesson_and_its_line(school, register, held, patience, said):
    week = [one for one in held if date(2026, 11, 23) <= one.day <= date(2026, 11, 29)]
    pages = Week(register, week, patience)
    got = sheets(logbook_file(pages, classes_in_order(school), said))
    line = pages.line(school.groups["10a1"])
    assert line.startswith("Vắng: ")
    assert line in got["10A1"][1][0]
    lessons = [row for row in got["10A1"] if isinstance(row[2], float)]
    assert len(lessons) == 31
    assert {row[5] for row in got["11A1"] if isinstance(row[2], float)} == {"(chưa chốt)"}


def test_libreoffice_prints_one_page_for_each_class(school, register, held, patience, said, to_pdf):
    pages, text = to_pdf(month(register, held, patience, said))
    assert pages == 2
    assert "SỔ THEO DÕI CHUYÊN CẦN – LỚP 10A1 – THÁNG 11/2026" in text
    assert "P = vắng có phép" in text
    assert "1/2lớpđãchốt" in text.replace(" ", "")  # pdftotext cuts words at narrow letters
    assert "Trang 2/2" in text
    assert AT.strftime("%H:%M %d/%m/%Y") in text
    assert LAST.day == 30
    week = [one for one in held if date(2026, 11, 23) <= one.day <= date(2026, 11, 29)]
    pages, text = to_pdf(
        logbook_file(Week(register, week, patience), classes_in_order(school), said)
    )
    assert pages == 2
    assert "SỔ ĐẦU BÀI – LỚP 11A1" in text


def test_the_flat_list_repeats_its_head_on_each_page(
    school, register, held, patience, said, to_pdf
):
    pages, text = to_pdf(
        attendance_file(school, held, Letters(register, patience), said, everybody=True)
    )
    assert pages > 3
    assert text.count("Trạng thái  ") >= pages - 1
