"""Which way of drawing a table has, and how its cells are read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from school.files.sheets.grid import TOP_ROWS, Table
from school.files.sheets.page import Page, Texts, texts_of
from school.files.sheets.trouble import Place
from school.files.timetables.class_grid_in import (
    ClassHeader,
    class_grid_cells,
    grid_header,
    windows_of,
)
from school.files.timetables.flat_list_in import flat_cells, flat_header
from school.files.timetables.grid_texts import slot_row, weekday_columns
from school.files.timetables.grids_in import has_classes_down, teacher_grid_cells
from school.files.timetables.lesson_texts import Found
from school.files.timetables.week_sheets_in import owner_of, week_cells, week_header


@dataclass(frozen=True, slots=True)
class Shape:
    """A way of drawing.

    Attributes:
        name: what it is called.
        read: how its cells are read.
        row: the row of its first headings.
        has_days: whether each row names its first day.
    """

    name: str
    read: Callable[[Page], Iterator[Found]]
    row: int
    has_days: bool = False


def shape_of(table: Table) -> Shape | None:
    """Which shape a table has; None where it is no timetable."""
    top = texts_of(table.read(last_row=TOP_ROWS + 3), table.day_shift)
    for row in sorted(top):
        if row <= TOP_ROWS and (found := _shape_at(table.place, top, row)):
            return found
    return None


def _shape_at(place: Place, top: Texts, row: int) -> Shape | None:
    if flat_header(top[row]):
        return Shape("flat", flat_cells, row, has_days=True)
    if header := _grid_header(top, row):
        return Shape("teacher-columns" if header.teachers else "class-grid", class_grid_cells, row)
    if weekday_columns(top[row]) and slot_row(top, row):
        is_of_classes = has_classes_down(top, row)
        return Shape("class-rows" if is_of_classes else "teacher-grid", teacher_grid_cells, row)
    if not week_header(top, row):
        return None
    owner = owner_of(place, top)
    return Shape("teacher-sheets" if owner.teacher else "class-sheets", week_cells, row)


def _grid_header(top: Texts, row: int) -> ClassHeader | None:
    """Of the first of the grids that stand beside each other."""
    first, last = windows_of(top[row])[0]
    part = {n: {c: t for c, t in line.items() if first <= c <= last} for n, line in top.items()}
    return grid_header(part, row) if part[row] else None
