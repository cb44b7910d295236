"""Broken and hostile files: one clear sentence each, nothing half-imported, bounded memory."""
# ruff: noqa: E501 - lines of files, kept whole

import io
import json
import re
import tracemalloc
import unicodedata
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.cli.say import _words
from school.files.decisions import Decisions
from school.files.rosters.roster import read_roster
from school.files.rosters.roster_change import apply_roster, compare_roster
from school.files.sheets.archive import MAX_ENTRY_BYTES
from school.files.sheets.ledger import MEANINGS, REASONS
from school.files.sheets.questions import CHOICES, QUESTIONS
from school.files.sheets.source import MAX_SOURCE_BYTES
from school.files.sheets.trouble import CODES, FileRefusedError
from school.files.timetables.plan_change import apply_plan, compare_plan
from school.files.timetables.plan_in import read_plan
from school.files.timetables.timetable_change import apply_timetable, compare_timetable
from school.files.timetables.timetable_in import read_timetable
from school.files.versions import empty_records
from tests.school.files_in import made

GOOD = made.roster(size=3)
FRESH = empty_records("Trường A", "ab" * 32)
SAID = Decisions(date(2026, 11, 23), takes_new=True)
WAYS = (
    (
        read_roster,
        lambda file, read: compare_roster(file, read, SAID),
        lambda file, change: apply_roster(file, change, SAID),
    ),
    (
        read_timetable,
        lambda file, read: compare_timetable(file, read, SAID),
        lambda file, change: apply_timetable(file, change, SAID),
    ),
    (read_plan, compare_plan, apply_plan),
)


def with_part(pattern: str, change, raw: bytes = GOOD) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if re.search(pattern, name) else part)
    return out.getvalue()


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><timetable>&c;</timetable>'
)


def locked() -> bytes:
    raw = bytearray(made.archive({"xl/workbook.xml": "x" * 100}))
    for start in (raw.index(b"PK\x03\x04") + 6, raw.index(b"PK\x01\x02") + 8):
        raw[start] |= 1
    return bytes(raw)


def lying_size() -> bytes:
    """A directory that declares 64 bytes where megabytes come out."""
    raw = bytearray(made.archive({"xl/workbook.xml": b"<a>" + b" " * 5_000_000}))
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (64).to_bytes(4, "little")
    return bytes(raw)


def tcvn3(rows: int = 5) -> bytes:
    return made.book(
        {
            "S": [
                ["STT", "Họ và tên", "Lớp"],
                *[[n, "NguyÔn V¨n §øc", "10A1"] for n in range(1, rows)],
            ]
        }
    )


def many_rows() -> bytes:
    return ("STT,Họ tên,Lớp\n" + "".join(f"{n},Nguyễn An,10A1\n" for n in range(10_050))).encode()


