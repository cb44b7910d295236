"""Timetables whose days are headed with dates: the date is the weekday, and nothing is guessed."""

from datetime import date
from typing import Any

import pytest

from school.files.sheets.labels import weekday_of
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

WEEK = [date(2026, 11, 23 + n) for n in range(6)]
Days = list[Any]


def class_grid(days: Days) -> list[list[Any]]:
    rows = [
        [day if slot == 1 else None, slot, "Toán - An", "Lý - Bình", "Văn - Chi"]
        for day in days
        for slot in (1, 2, 3)
    ]
    return [["Thứ", "Tiết", "10A1", "10A2", "10A3"], *rows]


def week_sheet(days: Days) -> list[list[Any]]:
    return [["Tiết", *days], *([slot, *["Toán - An"] * len(days)] for slot in (1, 2, 3))]


def class_rows(days: Days) -> list[list[Any]]:
    heads = [cell for day in days for cell in (day, None, None)]
    rows = [[name, *["Toán - An"] * 3 * len(days)] for name in ("10A1", "10A2", "10A3")]
    return [["Lớp", *heads], [None, *[1, 2, 3] * len(days)], *rows]


def lesson_list(days: Days) -> list[list[Any]]:
    rows = [["10A1", day, slot, "Toán", "An"] for day in days for slot in (1, 2, 3)]
    return [["Lớp", "Thứ", "Tiết", "Môn", "Giáo viên"], *rows]


def read(rows: list[list[Any]]):
    return read_timetable([made.source(made.book({"10A1": rows}))])


SHAPES = pytest.mark.parametrize("make", [class_grid, week_sheet, class_rows, lesson_list])


@SHAPES
@pytest.mark.parametrize(
    "days",
    [
        WEEK,
        [f"{day:%d/%m/%Y}" for day in WEEK],
        [day.isoformat() for day in WEEK],
        [f"T{day.isoweekday() + 1} {day:%d/%m/%Y}" for day in WEEK],
        [f"Thứ {day.isoweekday() + 1} ({day:%d/%m})" for day in WEEK],
        [f"{n}/12/2026" for n in range(7, 13)],
    ],
    ids=["date cells", "day first", "ISO", "with its weekday", "without year", "early in a month"],
)
def test_a_date_with_its_year_is_its_weekday(make, days: Days):
    found = read(make(days))
    assert found.errors == ()
    lessons = 54 if make in (class_grid, class_rows) else 18
    assert len(found.cells) == lessons
    assert {cell.weekday for cell in found.cells} == {1, 2, 3, 4, 5, 6}
    assert found.account.unread == ()


@SHAPES
def test_the_account_says_that_the_date_told_the_day(make):
    assert "by_date" in {how.mark.why for how in read(make(WEEK)).account.how}


@pytest.mark.parametrize("make", [class_grid, lesson_list])
@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("Thứ 2 (24/11/2026)", "two_weekdays"),
        ("2/12", "day_without_year"),
        ("31/02/2026", "bad_weekday"),
    ],
)
def test_what_is_no_weekday_without_doubt_is_asked_for_in_its_place(make, label: str, code: str):
    """A label "2/12" was taken for Monday, as it begins with a 2: it was a Wednesday."""
    found = read(make([label, *WEEK[1:]]))
    assert {one.code for one in found.errors} == {code}
    assert {cell.weekday for cell in found.cells} == {2, 3, 4, 5, 6}


@SHAPES
def test_a_week_of_another_year_is_told_day_by_day(make):
    """It was no timetable at all, where no heading was a day."""
    found = read(make([f"Thứ {day.isoweekday() + 1} ({day:%d/%m}/2025)" for day in WEEK]))
    assert {one.code for one in found.errors} == {"two_weekdays"}
    assert found.cells == ()


def test_a_heading_that_contradicts_its_date_is_named():
    found = read(week_sheet([*WEEK[:5], "Thứ 6 (28/11/2026)"]))
    assert [(one.code, one.params["name"]) for one in found.errors] == [("two_weekdays", "Thứ 7")]


@pytest.mark.parametrize(
    ("label", "weekday"),
    [
        ("Thứ Hai, ngày 23/11/2026", 1),
        ("Thứ Hai\n23-11-2026", 1),
        ("2026-11-23 00:00:00", 1),
        ("Chủ nhật 29.11.2026", 7),
        ("Thứ 2 (23/11)", 1),
        ("Thứ 3 23/11/2026", None),
        ("23/11", None),
        ("ngày 2/12", None),
    ],
)
def test_labels(label: str, weekday: int | None):
    assert weekday_of(label) == weekday
