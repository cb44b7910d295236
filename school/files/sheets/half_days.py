"""Which half of the day each row of lessons is in, where a column says it."""

from collections.abc import Sequence

from school.files.sheets.grid import cell_place
from school.files.sheets.labels import first_number, half_day_of
from school.files.sheets.page import Page
from school.files.sheets.spread import parts_of, spread
from school.files.sheets.trouble import Trouble
from school.records import Session


def half_days(
    page: Page, rows: Sequence[int], columns: tuple[int, int], held: Session | None, *, headed: bool
) -> tuple[dict[int, Session | None], list[Trouble]]:
    """The half-day of each row; one that is written within its lessons holds for all of them.

    Rows of which it cannot be told are left out.

    Args:
        page: the sheet.
        rows: the rows with lessons.
        columns: that of the lesson numbers, and that of the half-days (0: none).
        held: what holds where the column says nothing.
        headed: whether a heading says what the column is, so that any other word in it is an error.
    """
    slot, column = columns
    labels: dict[int, str] = {}
    wrong: list[Trouble] = []
    for n, row in enumerate(rows):
        text = page.texts[row].get(column, "") if column else ""
        if text and half_day_of(text):
            labels[n] = text
            page.ledger.use([(row, column)], "session")
        elif text and headed:
            labels[n] = text
            place = cell_place(page, row, column)
            wrong.append(Trouble("bad_session", place, {"value": text[:20]}))
    numbers = [(first_number(page.texts[row].get(slot, "")),) for row in rows]
    found: dict[int, Session | None] = {}
    for n, label in enumerate(spread(parts_of(numbers), labels, "")):
        if label is None:
            wrong.append(Trouble("no_value", cell_place(page, rows[n], column), {"name": "Buổi"}))
        elif not label or half_day_of(label):
            found[rows[n]] = half_day_of(label) if label else held
    return found, wrong
