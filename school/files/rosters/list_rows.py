"""What lists of pupils and staff share: the rows between headings and footer, and their cells."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from school.files.cells import MAX_NAME
from school.files.class_names import class_name_of
from school.files.matching import person_name
from school.files.rosters.class_choice import ListSource, class_of_titles, with_one_class
from school.files.rosters.layout import Layout
from school.files.rosters.list_account import ListParts, account_list
from school.files.rosters.list_body import (
    Row,
    class_titles,
    departments,
    fill_classes,
    list_body,
    with_given_names,
)
from school.files.sheets.birth import is_day
from school.files.sheets.formulas import is_formula
from school.files.sheets.grid import Broken, Table, as_text, cell_place
from school.files.sheets.headings import column_map, plain
from school.files.sheets.ledger import Ledger, Reading
from school.files.sheets.page import texts_of
from school.files.sheets.remarks import cut_struck, cuts_remarks, without_remark
from school.files.sheets.retyped import retyped
from school.files.sheets.spoilt import looks_spoilt
from school.files.sheets.trouble import Trouble, refuse
from school.office import CITIZEN

MINISTRY_DIGITS, CITIZEN_DIGITS = 10, 12
MAX_CODE = 64


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
        titles: row of a title among the people → the class from there on.
        class_name: of the title or the sheet, where no row has its own written.
        doubtful: the number of a row that may be a person's or a signature; 0 where there is none.
        day_shift: as of its table.
        ledger: what became of its cells.
        cuts_remarks: whether brackets after a name are no part of it.
    """

    table: Table
    layout: Layout
    body: Mapping[int, Row]
    longest: int
    titles: Mapping[int, str]
    class_name: str
    doubtful: int
    day_shift: int
    ledger: Ledger
    cuts_remarks: bool

    @classmethod
    def of(cls, table: Table, layout: Layout, reading: Reading) -> "ListRows":
        """Read the wanted columns, and no others.

        Raises:
            FileRefusedError: broken, too large, with spoilt letters, or with a column whose meaning
                nobody can tell.
        """
        wanted = {column for columns in layout.columns.values() for column in columns}
        grid = table.read(columns=wanted | {layout.unheaded} - {0})
        ledger = reading.ledger(table)
        reading.show(ledger, texts_of(grid, table.day_shift))
        rows = {n: row for n, row in sorted(grid.items()) if n >= layout.first_row}
        names = [as_text(row.get(c)) for row in rows.values() for c in layout.columns["name"]]
        if looks_spoilt(names):
            raise refuse("mojibake", table.place)
        _shift_days(rows, table.day_shift, layout.of("birth"))
        body, doubtful = list_body(rows, layout)
        layout = with_given_names(table, layout, body)
        titles = class_titles(body, layout)
        units = departments(body, layout)
        ledger.pass_over(((n, c) for n in units for c in table.seen.filled.get(n, ())), "section")
        body = {n: row for n, row in body.items() if n not in titles.keys() | units}
        body = _without_struck(table, layout, body, ledger, reading)
        account_list(table, layout, ledger, ListParts(rows, body, titles))
        fill_classes(body, table, layout)
        layout = with_one_class(ListSource(table, layout, ledger, reading), body)
        codes = [as_text(row.get(c)).strip() for row in body.values() for c in layout.of("code")]
        longest = max((len(code) for code in codes if code.isdecimal()), default=0)
        above = _class_above(table, layout, body, reading)
        shift = table.day_shift
        cuts = cuts_remarks(table, body, layout.columns["name"], reading)
        return cls(table, layout, body, longest, titles, above, doubtful, shift, ledger, cuts)

    def class_of(self, n: int) -> str:
        """The class of row n: its own, else that of the title above it, of the table or the sheet.

        Raises:
            RowError: a cell of the class that cannot be used.
        """
        title = max((row for row in self.titles if row < n), default=0)
        own = self.text(self.body[n], "class")
        return class_name_of(own or self.titles.get(title, self.class_name))

    def text(self, row: Row, role: str) -> str:
        """The text of a role's first column; empty where there is none.

        Raises:
            RowError: a broken cell, a formula as text, or signs that cannot be printed.
        """
        columns = self.layout.of(role)
        return self._cell(row, columns[0]) if columns else ""

    def name(self, n: int, row: Row) -> str:
        """The full name in row n.

        Raises:
            RowError: there is none.
        """
        columns = self.layout.columns["name"]
        if n == self.doubtful:
            raise RowError("no_number", columns[0])
        number = next((c for c in columns if is_day(row.get(c))), None)
        if number is not None:
            wrong = retyped(row[number])
            is_empty = wrong is not None and wrong[0] == "formula_empty"
            raise RowError("formula_empty" if is_empty else "name_number", number)
        texts = [self._cell(row, c) for c in columns]
        name = person_name(" ".join(texts))
        name = without_remark(name) if self.cuts_remarks else name
        if not any(sign.isalpha() for sign in name) or len(name) > MAX_NAME:
            raise RowError("no_name", columns[0])
        return name

    def _cell(self, row: Row, column: int) -> str:
        value = row.get(column)
        if isinstance(value, Broken):
            raise RowError(value.value, column)
        if wrong := retyped(value, self.day_shift):
            raise RowError(wrong[0], column, **wrong[1])
        text = as_text(value).strip()
        if is_formula(text):
            raise RowError("formula_text", column)
        if not text.isprintable() and any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text):
            raise RowError("bad_text", column)
        return text

    def mark(self, n: int, row: Row, *, has_left: bool) -> None:
        """Account for the cells of a person's row; who has left is passed over."""
        spots = {role: [(n, c) for c in columns] for role, columns in self.layout.columns.items()}
        if has_left:
            self.ledger.use(spots.get("status", ()), "status")
            self.ledger.pass_over((spot for role in spots for spot in spots[role]), "left")
            return
        if self._says_that_stays(row):
            self.ledger.pass_over(spots["status"], "stays")
        spots.pop("status", ())
        self.ledger.pass_over(spots.pop("unit", ()), "other_column")
        for role, cells in spots.items():
            self.ledger.use((spot for spot in cells if spot[1] in row), role)

    def _says_that_stays(self, row: Row) -> bool:
        words, status = column_map("general").words, f" {plain(self.text(row, 'status'))} "
        return any(f" {phrase} " in status for phrase in (*words["stays"], *words["not_left"]))

    def has_left(self, row: Row) -> bool:
        """Whether the row's status says that the person is no longer at the school.

        Raises:
            RowError: a broken cell.
        """
        words, status = column_map("general").words, f" {plain(self.text(row, 'status'))} "
        for phrase in words["not_left"]:
            status = status.replace(f" {phrase} ", " ")
        return any(f" {phrase} " in status for phrase in words["left"])

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
        longest = self.longest
        if system == "moet" and longest == CITIZEN_DIGITS - 1:
            longest = CITIZEN_DIGITS  # the Ministry's codes are shorter: each has lost its first 0
        is_short = len(code) < longest
        beside = (len(code), longest) == (MINISTRY_DIGITS, CITIZEN_DIGITS)
        if code.isdecimal() and is_short and not beside:
            raise RowError("lost_zeros", self.layout.of("code")[0], digits=str(longest))
        is_personal = system == "moet" and len(code) == CITIZEN_DIGITS and code.isdecimal()
        return code, CITIZEN if is_personal else system


def _class_above(table: Table, layout: Layout, body: Mapping[int, Row], reading: Reading) -> str:
    """The class of the title or the sheet; above a column of classes a number is a grade.

    Where title and sheet name two classes a person says which.
    """
    columns, above = layout.of("class"), class_of_titles(table, layout, reading)
    has_own = any(column in row for row in body.values() for column in columns)
    return "" if has_own or (columns and above.isdecimal()) else above


def _without_struck(
    table: Table, layout: Layout, body: dict[int, Row], ledger: Ledger, reading: Reading
) -> dict[int, Row]:
    """The rows without those whose name has a line through it, where a person says so."""
    names = [(n, c) for n in body for c in layout.columns["name"]]
    out = {n for n, _ in cut_struck(table, body, names, ledger, reading)}
    ledger.pass_over(((n, c) for n in out for c in table.seen.filled.get(n, ())), "struck")
    return {n: row for n, row in body.items() if n not in out}


def _shift_days(rows: Mapping[int, Row], days: int, columns: Collection[int]) -> None:
    for row in rows.values() if days else ():
        for column in columns:
            value = row.get(column)
            if isinstance(value, float):
                row[column] = value + days
