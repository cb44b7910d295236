"""Workbooks of typed cells, set up for A4 paper; written row by row."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from math import ceil
from typing import Any, NamedTuple

from xlsxwriter import Workbook

from school.files.books.out_about import About
from school.files.sheets.formulas import neutral

Value = str | int | date | None

_FONT = "Times New Roman"  # the face of official papers; Office and LibreOffice both have or map it
_NAME_SIGNS = re.compile(r"[\[\]:*?/\\']|[^\u0000-\uffff]")
_NAME_MAX = 31
_HEAD_POINTS = 30
_SIGNS = 1.05  # of the text's size that fit into one unit of a column's width
_A4 = 9  # ECMA-376 part 1, 18.3.1.63
_DATE = "dd/mm/yyyy"


class Cell(NamedTuple):
    """A value with its looks: `title`, `note`, `head`, `text`, `centre`, `strong` or `off`."""

    value: Value
    look: str


Row = Sequence[Cell | Value]


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
        left_fixed: columns that stay in sight.
        landscape: the paper's direction.
        line_points: height of a line of text in the body; a row is as high as its longest cell.
        rows_max: with more rows the sheet goes on in another one; programs take 1,048,576 lines.
    """

    name: str
    title: str
    notes: Sequence[str]
    heads: Row
    widths: Sequence[float]
    rows: Iterable[Row]
    after: Sequence[str] = field(default_factory=tuple)
    left_fixed: int = 0
    landscape: bool = True
    line_points: float = 15.5
    rows_max: int = 1_000_000


def write_book(
    sheets: Iterable[Sheet],
    about: About,
    step: Callable[[], None] = lambda: None,
    scratch: str | None = None,
) -> bytes:
    """The bytes of a workbook.

    Args:
        sheets: in the order of their tabs; at least one.
        about: printed under the title and at the foot of each page.
        step: called after each sheet.
        scratch: a private folder for the parts of a book of very many rows; None = in memory, so
            that no pupil's name lies in another file.
    """
    out = io.BytesIO()
    options = {"constant_memory": True, "in_memory": scratch is None, "tmpdir": scratch}
    book = Workbook(out, options)
    made = about.at.replace(tzinfo=None, microsecond=0)
    book.set_properties({"author": "lophoc", "title": neutral(about.school), "created": made})
    looks = _looks(book)
    taken: set[str] = set()
    for sheet in sheets:
        for rows in _parts(sheet):
            page = book.add_worksheet(_tab_name(sheet.name, taken))
            _write(_Page(page, looks), sheet, rows, about)
        step()
    book.close()
    return out.getvalue()


class _Page:
    """A worksheet that is filled row by row."""

    def __init__(self, page: Any, looks: Mapping[str, Any]) -> None:  # noqa: ANN401 - xlsxwriter has no types
        self.page = page
        self._looks = looks
        self._next = 0

    def append(
        self,
        values: Iterable[Cell | Value],
        plain: str = "text",
        height: float | None = None,
    ) -> None:
        """One more row; a plain value looks like `plain`."""
        row = self._next
        self._next += 1
        self.page.set_row(row, height)
        for column, given in enumerate(values):
            value, look = given if isinstance(given, Cell) else (given, plain)
            self._put(row, column, value, look)

    def _put(self, row: int, column: int, value: Value, look: str) -> None:
        if value is None or value == "":
            self.page.write_blank(row, column, None, self._looks[look])
        elif isinstance(value, str):
            lines = value.split("\n") if look == "head" else [value]
            text = "\n".join(map(neutral, lines))
            self.page.write_string(row, column, text, self._looks[look])
        elif isinstance(value, date):
            self.page.write_datetime(row, column, value, self._looks[f"{look}-date"])
        else:
            self.page.write_number(row, column, value, self._looks[look])


def _parts(sheet: Sheet) -> Iterator[Iterable[Row]]:
    """The rows of each page; one page at least."""
    rows = iter(sheet.rows)
    yield islice(rows, sheet.rows_max)
    for first in rows:
        yield chain([first], islice(rows, sheet.rows_max - 1))


def _write(page: _Page, sheet: Sheet, rows: Iterable[Row], about: About) -> None:
    notes = [*sheet.notes, about.line]
    _set_up(page.page, sheet, about, len(notes) + 1)
    page.append([sheet.title], "title")
    for note in notes:
        page.append([note], "note")
    page.append(sheet.heads, "head", _HEAD_POINTS)
    for body in rows:
        page.append(body, height=sheet.line_points * _lines(body, sheet.widths))
    for legend in ["", *sheet.after] if sheet.after else []:
        page.append([legend], "note")


def _set_up(page: Any, sheet: Sheet, about: About, head_row: int) -> None:  # noqa: ANN401 - xlsxwriter has no types
    """Paper, margins, repeated rows, columns."""
    page.freeze_panes(head_row + 1, sheet.left_fixed)
    for n, width in enumerate(sheet.widths):
        page.set_column(n, n, width)
    page.repeat_rows(head_row)
    page.set_paper(_A4)
    if sheet.landscape:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    made = _footer(f"{about.school} · lập lúc {about.at:%H:%M %d/%m/%Y}")
    page.set_footer(f"&L{made}&RTrang &P/&N")


def _lines(row: Row, widths: Sequence[float]) -> int:
    """Lines of the highest cell, reckoned by its signs; programs do not do it by themselves."""
    return max(
        (
            ceil(len(value) / (width * _SIGNS))
            for given, width in zip(row, widths, strict=False)
            if isinstance(value := given.value if isinstance(given, Cell) else given, str) and value
        ),
        default=1,
    )


_BOX = {"border": 1, "border_color": "#999999"}
_MIDDLE = {"align": "center", "valign": "vcenter"}
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"font_size": 14, "bold": True, "valign": "vcenter"},
    "note": {"font_size": 10, "italic": True, "valign": "vcenter"},
    "head": {"font_size": 10, "bold": True, "text_wrap": True, "bg_color": "#E3ECF5"}
    | _MIDDLE
    | _BOX,
    "text": {"font_size": 11, "valign": "vcenter", "text_wrap": True} | _BOX,
    "centre": {"font_size": 11} | _MIDDLE | _BOX,
    "strong": {"font_size": 11, "bold": True} | _MIDDLE | _BOX,
    "off": {"font_size": 11, "bg_color": "#E6E6E6"} | _MIDDLE | _BOX,
}


def _looks(book: Workbook) -> dict[str, Any]:
    """The formats of a workbook by the name of the look, and by `look-date` for dates."""
    found = {}
    for name, look in _LOOKS.items():
        found[name] = book.add_format(look | {"font_name": _FONT})
        found[f"{name}-date"] = book.add_format(look | {"font_name": _FONT, "num_format": _DATE})
    return found


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
    return neutral(text)[:100].replace("&", "&&")
