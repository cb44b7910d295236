"""Workbooks of typed cells, set up for A4 paper; written row by row, so that memory stays small."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as Styled
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.child import _WorkbookChild

from sync.school.files.out_about import About, neutral

Value = str | int | date | None

_FONT = "Times New Roman"  # the face of official papers; Office and LibreOffice both have or map it
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NAME_SIGNS = re.compile(r"[\[\]:*?/\\']")
_NAME_MAX = 31
_HEAD_POINTS = 30
_SIGNS = 1.05  # of the text's size that fit into one unit of a column's width
_THIN = Side(style="thin", color="FF999999")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_A4 = 9  # ECMA-376 part 1, 18.3.1.63
_DATE = "dd/mm/yyyy"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with its looks: `title`, `note`, `head`, `text`, `centre`, `strong` or `off`."""

    value: Value
    look: str


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        name: on its tab; what a tab cannot hold is replaced.
        title: first line.
        notes: lines under the title.
        heads: the header row; repeated on each printed page.
        widths: of the columns, in signs.
        rows: the body; a plain value is a text cell with a border.
        after: lines under the body, such as the legend.
        left_fixed: columns that stay in sight and are repeated on each page.
        landscape: the paper's direction.
        line_points: height of a line of text in the body; a row is as high as its longest cell.
    """

    name: str
    title: str
    notes: Sequence[str]
    heads: Sequence[Cell | Value]
    widths: Sequence[float]
    rows: Iterable[Sequence[Cell | Value]]
    after: Sequence[str] = field(default_factory=tuple)
    left_fixed: int = 0
    landscape: bool = True
    line_points: float = 15.5


def write_book(
    sheets: Iterable[Sheet], about: About, step: Callable[[], None] = lambda: None
) -> bytes:
    """The bytes of a workbook.

    Args:
        sheets: in the order of their tabs; at least one.
        about: printed under the title and at the foot of each page.
        step: called after each sheet.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "lophoc"
    book.properties.title = neutral(about.school)
    made = about.at.replace(tzinfo=None, microsecond=0)
    book.properties.created = book.properties.modified = made
    taken: set[str] = set()
    for sheet in sheets:
        _write(book, sheet, about, taken)
        step()
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(book: Workbook, sheet: Sheet, about: About, taken: set[str]) -> None:
    page = book.create_sheet(_tab_name(sheet.name, taken))
    notes = [*sheet.notes, about.line]
    head_row = len(notes) + 2
    _set_up(page, sheet, about, head_row)
    make = _Maker(page)
    for line in [Cell(sheet.title, "title"), *(Cell(note, "note") for note in notes)]:
        page.append(make.row([line]))
    page.row_dimensions[head_row].height = _HEAD_POINTS
    page.append(make.row(sheet.heads, plain="head"))
    for n, body in enumerate(map(list, sheet.rows), start=head_row + 1):
        page.row_dimensions[n].height = sheet.line_points * _lines(body, sheet.widths)
        page.append(make.row(body))
    for legend in ["", *sheet.after] if sheet.after else []:
        page.append(make.row([Cell(legend, "note")]))


def _set_up(page: Any, sheet: Sheet, about: About, head_row: int) -> None:  # noqa: ANN401 - openpyxl's own, untyped
    """Paper, margins, repeated rows, columns."""
    fixed = get_column_letter(sheet.left_fixed + 1)
    page.freeze_panes = f"{fixed}{head_row + 1}"
    for n, width in enumerate(sheet.widths, start=1):
        page.column_dimensions[get_column_letter(n)].width = width
    page.print_title_rows = f"{head_row}:{head_row}"
    page.page_setup.paperSize = _A4
    page.page_setup.orientation = "landscape" if sheet.landscape else "portrait"
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    margins = page.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.header, margins.footer = 0.5, 0.7, 0.3, 0.3
    page.oddFooter.left.text = _footer(f"{about.school} · lập lúc {about.at:%H:%M %d/%m/%Y}")
    page.oddFooter.right.text = "Trang &P/&N"


def _lines(row: Sequence[Cell | Value], widths: Sequence[float]) -> int:
    """Lines of the highest cell, reckoned by its signs; programs do not do it by themselves."""
    return max(
        (
            ceil(len(value) / (width * _SIGNS))
            for given, width in zip(row, widths, strict=False)
            if isinstance(value := given.value if isinstance(given, Cell) else given, str) and value
        ),
        default=1,
    )


class _Maker:
    """Makes the cells of a sheet: one object for each look, filled anew for each cell."""

    def __init__(self, page: _WorkbookChild) -> None:
        self._cells = {look: _styled(page, look) for look in _LOOKS}
        self._dates = {look: _styled(page, look) for look in _LOOKS}
        for cell in self._dates.values():
            cell.number_format = _DATE

    def row(self, values: Iterable[Cell | Value], plain: str = "text") -> Iterator[Styled]:
        """The cells of one row, to be written one by one."""
        for given in values:
            value, look = (given.value, given.look) if isinstance(given, Cell) else (given, plain)
            yield self._cell(value, look)

    def _cell(self, value: Value, look: str) -> Styled:
        if isinstance(value, date):
            cell = self._dates[look]
            cell.value = value
            return cell
        cell = self._cells[look]
        if isinstance(value, str):
            lines = value.split("\n") if look == "head" else [value]
            cell.value = "\n".join(_ESCAPE.sub("_x005F_", neutral(one)) for one in lines) or None
        else:
            cell.value = value
        return cell


_LOOKS: dict[str, tuple[Font, Alignment, PatternFill | None, Border | None]] = {
    "title": (Font(name=_FONT, size=14, bold=True), Alignment(vertical="center"), None, None),
    "note": (Font(name=_FONT, size=10, italic=True), Alignment(vertical="center"), None, None),
    "head": (
        Font(name=_FONT, size=10, bold=True),
        Alignment(horizontal="center", vertical="center", wrap_text=True),
        PatternFill("solid", fgColor="FFE3ECF5"),
        _BOX,
    ),
    "text": (Font(name=_FONT, size=11), Alignment(vertical="center", wrap_text=True), None, _BOX),
    "centre": (Font(name=_FONT, size=11), Alignment("center", "center"), None, _BOX),
    "strong": (Font(name=_FONT, size=11, bold=True), Alignment("center", "center"), None, _BOX),
    "off": (
        Font(name=_FONT, size=11),
        Alignment("center", "center"),
        PatternFill("solid", fgColor="FFE6E6E6"),
        _BOX,
    ),
}


def _styled(page: _WorkbookChild, look: str) -> Styled:
    font, alignment, fill, border = _LOOKS[look]
    cell = WriteOnlyCell(page)
    cell.font, cell.alignment = font, alignment
    if fill is not None:
        cell.fill = fill
    if border is not None:
        cell.border = border
    return cell


def _tab_name(name: str, taken: set[str]) -> str:
    """A name that a tab may have: 31 signs, no brackets or slashes, none twice."""
    base = _NAME_SIGNS.sub("-", neutral(name)).strip()[:_NAME_MAX] or "Trang"
    found, n = base, 2
    while found.casefold() in taken:
        found = f"{base[: _NAME_MAX - 4]} ({n})"
        n += 1
    taken.add(found.casefold())
    return found


def _footer(text: str) -> str:
    """`&` begins a code in header and footer."""
    return neutral(text)[:120].replace("&", "&&")
