"""A typed number is no subject, a lesson of some weeks none of all, and two lessons are not one."""

from typing import Any

import pytest

from school.files.cells import TimetableRead
from school.files.timetables.lesson_texts import split_lesson
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

Rows = list[list[Any]]


def read(rows: Rows, name: str = "tkb.xlsx") -> TimetableRead:
    return read_timetable([made.source(made.book({"TKB": rows}), name)])


def grid(text: Any) -> Rows:
    return [["Thứ", "Tiết", "10A1", "10A2"], ["2", 1, "Toán - Hà", text], [None, 2, "Lý", "Văn"]]


def errors(found: TimetableRead) -> list[tuple[str, int, str]]:
    return [(e.code, e.place.row, e.params.get("value", "")) for e in found.errors]


@pytest.mark.parametrize("value", [10, "7", "12 - Hà", "x"])
def test_a_number_is_no_subject(value: Any):
    found = read(grid(value))
    assert [one[:2] for one in errors(found)] == [("bad_subject", 2)]
    assert len(found.cells) == 3
    flat = [["Lớp", "Thứ", "Tiết", "Môn"], ["10A1", 2, 1, "Toán"], ["10A1", 2, 2, str(value)[:2]]]
    assert [one[:2] for one in errors(read(flat))] == [("bad_subject", 3)]


@pytest.mark.parametrize(
    "text",
    ["Văn - Hà (tuần lẻ)", "Văn-Hà (tuần lẻ)", "Văn (chẵn)", "Văn\nHà\nTuần 1,3", "Văn cách tuần"],
)
def test_a_lesson_of_some_weeks_is_an_error(text: str):
    found = read(grid(text))
    assert [one[:2] for one in errors(found)] == [("some_weeks", 2)]


def test_names_that_only_look_like_weeks_stay():
    for text in ("Văn - Tuấn Lê", "Văn - T.Tuân", "Văn - Thầy Tuấn 2", "Văn - C.Chân"):
        assert errors(read(grid(text))) == []


HEADS = ["Lớp", "Thứ", "Tiết", "Môn", "Tuần"]


def test_weeks_in_a_column_of_a_list():
    odd = [HEADS, ["10A1", 2, 1, "Toán", None], ["10A1", 2, 2, "Văn", "Lẻ"]]
    assert errors(read(odd)) == [("some_weeks", 3, "Lẻ")]
    both = [HEADS, ["10A1", 2, 1, "Toán", "chẵn"], ["10A1", 2, 1, "Văn", "lẻ"]]
    assert {one[0] for one in errors(read(both))} == {"some_weeks"}
    one_week = [HEADS, ["10A1", 2, 1, "Toán", 12], ["10A1", 2, 2, "Văn", 12]]
    found = read(one_week)
    assert (len(found.cells), found.errors) == (2, ())
    odd_alone = [HEADS, ["10A1", 2, 1, "Toán", "Lẻ"], ["10A1", 2, 2, "Văn", "Lẻ"]]
    assert len(read(odd_alone).cells) == 2


def test_two_lessons_of_a_cell_are_two_groups_however_they_are_parted():
    two = [("Tin", "Lan", ""), ("Anh", "Hùng", "")]
    for text in ("Tin-Lan/Anh-Hùng", "Tin - Lan / Anh - Hùng", "Tin-Lan\nAnh-Hùng",
                 "Tin (Lan)/Anh (Hùng)"):  # fmt: skip
        assert split_lesson(text) == two, text
    assert split_lesson("Tin-Lan-P.1/Anh-Hùng-P.2") == [
        ("Tin", "Lan", "P.1"),
        ("Anh", "Hùng", "P.2"),
    ]
    assert split_lesson("Tin - Lan/Hùng") == [("Tin", "Lan/Hùng", "")]
    assert split_lesson("Lý/Hóa - Lan") == [("Lý/Hóa", "Lan", "")]
