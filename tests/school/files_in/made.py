"""Files made for the tests: rosters, grids, archives."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

from school.files.cells import Cell
from school.files.sheets.source import Source
from school.records import Session
from school.school_file import proven, write_school
from school.school_rows import SchoolFile


def proven_bytes(rows: SchoolFile) -> bytes:
    """The rows as they are written, proven to be readable again."""
    return proven(write_school(rows))


FAMILY = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Giàng", "Vũ", "Đặng", "Bùi"]
MIDDLE = ["Văn", "Thị", "Đức", "Ngọc", "Thị Thu", "A", "Quốc", "Minh"]
GIVEN = ["An", "Bình", "Châu", "Dũng", "Én", "Giang", "Hà", "Khánh", "Lan", "Ước", "Ý"]


def pupil_name(n: int) -> str:
    return f"{FAMILY[n % 9]} {MIDDLE[n // 9 % 8]} {GIVEN[n // 72 % 11]}" + (
        f" {GIVEN[n // 792 % 11]}" if n >= 792 else ""
    )


def book(sheets: dict[str, Sequence[Sequence[Any]]], merges: Iterable[str] = ()) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for merge in merges:
            sheet.merge_cells(merge)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def shared_book(sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """As ClosedXML writes it: texts shared, elements with a prefix, cells without references."""
    ns = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    texts: dict[str, int] = {}
    entries: dict[str, str | bytes] = {}
    for n, rows in enumerate(sheets.values(), 1):
        lines = []
        for row in rows:
            cells = ""
            for value in row:
                if value is None:
                    cells += "<x:c/>"
                elif isinstance(value, str):
                    cells += f'<x:c t="s"><x:v>{texts.setdefault(value, len(texts))}</x:v></x:c>'
                else:
                    cells += f"<x:c><x:v>{value}</x:v></x:c>"
            lines.append(f"<x:row>{cells}</x:row>")
        entries[f"xl/worksheets/sheet{n}.xml"] = (
            f"<x:worksheet {ns}><x:sheetData>{''.join(lines)}</x:sheetData></x:worksheet>"
        )
    names = "".join(
        f'<x:sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{link}/worksheet" Target="/xl/worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts = "".join(
        f"<x:si><x:r><x:t>{escape(text[:1])}</x:t></x:r><x:r><x:t>{escape(text[1:])}</x:t></x:r></x:si>"
        for text in texts
    )
    entries["xl/workbook.xml"] = (
        f'<x:workbook {ns} xmlns:r="{link}"><x:sheets>{names}</x:sheets></x:workbook>'
    )
    entries["xl/_rels/workbook.xml.rels"] = f"<Relationships>{links}</Relationships>"
    entries["xl/sharedStrings.xml"] = f"<x:sst {ns}>{parts}</x:sst>"
    return archive(entries)


def source(raw: bytes | str, name: str = "tep.xlsx") -> Source:
    return Source(name, raw.encode() if isinstance(raw, str) else raw)


HEAD = [
    "STT",
    "Mã học sinh",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Dân tộc",
    "Họ tên cha",
    "Họ tên mẹ",
    "Địa chỉ",
    "Lớp",
]
SECRET = ["Mường", "CHA-BÍ-MẬT", "MẸ-BÍ-MẬT", "ĐỊA-CHỈ-BÍ-MẬT"]


def roster_rows(classes: Sequence[str], size: int) -> list[list[Any]]:
    rows: list[list[Any]] = [["TRƯỜNG THPT"], ["DANH SÁCH HỌC SINH"], [], HEAD]
    n = 0
    for name in classes:
        for stt in range(1, size + 1):
            n += 1
            day = f"{n % 28 + 1:02}/{n % 12 + 1:02}/2010"
            rows.append([stt, f"{3800000000 + n:010}", pupil_name(n), day, "Nữ", *SECRET, name])
    return [
        *rows,
        ["Tổng số", None, f"{n} học sinh"],
        [],
        [None, None, "HIỆU TRƯỞNG"],
        [None, None, "Trần Thị Hà"],
    ]


def roster(classes: Sequence[str] = ("10A1", "10A2"), size: int = 20) -> bytes:
    return book({"Danh sách": roster_rows(classes, size)})


def archive(entries: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in entries.items():
            made.writestr(name, text)
    return out.getvalue()


DAYS = [f"Thứ {n}" for n in range(2, 8)]


def _by_key(cells: Iterable[Cell]) -> dict[Any, Cell]:
    return {cell.key: cell for cell in cells}


def class_grid(cells: Sequence[Cell], style: str = "{s} - {t}") -> bytes:
    """Sáng and chiều as stacked blocks, Thứ merged over five rows."""
    by_key = _by_key(cells)
    rows: list[list[Any]] = [["THỜI KHÓA BIỂU"]]
    merges = []
    for title, session in (("BUỔI SÁNG", Session.MORNING), ("BUỔI CHIỀU", Session.AFTERNOON)):
        classes = list(dict.fromkeys(c.group for c in cells if c.session is session))
        rows += [[title], ["Thứ", "Tiết", *classes]]
        for weekday, day in enumerate(DAYS, 1):
            merges.append(f"A{len(rows) + 1}:A{len(rows) + 5}")
            for slot in range(1, 6):
                line = [by_key.get((c, weekday, session, slot)) for c in classes]
                texts = [
                    style.format(s=c.subject, t="+".join(t.name for t in c.teachers)) if c else None
                    for c in line
                ]
                rows.append([day if slot == 1 else None, slot, *texts])
    return book({"TKB": rows}, merges)


def teacher_grid(cells: Sequence[Cell]) -> bytes:
    """A sheet for each session: teachers down, days × lessons across."""
    sheets = {}
    for title, session in (("Sáng", Session.MORNING), ("Chiều", Session.AFTERNOON)):
        teachers = list(
            dict.fromkeys(t.name for c in cells if c.session is session for t in c.teachers)
        )
        days = [part for day in DAYS for part in (day, None, None, None, None)]
        rows: list[list[Any]] = [
            ["THỜI KHÓA BIỂU GIÁO VIÊN"],
            ["STT", "Giáo viên", *days],
            [None, None, *[1, 2, 3, 4, 5] * 6],
        ]
        for n, teacher in enumerate(teachers, 1):
            line: list[Any] = [n, teacher]
            for weekday in range(1, 7):
                for slot in range(1, 6):
                    here = [
                        c
                        for c in cells
                        if (c.weekday, c.session, c.slot) == (weekday, session, slot)
                        and teacher in [t.name for t in c.teachers]
                    ]
                    classes = "+".join(c.group for c in here)
                    line.append(f"{classes} - {here[0].subject}" if here else None)
            rows.append(line)
        sheets[title] = rows
    return book(sheets)