BROKEN = [
    (b"", "empty"),
    (b"  \n\xef\xbb\xbf", "empty"),
    (GOOD[: len(GOOD) // 2], "half_file"),
    (GOOD[:30], "half_file"),
    (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "old_xls"),
    (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "password"),
    (locked(), "password"),
    (made.archive({"xl/workbook.xml": b"\0" * (MAX_ENTRY_BYTES + 1)}), "zip_bomb"),
    (made.archive({"xl/workbook.xml": b"\0" * 5_000_000}), "zip_bomb"),
    (lying_size(), "half_file"),
    (made.archive({f"{n}.txt": "" for n in range(1_100)}), "zip_bomb"),
    (made.archive({"a.txt": "x"}), "not_a_workbook"),
    (with_part("sheet1", lambda raw: raw[: len(raw) // 2]), "bad_xml"),
    (with_part("sheet1", lambda raw: ENTITIES), "xml_entities"),
    (with_part("sharedStrings|sheet1", lambda raw: b"not xml"), "bad_xml"),
    (made.book({"S": [["a", "b"], [1, 2]]}), "no_header"),
    (made.book({"S": [["STT", "Họ và tên", "Lớp"]]}), "no_table"),
    (made.book({"S": []}), "no_header"),
    (made.book({"S": [*[["x"]] * 16, ["STT", "Họ và tên", "Lớp"], [1, "An", "6A"]]}), "no_header"),
    (tcvn3(), "mojibake"),
    (
        made.book(
            {
                "S": [
                    ["STT", "Họ và tên", "Lớp"],
                    *[[n, "Nguyeãn Vaên Ñöùc", "6A"] for n in range(1, 4)],
                ]
            }
        ),
        "mojibake",
    ),
    ("STT,Họ tên,Lớp\n1,Nguyễn,6A".encode().decode("latin-1").encode("utf-8"), "mojibake"),
    (b"STT;H\xe4;L\xf8p\n1;\xa8\xb5;6A", "mojibake"),
    (b"STT,Ho ten,Lop\n1,Jos\xe9,6A", "not_utf8"),
    (many_rows(), "too_many_rows"),
    (b'STT,"Ho ten,Lop\n1,An,6A', "bad_csv"),
    (b"x" * (MAX_SOURCE_BYTES + 1), "too_large"),
    (ENTITIES, "unknown_shape"),
]


@pytest.mark.parametrize(("raw", "code"), BROKEN, ids=lambda v: v if isinstance(v, str) else "")
def test_each_gives_one_clear_refusal(raw: bytes, code: str):
    with pytest.raises(FileRefusedError) as caught:
        read_roster([made.source(raw)])
    assert caught.value.trouble.code == code


@pytest.mark.parametrize(
    "raw",
    [raw for raw, code in BROKEN if code in {"zip_bomb", "xml_entities", "too_many_rows"}]
    + [lying_size()],
    ids=lambda _: "bomb",  # numbered by pytest; the bytes themselves carry a time
)
def test_memory_is_bounded(raw: bytes):
    tracemalloc.start()
    with pytest.raises(FileRefusedError):
        read_roster([made.source(raw)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 << 20


def test_xml_bombs_are_refused_as_timetables():
    with pytest.raises(FileRefusedError) as caught:
        read_timetable([made.source(ENTITIES, "a.xml")])
    assert caught.value.trouble.code == "xml_entities"


def test_macros_are_not_run_and_the_list_is_read():
    raw = with_part("workbook.xml$", lambda raw: raw)
    out = io.BytesIO(raw)
    with zipfile.ZipFile(out, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\0" * 100)
    assert len(read_roster([made.source(out.getvalue(), "ds.xlsm")]).pupils) == 6


def test_ten_thousand_rows_are_read():
    rows = "".join(f"{n % 40 + 1},Nguyễn An {n},{n // 40}A\n" for n in range(9_990))
    assert len(read_roster([made.source("STT,Họ tên,Lớp\n" + rows, "ds.csv")]).pupils) == 9_990


def test_rows_far_below_cost_nothing():
    raw = with_part(
        "sheet1",
        lambda raw: raw.replace(
            b"</sheetData>", b'<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'
        ),
    )
    assert len(read_roster([made.source(raw)]).pupils) == 6


def test_one_foreign_name_is_no_spoilt_file():
    rows = [
        ["STT", "Họ và tên", "Lớp"],
        [1, "Zoë Brontë", "6A"],
        *[[n, "Đặng Thị Hường", "6A"] for n in range(2, 6)],
    ]
    assert len(read_roster([made.source(made.book({"S": rows}))]).pupils) == 5


def test_every_trouble_has_its_words_in_both_languages():

    folder = Path(__file__).parents[3] / "edge" / "cli" / "words"
    for language in ("vi", "en"):
        words = json.loads((folder / f"{language}.json").read_text("utf-8"))
        for code in CODES:
            assert words[f"import.trouble.{code}"].strip()
            assert words[f"import.cure.{code}"].strip()
        for kind, codes in (("meaning", MEANINGS), ("why", REASONS), ("question", QUESTIONS),
                            ("choice", CHOICES)):  # fmt: skip
            assert all(words[f"import.{kind}.{code}"].strip() for code in codes)
    assert _words().languages[0] == "vi"


def attempt(raw: bytes, name: str) -> None:
    """Whatever can be read can also be written into a school, and then changes nothing more."""
    for reader, compare, apply in WAYS:
        with suppress(FileRefusedError):
            found = reader([made.source(raw, name)])
            assert all(e.code in CODES for e in found.errors)
            change = compare(FRESH, found)
            if not change.preview().errors:
                after = apply(FRESH, change)
                made.proven_bytes(after)
                assert not compare(after, found).preview().counts.new


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes):
    attempt(raw, "tep.bin")
    attempt(b"PK\x03\x04" + raw, "tep.xlsx")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_workbook_with_a_few_bytes_changed_is_read_or_refused(data: st.DataObject):
    raw = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    attempt(bytes(raw[: data.draw(st.integers(10, len(raw)))]), "tep.xlsx")


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-9, 10**12),
    st.sampled_from(
        [
            "STT",
            "Họ và tên",
            "Lớp",
            "Thứ",
            "Tiết",
            "Thứ 2",
            "Thứ 3",
            "10A1",
            "10A2",
            "Toán - Hà",
            "Giáo viên",
            "Môn",
            "Tiết CT",
            "Tên bài",
            "Khối",
            "1",
            "=1+1",
            "Sáng",
            "Buổi",
            "***",
            "-",
            "10A1+10A2",
            "10A1+",
            "Đội " + "tuyển " * 20,
            "Tin - Yến+Hưng - P1+P2",
            "KHTN\nYến, Hưng",
            "Hà _(1_2)",
        ]
    ),
)


ROW = {
    "STT": ["1", "2", 3],
    "Họ và tên": ["Nguyễn An", "An", "A" * 130],
    "Mã HS": ["0012", "0013", "12"],
    "Ngày sinh": ["01/02/2010", 40210, "2010-02-02"],
    "Lớp": ["10A1", "10a1", "Lớp 10A2", "7/3", "7-3", "***", "Đội " + "tuyển " * 20, "10A1+"],
    "Thứ": [2, "Thứ 3", "T7"],
    "Buổi": ["Sáng", "C"],
    "Tiết": [1, 2, "Tiết 3"],
    "Môn": ["Toán", "Tin", "M" * 200, ""],
    "Giáo viên": ["Yến+Hưng", "Hà _(1_2)", "Hà _(1_3)", "-", "N" * 130, "Hà"],
    "Phòng": ["P1+P2", "-", "***", "Phòng " + "rất " * 40, "Lab"],
    "Khối": [10, 6],
    "Tiết CT": [1, "2-3"],
    "Tên bài": ["Mệnh đề", "B" * 400],
    "Tuần": [1, "", 60],
    "Mã GV": ["01", "02", "2", ""],
    "Lớp chủ nhiệm": ["10A1", "10A1, 10A2", "6A" * 30, "không", "***", ""],
    "Thứ 2": (lessons := ["Toán - Yến+Hưng", "Tin - Hà+Hưng - P1+P2", "10A1 - Toán", "-", ""]),
    "Thứ 3": lessons,
    "10A1": lessons,
    "7/3": [*lessons, "KHTN\nYến\nLab", "x" * 200],
}
SHAPES = (
    ("STT", "Họ và tên", "Lớp", "Mã HS", "Ngày sinh"),
    ("Lớp", "Thứ", "Buổi", "Tiết", "Môn", "Giáo viên", "Phòng"),
    ("Môn", "Khối", "Tiết CT", "Tên bài", "Tuần"),
    ("Mã GV", "Họ và tên", "Lớp chủ nhiệm"),
    ("Tiết", "Thứ 2", "Thứ 3"),
    ("Thứ", "Tiết", "10A1", "7/3"),
)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(SHAPES))
def test_rows_that_look_right_are_written_or_told_of(data: st.DataObject, head: tuple[str, ...]):
    row = st.tuples(*(st.sampled_from(ROW[name]) for name in head))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    sheet = data.draw(st.sampled_from(["S", "10A1", "Trần Thị Hà", "Chiều"]))
    attempt(made.shared_book({sheet: [head, *rows]}), "tep.xlsx")


HEADS = st.sampled_from(
    [
        [],
        ["STT", "Họ và tên", "Lớp", "Mã HS", "Ngày sinh"],
        ["Lớp", "Thứ", "Buổi", "Tiết", "Môn", "Giáo viên", "Phòng"],
        ["Thứ", "Tiết", "10A1", "10A2", "10A3"],
        ["Môn", "Khối", "Tiết CT", "Tên bài", "Tuần"],
    ]
)


@settings(max_examples=150, deadline=None)
@given(HEADS, st.lists(st.lists(CELLS, max_size=7), max_size=8), st.sampled_from([",", ";", "\t"]))
def test_any_table_is_read_or_refused(head: list[str], rows: list[list[object]], separator: str):
    every = [head, *rows]
    text = "\n".join(separator.join("" if c is None else str(c) for c in row) for row in every)
    attempt(text.encode("utf-8", "replace"), "tep.csv")


@settings(max_examples=100, deadline=None)
@given(HEADS, st.lists(st.lists(CELLS, max_size=7), max_size=8))
def test_any_cells_of_a_sheet_are_read_or_refused(head: list[str], rows: list[list[object]]):
    attempt(made.shared_book({"S": [head, *rows]}), "tep.xlsx")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet='<>/abc "=&;!?-[]timetable fet card lesson', max_size=80))
def test_any_xml_is_read_or_refused(text: str):
    attempt(f"<timetable>{text}</timetable>".encode(), "a.xml")
    attempt(f"<fet>{text}</fet>".encode(), "a.fet")


def test_nfd_headings_are_known():
    text = unicodedata.normalize("NFD", "STT,Họ và tên,Lớp\n1,Đặng Hường,6A\n")
    assert read_roster([made.source(text, "a.csv")]).pupils[0].name == "Đặng Hường"


def test_plans():
    rows = [
        ["PHÂN PHỐI CHƯƠNG TRÌNH"],
        ["Môn", "Khối", "Tiết CT", "Tên bài", "Tuần"],
        ["Toán", 10, 1, "Mệnh đề", 1],
        [None, None, "2-3", "Tập hợp", 1],
        ["Toán", 15, 4, "Sai khối", 2],
        ["Toán", 10, "x", "Sai tiết", 2],
    ]
    found = read_plan([made.source(made.book({"S": rows}))])
    assert [(p.subject, p.grade, p.number, p.title, p.week) for p in found.lines] == [
        ("Toán", 10, 1, "Mệnh đề", 1),
        ("Toán", 10, 2, "Tập hợp", 1),
        ("Toán", 10, 3, "Tập hợp", 1),
    ]
    assert [(e.code, e.place.row, e.place.column) for e in found.errors] == [
        ("bad_number", 5, "B"),
        ("bad_number", 6, "C"),
    ]
