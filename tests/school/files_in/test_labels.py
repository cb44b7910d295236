"""Half-days, weekdays and labels that hold for several rows, in every reader alike."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from school.files.cells import TimetableRead
from school.files.sheets.labels import half_day_of, session_named, slots_by_clock, weekday_of
from school.files.sheets.source import Source
from school.files.timetables.lesson_texts import split_lesson
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

Rows = list[list[Any]]
N = None


def read(rows: Rows, *merges: str, sheet: str = "Sheet1", name: str = "tkb.xlsx") -> TimetableRead:
    return read_timetable([made.source(made.book({sheet: rows}, merges), name)])


def times(found: TimetableRead) -> list[str]:
    return sorted(f"{c.weekday}{c.session.value}{c.slot}" for c in found.cells if c.group == "6A")


def troubles(found: TimetableRead) -> list[tuple[str, int, str]]:
    return [(e.code, e.place.row, e.place.column) for e in found.errors]


WORDS = {"S": "S", "s": "S", "Sáng": "S", "SÁNG": "S", "Buổi sáng": "S", "sang": "S", "AM": "S",
    "C": "C", "Chiều": "C", "Ca chiều": "C", "PM": "C", "T": "T", "Tối": "T", "xx": None,
    "SA": None, "Trưa": None, "Thầy Sáng": "S"}  # fmt: skip
READERS = {
    "grid": lambda word: [["Buổi", "Thứ", "Tiết", "6A", "6B"], [word, 2, 1, "Toán", "Văn"]],
    "week": lambda word: [["Lớp 6A"], ["Buổi", "Tiết", "Thứ 2", "Thứ 3"], [word, 1, "Toán", N]],
    "flat": lambda word: [["Buổi", "Lớp", "Thứ", "Tiết", "Môn"], [word, "6A", 2, 1, "Toán"]],
}


@pytest.mark.parametrize("rows", READERS.values(), ids=READERS)
@pytest.mark.parametrize(("word", "session"), WORDS.items())
def test_one_vocabulary_of_half_days(rows: Any, word: str, session: str | None):
    assert half_day_of(word) is (None if session is None else half_day_of(session))
    found = read(rows(word))
    if session is None:
        assert [code for code, _, column in troubles(found) if column == "A"] == ["bad_session"]
        assert found.cells == ()
    else:
        assert (times(found), found.errors) == ([f"1{session}1"], ())


@pytest.mark.parametrize(
    ("name", "session"),
    [("TKB S", "S"), ("TKB-C", "C"), ("tkb_chieu", "C"), ("PM", "C"), ("Buổi sáng", "S"),
     ("TKB lớp C", "C"), ("10A C", None), ("Nguyễn Văn C", None), ("tkb_t10", None),
     ("TKB T", None), ("c10", None), ("", None)],
)  # fmt: skip
def test_half_days_in_names_of_sheets_and_files(name: str, session: str | None):
    found = session_named(name)
    assert (found.value if found else None) == session


@pytest.mark.parametrize(
    ("label", "day"),
    [("Thứ 3\n08/9", 2), ("Thứ 3 (08/9)", 2), ("T3 ngày 08/9", 2), ("Thứ Ba 8/9", 2), ("3", 2),
     ("3 8/9", None), ("Thứ 8", None)],
)  # fmt: skip
def test_a_weekday_with_its_date(label: str, day: int | None):
    assert weekday_of(label) == day


def test_hours_by_the_clock_are_counted_in_each_half_of_the_day():
    found = slots_by_clock(["13:15", "07:00", "7h50", "18h30-19h15", "Tiết 1"])
    assert {name: f"{slot[0].value}{slot[1]}" for name, slot in found.items()} == {
        "07:00": "S1", "7h50": "S2", "13:15": "C1", "18h30-19h15": "T1"}  # fmt: skip


HEAD = ["Thứ", "Buổi", "Tiết", "6A", "6B"]


def day_rows(labels: dict[int, Any], sessions: dict[int, str], slots: list[int]) -> Rows:
    return [[labels.get(n), sessions.get(n), slot, "Toán", "Văn"] for n, slot in enumerate(slots)]


TWO_DAYS = [1, 2, 3, 1, 2, 1, 2, 3, 1, 2]
WANTED = [f"{day}{one}" for day in (1, 2) for one in ("C1", "C2", "S1", "S2", "S3")]


@pytest.mark.parametrize(
    ("labels", "sessions"),
    [
        ({0: 2, 5: 3}, {0: "Sáng", 3: "Chiều", 5: "Sáng", 8: "Chiều"}),
        ({2: 2, 7: 3}, {1: "Sáng", 4: "Chiều", 6: "Sáng", 9: "Chiều"}),
        ({3: 2, 8: 3}, {1: "S", 3: "C", 6: "S", 8: "C"}),
        ({4: 2, 9: 3}, {2: "S", 4: "C", 7: "S", 9: "C"}),
    ],
)
def test_labels_on_top_in_the_middle_and_below(labels: dict[int, Any], sessions: dict[int, str]):
    found = read([HEAD, *day_rows(labels, sessions, TWO_DAYS)])
    assert (times(found), found.errors) == (WANTED, ())


def test_labels_of_a_week_in_the_middle():
    rows = [["Lớp 6A"], ["Buổi", "Tiết", "Thứ 2", "Thứ 3"], [N, 1, "Toán"], ["Sáng", 2, "Toán"],
            [N, 3, "Toán"], [N, 1, "Toán"], ["Chiều", 2, "Toán"]]  # fmt: skip
    found = read(rows)
    assert (times(found), found.errors) == (["1C1", "1C2", "1S1", "1S2", "1S3"], ())


def test_days_of_teachers_in_the_middle_of_their_lessons():
    rows = [["Giáo viên", N, "Thứ 2", N, N, "Thứ 3", N], [N, 1, 2, 3, 1, 2, 3],
            ["Hà", "6A", "6A", "6A", "6A", "6A", "6A"]]  # fmt: skip
    found = read(rows)
    assert (times(found), found.errors) == ([f"{d}S{n}" for d in (1, 2) for n in (1, 2, 3)], ())


def test_a_label_of_which_nobody_can_tell_how_far_it_holds_is_asked_for():
    rows = [HEAD, *day_rows({0: 2}, {2: "Sáng", 7: "Chiều"}, list(range(1, 10)))]
    assert [t for t in troubles(read(rows)) if t[0] == "no_value"] == [
        ("no_value", 2, "B"), ("no_value", 3, "B")]  # fmt: skip
    unnamed = [HEAD, *day_rows({0: 2}, {0: "S", 3: "S"}, [1, 2, 3, 1, 2, 3])]
    assert {t[0] for t in troubles(read(unnamed))} == {"no_value"}


def test_two_weeks_beside_each_other_are_refused_by_the_second_ones_first_cell():
    rows = [["Lớp 6A", N, N, N, "Lớp 6B"], ["Tiết", "Thứ 2", "Thứ 3", N, "Tiết", "Thứ 2", "Thứ 3"],
            [1, "Toán", "Văn", N, 1, "Sử", "Địa"]]  # fmt: skip
    found = read(rows)
    assert troubles(found) == [("two_grids", 2, "E")]


def test_hours_of_fets_xml_by_the_clock():
    xml = """<Teachers_Timetable><Teacher name="Hà"><Day name="Thứ Hai">{}</Day></Teacher>
    </Teachers_Timetable>""".format("".join(
        f'<Hour name="{hour}">{inside}</Hour>'
        for hour, inside in (("07:00", ""), ("07:50", '<Activity id="1"/><Subject name="Toán"/>'
                              '<Students name="6A"/>'), ("13:15", '<Activity id="2"/>'
                              '<Subject name="Tin"/><Students name="6A"/>'))))  # fmt: skip
    found = read_timetable([Source("x_teachers.xml", xml.encode())])
    assert (times(found), found.errors) == (["1C1", "1S2"], ())


def test_an_hour_that_nobody_has_is_told_of():
    head = '"Activity Id","Day","Hour","Students Sets","Subject","Teachers","Activity Tags","Room"'
    hours = ["07:00", "07:50", "09:45"]
    rows = [f'"{n}","Thứ Hai","{hour}","6A","Toán","Hà","",""' for n, hour in enumerate(hours)]
    found = read_timetable([Source("a_timetable.csv", "\n".join([head, *rows]).encode())])
    assert [(e.code, e.params["after"]) for e in found.errors] == [("clock_gap", "09:45")]


@pytest.mark.parametrize("slot", ["7h00", "1-2", "1,2"])
def test_a_slot_that_is_none_beside_lessons_is_no_silence(slot: str):
    found = read([["Thứ", "Tiết", "6A", "6B"], [2, 1, "Toán", "Văn"], [N, slot, "Toán", "Văn"]])
    assert troubles(found) == [("bad_slot", 3, "B")]


@pytest.mark.parametrize("sheet", ["Tổ Toán", "TKB-Teacher", "Tổ Tự nhiên", "Toán", "Trang 1"])
def test_a_department_is_no_teacher(sheet: str):
    week = [["Tiết", "Thứ 2", "Thứ 3"], [1, "10A1-Toán", N], [2, N, "10A2-Toán"]]
    found = read(week, sheet=sheet)
    assert (troubles(found), found.cells) == ([("no_owner", 1, "B")], ())


def test_totals_below_teachers_are_no_teacher():
    rows = [["Giáo viên", "Thứ 2", N, "Thứ 3"], [N, 1, 2, 1], ["Hà", "6A", N, "6A"],
            ["Tổng số tiết", 1, 0, 1], [N, N, N, "Hiệu trưởng"]]  # fmt: skip
    found = read(rows)
    assert (times(found), found.errors, found.account.unread) == (["1S1", "2S1"], (), ())


def test_remarks_among_lessons_are_told_as_unread():
    rows = [["Giáo viên", "Thứ 2", N, "Thứ 3"], [N, 1, 2, 1], ["Hà", "6A", "Họp tổ 15h", "x"]]
    found = read(rows)
    assert [one.text for one in found.account.unread] == ["Họp tổ 15h"]
    assert (times(found), found.errors) == (["1S1"], ())


@given(st.text("-–—()/,;:_ \nTộ1+&", max_size=12))
@settings(max_examples=3_000)
@example("–")
@example("()")
def test_any_signs_in_a_lesson_are_a_lesson_or_none(text: str):
    for subject, teacher, room in split_lesson(text):
        assert isinstance(subject + teacher + room, str)


def test_a_dash_of_any_length_is_no_lesson():
    found = read([["Thứ", "Tiết", "6A", "6B"], [2, 1, "–", "Toán"], [N, 2, "—", "-"]])
    assert ([c.group for c in found.cells], found.errors, found.account.unread) == (["6B"], (), ())


def test_a_teachers_subject_beside_the_days_is_no_monday():
    rows = [
        ["TT", "Giáo viên", "Môn", "Thứ 2", None, "Thứ 3", None],
        [None, None, None, 1, 2, 1, 2],
        [1, "Vũ Đức Mạnh", "Vật lí", "10A1", None, "10A2", None],
    ]
    found = read_timetable([made.source(made.book({"GV": rows}, ("D1:E1", "F1:G1")))])
    assert [(c.group, c.weekday, c.subject) for c in found.cells] == [
        ("10A1", 1, "Vật lí"), ("10A2", 2, "Vật lí")]  # fmt: skip
    assert (weekday_of("Môn"), weekday_of("MÔN"), weekday_of("Mon")) == (None, None, 1)
