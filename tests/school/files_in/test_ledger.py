"""No cell is unaccounted for: used, passed over for a reason, unread, asked, or an error."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from school.files.cells import TimetableRead
from school.files.rosters.people_read import RosterRead
from school.files.rosters.roster import read_roster
from school.files.sheets.grid import letters, reference
from school.files.sheets.ledger import PASSED, Account, How
from school.files.sheets.source import Source
from school.files.sheets.trouble import FileRefusedError, Place, Trouble
from school.files.timetables.plan_in import PlanRead, read_plan
from school.files.timetables.timetable_in import read_timetable
from tests.school.files_in import made

Read = TimetableRead | RosterRead | PlanRead
Rows = list[list[Any]]
Spot = tuple[str, int, int]
CASES = Path(__file__).with_name("cases")
OF_TABLES = {"hidden_rows", "hidden_columns"}


def filled(raw: bytes) -> set[Spot]:
    book = load_workbook(io.BytesIO(raw))
    return {
        (sheet.title, cell.row, cell.column)
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and str(cell.value).strip()
    }


def spots_of(one: How) -> Iterator[Spot]:
    first, _, last = one.range.partition(":")
    top, left = reference(first) or (0, 0)
    bottom, right = reference(last or first) or (0, 0)
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield (one.place.sheet, row, column)


def accounted(
    account: Account, errors: Sequence[Trouble]
) -> tuple[set[Spot], set[Spot], set[Spot]]:
    """Used, passed over, and told; of rows that are told as a whole the column is 0."""
    cells = [one for one in account.how if one.range and one.mark.meaning not in OF_TABLES]
    used = {spot for one in cells if one.mark.meaning != PASSED for spot in spots_of(one)}
    passed = {spot for one in cells if one.mark.meaning == PASSED for spot in spots_of(one)}
    told = {(e.place.sheet, e.place.row, 0) for e in errors}
    told |= {(q.place.sheet, q.place.row, 0) for q in account.questions}
    for one in account.unread:
        column = (reference(f"{one.place.column}1") or (0, 0))[1]
        told |= {(one.place.sheet, row, column) for row in (one.rows or [one.place.row])}
    return used, passed, told


def left_out(raw: bytes, read: Read) -> set[Spot]:
    used, passed, told = accounted(read.account, read.errors)
    rest = filled(raw) - used - passed
    return {
        (sheet, row, column)
        for sheet, row, column in rest
        if not {(sheet, row, column), (sheet, row, 0), (sheet, 0, 0)} & told
    }


def result(read: Read) -> object:
    """All that a file comes to, without places."""
    nowhere = {"place": Place()}
    told = {(e.code, tuple(e.params.items())) for e in read.errors}
    asked = {(q.key, tuple(q.params.items())) for q in read.account.questions}
    unread = [one.text for one in read.account.unread]
    shapes = {one.mark for one in read.account.how if not one.range}
    if isinstance(read, RosterRead):
        people = [replace(p, **nowhere) for p in (*read.pupils, *read.staff)]
        return people, told, asked, unread, shapes
    if isinstance(read, PlanRead):
        return read.lines, told, asked, unread
    return read.cells, read.valid_from, told, asked, unread, shapes


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.xlsx")))
def test_every_cell_of_a_case_is_accounted_for(name: str):
    raw = (CASES / name).read_bytes()
    read = read_roster if name.startswith("r_") else read_timetable
    assert left_out(raw, read([Source(name, raw)])) == set()


JUNK = [
    "Ghi nhớ",
    "x",
    17,
    "Lan nghỉ 2 buổi",
    "10A9",
    "Tổng",
    "*",
    "Sáng",
    "Thứ 8",
    "0912",
    3.5,
    "–",
]
LABELS = ["Thứ", "Tiết", "Buổi", "Ghi chú", "Lớp", "STT", "GVCN", "Họ và tên", "Địa chỉ", "Mã HS"]


@st.composite
def grids(draw: st.DrawFn) -> Rows:
    """A class grid with sessions or without, labels on top or in the middle."""
    classes = draw(
        st.lists(st.sampled_from(["10A1", "10A2", "10B", "7/3"]), min_size=2, unique=True)
    )
    with_session, middle = draw(st.booleans()), draw(st.booleans())
    rows: Rows = [["THỜI KHÓA BIỂU"], ["Thứ", *["Buổi"] * with_session, "Tiết", *classes]]
    for day in (2, 3, 4):
        for session in ("Sáng", "Chiều")[: 1 + with_session]:
            for slot in (1, 2, 3):
                first = slot == (2 if middle else 1)
                is_day = first and session == "Sáng"
                texts = [
                    draw(st.sampled_from(["Toán - Hà", "Văn - Lan", "Chào cờ"])) for _ in classes
                ]
                labels = [session if first else None] * with_session
                rows.append([day if is_day else None, *labels, slot, *texts])
    return rows


@st.composite
def lists(draw: st.DrawFn) -> Rows:
    """A list of pupils with columns in any order, and a total below it."""
    cells = {
        "STT": lambda n: n,
        "Họ và tên": made.pupil_name,
        "Ngày sinh": lambda n: f"{n + 10}/03/2010",
        "Lớp": lambda _: "10A1",
        "Mã HS": lambda n: f"HS{n:04}",
        "Địa chỉ": lambda n: f"Xóm {n}",
    }
    others = draw(st.permutations([one for one in cells if one not in {"Họ và tên", "Lớp"}]))
    heads = draw(st.permutations(["Họ và tên", "Lớp", *others[: draw(st.integers(1, 4))]]))
    size = draw(st.integers(2, 6))
    body = [[cells[head](n) for head in heads] for n in range(1, size + 1)]
    return [["DANH SÁCH HỌC SINH"], list(heads), *body, ["Tổng số", f"{size} em"]]


@st.composite
def weeks(draw: st.DrawFn) -> Rows:
    rows: Rows = []
    for name in draw(st.lists(st.sampled_from(["10A1", "10A2", "6B"]), min_size=1, unique=True)):
        rows += [[f"Lớp {name}"], ["Buổi", "Tiết", "Thứ 2", "Thứ 3", "Thứ 4"]]
        for session in ("Sáng", "Chiều"):
            for slot in (1, 2):
                texts = [draw(st.sampled_from(["Toán - Hà", "Văn"])) for _ in range(3)]
                rows.append([session if slot == 1 else None, slot, *texts])
    return rows


@st.composite
def plans(draw: st.DrawFn) -> Rows:
    size = draw(st.integers(1, 5))
    body = [["Toán", 10, n, f"Bài {n}", (n + 1) // 2] for n in range(1, size + 1)]
    return [["PHÂN PHỐI CHƯƠNG TRÌNH"], ["Môn", "Khối", "Tiết CT", "Tên bài", "Tuần"], *body]


@st.composite
def flats(draw: st.DrawFn) -> Rows:
    heads = ["Lớp", "Thứ", "Buổi", "Tiết", "Môn", "Giáo viên", "Phòng"]
    pairs = st.tuples(st.sampled_from(["6A", "7B"]), st.integers(2, 7), st.integers(1, 5))
    slots = draw(st.lists(pairs, min_size=1, max_size=6, unique=True))
    return [["DANH SÁCH TIẾT"], heads, *[[c, d, "C", n, "Toán", "Hà", "P.2"] for c, d, n in slots]]


WAYS = [
    (grids(), read_timetable), (weeks(), read_timetable), (flats(), read_timetable),
    (lists(), read_roster), (plans(), read_plan),
]  # fmt: skip
IDS = ["grids", "weeks", "flats", "lists", "plans"]


@st.composite
def with_junk(draw: st.DrawFn, rows: Rows) -> Rows:
    """The same rows with cells that nobody expects, over others or beside and below them."""
    found = [list(row) for row in rows]
    for _ in range(draw(st.integers(0, 4))):
        n = draw(st.integers(0, len(found) + 2))
        column = draw(st.integers(0, max(map(len, found)) + 1))
        found += [[] for _ in range(n + 1 - len(found))]
        found[n] += [None] * (column + 1 - len(found[n]))
        found[n][column] = draw(st.sampled_from([*JUNK, *LABELS]))
    return found


@pytest.mark.parametrize(("rows", "read"), WAYS, ids=IDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_cell_is_unaccounted_for(rows: st.SearchStrategy[Rows], read: Any, data: st.DataObject):
    raw = made.book({"S": data.draw(with_junk(data.draw(rows)))})
    try:
        found = read([Source("tep.xlsx", raw)])
    except FileRefusedError:
        return
    assert left_out(raw, found) == set()


@pytest.mark.parametrize(("rows", "read"), WAYS, ids=IDS)
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_used_cell_changes_the_result(
    rows: st.SearchStrategy[Rows], read: Any, data: st.DataObject
):
    drawn = data.draw(rows)
    raw = made.book({"S": drawn})
    before = read([Source("tep.xlsx", raw)])
    used = sorted(accounted(before.account, ())[0] & filled(raw))
    _, row, column = data.draw(st.sampled_from(used))
    changed = [list(line) for line in drawn]
    changed[row - 1][column - 1] = "Ợ9 khác hẳn"
    try:
        after = read([Source("tep.xlsx", made.book({"S": changed}))])
    except FileRefusedError:
        return
    assert result(after) != result(before), f"{letters(column)}{row}: {drawn[row - 1]}"


def test_of_columns_that_nobody_needs_only_the_places_are_known():
    rows = [*made.roster_rows(["10A1"], 3)]
    rows[5].append("BÍ-MẬT")
    account = read_roster([made.source(made.book({"S": rows}))]).account
    assert not re.search("BÍ-MẬT|Mường", repr(account))
    assert [(one.place.column, one.rows, one.text) for one in account.unread] == [("K", (6,), "")]
