"""What lists of pupils and staff share: the rows between headings and footer, and their cells."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sync.school.files.cells import MAX_NAME
from sync.school.files.grid import Broken, Table, Value, as_text, cell_place
from sync.school.files.headings import Layout, column_map, plain
from sync.school.files.matching import person_name
from sync.school.files.spoilt import looks_spoilt
from sync.school.files.trouble import Trouble, refuse
from sync.school.office import CITIZEN

MINISTRY_DIGITS, CITIZEN_DIGITS = 10, 12
MAX_CODE = 64
_FORMULA_START = ("=", "+", "-", "@")
Row = dict[int, Value]


class RowError(Exception):
    """This row cannot be taken: where, and which trouble it is."""

    def __init__(self, code: str, column: int = 0, **params: str) -> None:
        super().__init__(code)
        self.code, self.column, self.params = code, column, params

    def trouble(self, table: Table, n: int) -> Trouble:
        """The error of row n."""
        return Trouble(self.code, cell_place(table, n, self.column), self.params)


@dataclass(frozen=True, slots=True)
class ListRows:
    """The rows of a list, without totals, signatures and repeated headings.

    Attributes:
        table: where they stand.
        layout: which column is which.
        body: row number → wanted cells.
        longest: digits of the longest code.
    """

    table: Table
    layout: Layout
    body: Mapping[int, Row]
    longest: int

    @classmethod
    def of(cls, table: Table, layout: Layout) -> "ListRows":
        """Read the wanted columns, and no others.

        Raises:
            FileRefusedError: broken, too large, or with spoilt letters.
        """
        wanted = {column for columns in layout.columns.values() for column in columns}
        grid = table.read(columns=wanted)
        rows = {n: row for n, row in sorted(grid.items()) if n >= layout.first_row}
        names = [as_text(row.get(c)) for row in rows.values() for c in layout.columns["name"]]
        if looks_spoilt(names):
            raise refuse("mojibake", table.place)
        _fill_down(rows, table, layout.of("class"))
        _shift_days(rows, table.day_shift, layout.of("birth"))
        body = _without_footer(rows, layout)
        codes = [as_text(row.get(c)).strip() for row in body.values() for c in layout.of("code")]
        longest = max((len(code) for code in codes if code.isdecimal()), default=0)
        return cls(table, layout, body, longest)

    def text(self, row: Row, role: str) -> str:
        """The text of a role's first column; empty where there is none.

        Raises:
            RowError: a broken cell, a formula as text, or signs that cannot be printed.
        """
        columns = self.layout.of(role)
        return _cell(row, columns[0]) if columns else ""

    def name(self, row: Row) -> str:
        """The full name.

        Raises:
            RowError: there is none.
        """
        columns = self.layout.columns["name"]
        name = person_name(" ".join(_cell(row, c) for c in columns))
        if not any(sign.isalpha() for sign in name) or len(name) > MAX_NAME:
            raise RowError("no_name", columns[0])
        return name

    def code(self, row: Row) -> tuple[str, str]:
        """The code and whose it is; both empty where there is none.

        Schools fill in the state's personal number as "mã định danh" too.

        Raises:
            RowError: it has lost its leading zeros.
        """
        code = self.text(row, "code")[:MAX_CODE].strip()
        if not code:
            return "", ""
        system = self.layout.code_system
        is_short = len(code) < self.longest
        beside = (len(code), self.longest) == (MINISTRY_DIGITS, CITIZEN_DIGITS)
        if code.isdecimal() and is_short and not beside:
            raise RowError("lost_zeros", self.layout.of("code")[0], digits=str(self.longest))
        is_personal = system == "moet" and len(code) == CITIZEN_DIGITS and code.isdecimal()
        return code, CITIZEN if is_personal else system


def _fill_down(rows: Mapping[int, Row], table: Table, columns: Collection[int]) -> None:
    """A class that is written once in a merged block holds for each of its rows."""
    blocks = table.spans() if columns else []
    for block in blocks:
        held = rows.get(block.top, {}).get(block.left)
        if block.left in columns and held is not None:
            for n in range(block.top + 1, min(block.bottom, max(rows)) + 1):
                if n in rows:
                    rows[n].setdefault(block.left, held)


def _shift_days(rows: Mapping[int, Row], days: int, columns: Collection[int]) -> None:
    for row in rows.values() if days else ():
        for column in columns:
            value = row.get(column)
            if isinstance(value, float):
                row[column] = value + days


def _without_footer(rows: Mapping[int, Row], layout: Layout) -> dict[int, Row]:
    """The rows above totals and signatures, without headings repeated on a new page."""
    footers = column_map("general").words["footers"]
    marks = [c for role in ("stt", "code", "birth") for c in layout.of(role)]
    last = max(
        (n for n, row in rows.items() if any(_is_mark(row.get(c)) for c in marks)), default=0
    )
    body: dict[int, Row] = {}
    for n, row in rows.items():
        ends = _begins_so(next(iter(row.values())), footers)
        if (marks and n > last) or (ends and not marks):
            break
        if not ends and not _is_heading_again(row, layout):
            body[n] = row
    return body


def _is_mark(value: Value | None) -> bool:
    return isinstance(value, float) or any(sign.isdigit() for sign in as_text(value))


def _begins_so(first: Value, words: Collection[str]) -> bool:
    if isinstance(first, float):
        return False
    text = plain(as_text(first))
    return any(text == word or text.startswith(f"{word} ") for word in words)


def _is_heading_again(row: Row, layout: Layout) -> bool:
    general = column_map("general").roles
    if plain(as_text(row.get(layout.columns["name"][-1]))) not in general:
        return False
    texts = [plain(as_text(value)) for value in row.values()]
    return len(texts) > 1 and sum(text in general for text in texts) * 2 > len(texts)


def _cell(row: Row, column: int) -> str:
    value = row.get(column)
    if isinstance(value, Broken):
        raise RowError(value.value, column)
    text = as_text(value).strip()
    if text.startswith(_FORMULA_START) and len(text) > 1:
        raise RowError("formula_text", column)
    if not text.isprintable() and any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text):
        raise RowError("bad_text", column)
    return text
