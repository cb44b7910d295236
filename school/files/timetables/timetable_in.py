"""Timetables of any shape: which shape a file has, and its cells."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from school.files.cells import Cell, TimetableRead, counted_anew, flat_table
from school.files.sheets.archive import Archive
from school.files.sheets.csv_in import CsvTable
from school.files.sheets.grid import Table
from school.files.sheets.headings import plain
from school.files.sheets.labels import BESIDE_HEADS
from school.files.sheets.ledger import Reading
from school.files.sheets.page import Page
from school.files.sheets.questions import Answers
from school.files.sheets.sheet_choice import SheetRead, one_of_each, pass_hidden_sheets
from school.files.sheets.source import Outer, Source, outer
from school.files.sheets.spoilt import has_spoilt_top, looks_spoilt
from school.files.sheets.trouble import Trouble, refuse
from school.files.sheets.xlsx_in import Book
from school.files.timetables import asc_in, fet_in
from school.files.timetables.first_day import first_day_of
from school.files.timetables.lesson_texts import Found
from school.files.timetables.timetable_shapes import Shape, shape_of


def read_timetable(sources: Sequence[Source], answers: Answers | None = None) -> TimetableRead:
    """All files of one import together.

    Args:
        sources: the files.
        answers: what a person has answered to the questions of an earlier reading.

    Raises:
        FileRefusedError: a file cannot be used at all.
    """
    if not sources:
        raise ValueError("no file was given")
    reading = Reading(answers or {})
    read = _read_all(sources, reading)
    return replace(read, account=reading.account(read.errors))


def _read_all(sources: Sequence[Source], reading: Reading) -> TimetableRead:
    documents = [source for source in sources if outer(source) is Outer.XML]
    if documents and len(documents) < len(sources):
        raise refuse("files_mixed", sources[-1].place)
    if documents:
        return _read_xml(documents, reading)
    found: list[Found] = []
    shapes: list[str] = []
    for source in sources:
        shape, here = _read_tables(source, reading)
        shapes.append(shape)
        found += here
    cells = [one for one in found if isinstance(one, Cell)]
    names = [text for c in cells for text in (c.subject, *(t.name for t in c.teachers))]
    if looks_spoilt(dict.fromkeys(names)):
        raise refuse("mojibake", sources[0].place)
    if not found:
        raise refuse("no_table", sources[0].place)
    return flat_table(shapes[0], cells, [one for one in found if isinstance(one, Trouble)])


def _read_xml(sources: Sequence[Source], reading: Reading) -> TimetableRead:
    roots = [(source, fet_in.parse(source)) for source in sources]
    if len(roots) == 1 and roots[0][1].tag == asc_in.ROOT:
        return asc_in.read_asc(*roots[0], reading)
    for source, root in roots:
        if root.tag not in fet_in.ROOTS:
            raise refuse("unknown_shape", source.place)
    return fet_in.read_fet_xml(roots, reading)


def _read_tables(source: Source, reading: Reading) -> tuple[str, list[Found]]:
    tables: Sequence[Table]
    if outer(source) is Outer.ZIP:
        book = Book(Archive(source))
        tables = book.sheets
        pass_hidden_sheets(book, reading)
    else:
        text = CsvTable(source)
        if fet_in.is_fet_csv(text):
            return "fet-csv", list(fet_in.csv_cells(text, reading))
        tables = [text]
    shapes = [(table, shape_of(table)) for table in tables]
    kept = [(table, shape) for table, shape in shapes if shape is not None]
    if not kept:
        spoilt = any(has_spoilt_top(table) for table in tables)
        raise refuse("mojibake" if spoilt else "unknown_shape", source.place)
    for place in (table.place for table, shape in shapes if shape is None):
        reading.pass_sheet(place, "no_shape")
    read: list[SheetRead] = []
    for one, shape in kept:
        page = Page(one, reading)
        read.append((shape.name, page, list(_cells_of(page, shape))))
    return kept[0][1].name, one_of_each(read, reading)


def _cells_of(page: Page, shape: Shape) -> Iterator[Found]:
    page.ledger.read_as(shape.name, "drawn", row=str(shape.row))
    labels = {plain(text) for line in page.texts.values() for text in line.values()}
    page.reading.headings |= dict.fromkeys([shape.name, *sorted(labels & BESIDE_HEADS)])
    found = list(shape.read(page))
    yield from (one for one in found if isinstance(one, Trouble))
    cells = counted_anew((one for one in found if isinstance(one, Cell)), page.afternoon)
    first_day = None if shape.has_days else first_day_of(page)
    if isinstance(first_day, Trouble):
        yield first_day
    elif first_day is not None:
        cells = [replace(cell, valid_from=first_day) for cell in cells]
    yield from cells
