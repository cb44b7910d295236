"""Files as they lie about in schools: read rightly, or one sentence and nothing half-imported."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge.cli.commands import app
from school.files.rosters.roster import read_roster
from school.files.sheets.source import Source
from school.files.sheets.trouble import FileRefusedError
from school.files.timetables.plan_in import read_plan
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made
from tests.school.files_in.test_broken_files import BROKEN, with_part

RUN = CliRunner()
Rows = list[list[Any]]
HEAD = ["STT", "Họ và tên", "Ngày sinh", "Lớp"]
LIST: Rows = [HEAD, [1, "Nguyễn An", "01/02/2010", "6A"], [2, "Trần Bình", 40210, "6A"]]
FLAT: Rows = [
    ["Lớp", "Thứ", "Buổi", "Tiết", "Môn", "Giáo viên"],
    ["6A", 2, "Sáng", 1, "Toán", "Hà"],
]
GRID: Rows = [["Thứ", "Tiết", "6A", "6B"], ["Thứ 2", 1, "Toán - Hà", "Văn - Lan"]]
PLAN: Rows = [["Môn", "Khối", "Tiết CT", "Tên bài"], ["Toán", 6, 1, "Tập hợp"]]


def book(rows: Rows, *merges: str, sheet: str = "Sheet1") -> Source:
    return made.source(made.book({sheet: rows}, merges))


def refusal(read: Callable[[list[Source]], object], source: Source) -> str:
    with pytest.raises(FileRefusedError) as caught:
        read([source])
    return caught.value.trouble.code


@pytest.mark.parametrize(
    ("read", "rows", "code"),
    [
        (read_roster, FLAT, "no_header"),
        (read_roster, GRID, "no_header"),
        (read_roster, PLAN, "no_header"),
        (read_timetable, LIST, "unknown_shape"),
        (read_timetable, PLAN, "unknown_shape"),
        (read_plan, LIST, "no_header"),
        (read_plan, GRID, "no_header"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    read: Callable[[list[Source]], object], rows: Rows, code: str
):
    assert refusal(read, book(rows)) == code


@pytest.mark.parametrize(
    ("read", "rows"),
    [
        (read_roster, [["STT", "Hä vµ tªn", "Ngµy sinh", "Líp"], [1, "NguyÔn §øc", "", "6A"]]),
        (read_roster, [["STT", "Hoï vaø teân", "Lôùp"], [1, "Nguyeãn Ñöùc", "6A"]]),
        (read_timetable, [["Thø", "TiÕt", "6A"], ["Thø 2", 1, "To¸n - H¹nh"]]),
        (read_timetable, [*FLAT, *[["6A", 3, "Sáng", n, "To¸n", "H¹nh"] for n in (1, 2)]]),
        (read_plan, [["M«n", "TiÕt CT", "Tªn bµi"], ["To¸n", 1, "TËp hîp"]]),
        (read_plan, [*PLAN, ["Toán", 6, 2, "TËp hîp"], ["Toán", 6, 3, "MÖnh ®Ò"]]),
    ],
)
def test_letters_of_old_fonts_are_told_of_even_in_the_headings(
    read: Callable[[list[Source]], object], rows: Rows
):
    assert refusal(read, book(rows)) == "mojibake"


def test_the_list_is_found_behind_cover_and_guide():
    sheets = {"Bìa": [["TRƯỜNG THCS"]], "Hướng dẫn": [["Điền vào sheet DS"], ["Họ và tên"]]}
    found = read_roster([made.source(made.book(sheets | {"DS": LIST}))])
    assert ([p.place.sheet for p in found.pupils], found.errors) == (["DS", "DS"], ())


def test_a_hidden_sheet_is_not_read():
    raw = made.book({"DS": LIST, "Cũ": [HEAD, [1, "Đã Xóa", None, "6A"]]})
    hidden = with_part("workbook.xml$", lambda part: part.replace(
        b'sheetId="2" state="visible"', b'sheetId="2" state="hidden"'), raw)  # fmt: skip
    assert hidden != raw
    assert len(read_roster([made.source(hidden)]).pupils) == 2


def test_headings_may_stand_as_low_as_the_fifteenth_row():
    rows = [*[[f"dòng {n}"] for n in range(1, 15)], *LIST]
    assert len(read_roster([book(rows)]).pupils) == 2
    assert refusal(read_roster, book([["thêm"], *rows])) == "no_header"


def test_a_number_among_the_headings_is_none():
    rows = [[*HEAD, 2026, "Ghi chú"], *[[*row, 1, "x"] for row in LIST[1:]]]
    assert len(read_roster([book(rows)]).pupils) == 2


def test_a_class_merged_over_its_pupils_holds_for_each():
    rows = [HEAD, *[[n, f"Nguyễn An {n}", None, None] for n in range(1, 7)]]
    rows[1][3], rows[4][3] = "6A", "6B"
    found = read_roster([book(rows, "D2:D4", "D5:D7")])
    assert ([p.class_name for p in found.pupils], found.errors) == (["6A"] * 3 + ["6B"] * 3, ())


def test_a_formula_gives_the_result_that_was_saved_with_it():
    def calculated(part: bytes) -> bytes:
        cell = b'<c r="B2" t="str"><f>CONCAT("a")</f><v>Nguy\xe1\xbb\x85n T\xc3\xadnh</v></c>'
        start = part.index(b'<c r="B2"')
        return part[:start] + cell + part[part.index(b"</c>", start) + 4 :]

    raw = with_part("sheet1", calculated, made.book({"S": LIST}))
    assert read_roster([made.source(raw)]).pupils[0].name == "Nguyễn Tính"


def test_the_same_day_as_text_as_number_and_as_date():
    cells = ["05/02/2010", "5-2-2010", "2010-02-05", date(2010, 2, 5), 40214]
    rows = [HEAD, *[[n, f"An {n}", cell, "6A"] for n, cell in enumerate(cells, 1)]]
    assert {p.birth for p in read_roster([book(rows)]).pupils} == {date(2010, 2, 5)}


@pytest.mark.parametrize("said", [b'<workbookPr date1904="1"/>', b"<workbookPr/>"])
def test_day_numbers_that_count_from_1904(said: bytes):
    rows = [HEAD, [1, "An", 40214 - 1462 * (b"1904" in said), "6A"]]
    raw = with_part("workbook.xml$", lambda part: re.sub(rb"<workbookPr[^>]*/>", said, part),
                    made.book({"S": rows}))  # fmt: skip
    assert read_roster([made.source(raw)]).pupils[0].birth == date(2010, 2, 5)


@pytest.mark.parametrize("raw", [raw for raw, _ in BROKEN], ids=[code for _, code in BROKEN])
def test_a_refused_file_leaves_the_records_as_they_are(tmp_path: Path, raw: bytes):
    good, bad, state = tmp_path / "a.xlsx", tmp_path / "b.xlsx", tmp_path / "state"
    good.write_bytes(made.roster(size=3))
    bad.write_bytes(raw)
    into = ["--into", str(state)]
    assert RUN.invoke(app, ["import", "roster", str(good), *into]).exit_code == 0
    before = {path.name: path.read_bytes() for path in state.iterdir() if path.is_file()}
    done = RUN.invoke(app, ["import", "roster", str(good), str(bad), *into])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("b.xlsx")
    assert len(done.stderr.splitlines()) == 1
    assert {p.name: p.read_bytes() for p in state.iterdir() if p.is_file()} == before
    told = RUN.invoke(app, ["import", "roster", str(bad), "--json"])
    assert (told.exit_code, told.stderr) == (1, "")
    (error,) = json.loads(told.stdout)["errors"]
    assert all(error.values())
