"""What becomes of the cells of a list of people that are no cells of theirs.

Of columns that nobody needs only the places are known, never the texts.
"""

from collections.abc import Mapping
from typing import NamedTuple

from school.files.rosters.layout import Layout
from school.files.rosters.list_body import Row, is_footer_text, is_lone_total_text
from school.files.sheets.grid import Table
from school.files.sheets.ledger import Ledger

_FOOTER = "f"


class ListParts(NamedTuple):
    """A list: all rows below the headings, those of people, and titles among them."""

    rows: Mapping[int, Row]
    body: Mapping[int, Row]
    titles: Mapping[int, str]


def account_list(table: Table, layout: Layout, ledger: Ledger, parts: ListParts) -> None:
    """Mark titles, headings, columns that are not wanted, repeated headings and footers."""
    filled = table.seen.filled
    ledger.use(layout.heads, "headings")
    row = min((row for row, _ in layout.heads), default=0)
    ledger.read_as("staff" if layout.is_of_staff else "pupils", "headings_row", row=str(row))
    wanted = {column for columns in layout.columns.values() for column in columns}
    last = max(parts.body, default=layout.first_row - 1)
    for row, columns in filled.items():
        spots = [(row, column) for column in columns]
        if row < layout.first_row:
            is_heading = any(n == row for n, _ in layout.heads)
            ledger.pass_over(spots, "other_column" if is_heading else "titles")
        elif row in parts.titles:
            ledger.use(spots, "owner")
        elif row in parts.body:
            others = layout.headed - wanted
            ledger.pass_over((spot for spot in spots if spot[1] in others), "other_column")
        elif row < last and row in parts.rows:
            ledger.pass_over(spots, "repeated")
    below = [row for row in filled if row > last]
    if below:
        _account_below(table, ledger, below)


def _account_below(table: Table, ledger: Ledger, below: list[int]) -> None:
    """From the first row on that is known as a total, a date or a signature, all is footer."""
    signs = table.read(recognise=_sign)
    first = next((row for row in below if _FOOTER in signs.get(row, {}).values()), None)
    if first is not None:
        for row in below:
            if row >= first:
                ledger.pass_over(((row, c) for c in table.seen.filled[row]), "footer")


def _sign(text: str) -> str:
    return _FOOTER if is_footer_text(text) or is_lone_total_text(text) else "?"
