"""What is written is what another program's reader gets; nothing in it is a formula."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from school.files.books.out_about import About
from school.files.books.xlsx_out import Cell, Sheet, write_book
from school.files.sheets.formulas import neutral
from tests.school.files_out.kit import AT

ABOUT = About("Trường A", "máy chủ trường", AT, 37, 37, 1110, 1110)
RISKY = st.sampled_from(
    ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n-1", "  =1", "_x003D_1"]
)
TEXTS = RISKY | st.text(max_size=12) | st.builds(str.__add__, RISKY, st.text(max_size=5))


def book(rows, name: str = "Tờ", widths=(10, 10)) -> bytes:
    return write_book([Sheet(name, "Đầu đề", [], ["A", "B"], widths, rows)], ABOUT)


def read(content: bytes, sheet: int = 0) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet).to_python()


def test_a_second_reader_gets_the_same_values_and_types():
    rows = [["Đỗ Thị Hà", 7], [Cell(date(2026, 11, 23), "centre"), "007"], [None, Cell(0, "off")]]
    got = read(book(rows))
    assert got[:3] == [
        ["Đầu đề", ""],
        [
            "Nguồn: máy chủ trường · Lập lúc 17:00 30/11/2026 · 37/37 lớp đã chốt (1110/1110 tiết)",
            "",
        ],
        ["A", "B"],
    ]
    assert got[3:] == [["Đỗ Thị Hà", 7.0], [date(2026, 11, 23), "007"], ["", 0.0]]


@pytest.mark.parametrize(("many", "pages"), [(0, [0]), (3, [3]), (4, [3, 1]), (9, [3, 3, 3])])
def test_what_one_sheet_cannot_hold_goes_on_in_another(many, pages):
    rows = ([str(n), n] for n in range(many))
    content = write_book([Sheet("Tờ", "Đầu đề", [], ["A", "B"], [5, 5], rows, rows_max=3)], ABOUT)
    got = [read(content, n)[3:] for n in range(len(pages))]
    assert [len(body) for body in got] == pages
    assert [row[1] for body in got for row in body] == list(range(many))
    assert all(read(content, n)[2] == ["A", "B"] for n in range(len(pages)))


def test_parts_in_a_folder_make_the_same_book_and_go(tmp_path):
    sheet = Sheet("Tờ", "Đầu đề", [], ["A", "B"], [5, 5], [["Đỗ Thị Hà", n] for n in range(9)])
    content = write_book([sheet], ABOUT, scratch=str(tmp_path))
    assert read(content) == read(write_book([sheet], ABOUT))
    assert not list(tmp_path.iterdir())


def test_paper_print_titles_and_frozen_rows_are_set():
    with zipfile.ZipFile(io.BytesIO(book([["a", 1]]))) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
        names = archive.read("xl/workbook.xml").decode()
    assert 'orientation="landscape"' in page
    assert 'paperSize="9"' in page
    assert 'fitToPage="1"' in page
    assert "fitToWidth" not in page  # 1 unless said (ECMA-376 part 1, 18.3.1.63)
    assert 'fitToHeight="0"' in page
    assert "$3:$3" in names
    assert 'topLeftCell="A4"' in page


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_no_text_ever_becomes_a_formula(rows):
    content = book(rows)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "<f " not in page
    for row in read(content):
        assert not any(str(value).lstrip().startswith(("=", "+", "-", "@")) for value in row)


@given(TEXTS)
def test_neutral_text_begins_like_no_formula_and_keeps_plain_words(text):
    made = neutral(text)
    assert not made.lstrip().startswith(("=", "+", "-", "@"))
    assert made[:1] not in ("\t", "\r", "\n")
    if text.isalnum():
        assert made == text


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=2, max_size=4))
def test_any_class_name_gives_a_tab(names):
    sheets = [Sheet(name, name, [], ["A"], [5], []) for name in names]
    found = CalamineWorkbook.from_filelike(io.BytesIO(write_book(sheets, ABOUT))).sheet_names
    assert len({name.casefold() for name in found}) == len(names)
    assert all(0 < len(name) <= 31 for name in found)
