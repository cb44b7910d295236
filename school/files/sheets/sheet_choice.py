"""Which sheets of a workbook count, where several ways of drawing tell of the same lessons."""

from collections.abc import Iterator, Mapping, Sequence

from school.files.cells import Cell
from school.files.sheets.ledger import Reading
from school.files.sheets.page import Page
from school.files.sheets.questions import Choice, Question
from school.files.sheets.trouble import Place
from school.files.sheets.xlsx_in import Book
from school.files.timetables.lesson_texts import Found
from school.names import fold

SheetRead = tuple[str, Page, list[Found]]
"""Name of the shape, the sheet and what was found on it."""
_Lessons = Mapping[tuple[object, ...], Cell]


def pass_hidden_sheets(book: Book, reading: Reading) -> None:
    """Say which sheets are hidden: they are not read."""
    for name in book.hidden_sheets:
        reading.pass_sheet(Place(book.archive.source.name, name), "hidden_sheet")


def one_of_each(sheets: Sequence[SheetRead], reading: Reading) -> list[Found]:
    """All that was found, each lesson told by one way of drawing.

    Sheets of another shape that only repeat the lessons are passed over; where they contradict, a
    person says which ones hold.
    """
    shapes = list(dict.fromkeys(shape for shape, _, _ in sheets))
    kept = [shapes[0]]
    for shape in shapes[1:]:
        first, other = (_lessons(sheets, names) for names in (kept, [shape]))
        if not first.keys() & other.keys():
            kept.append(shape)
        elif not _repeats(other, first):
            kept = [_chosen(sheets, shapes, reading)]
            break
    for shape, page, _ in sheets:
        if shape not in kept:
            page.ledger.marks.clear()
            for row in page.texts:
                page.pass_over(row, "other_sheet")
    return [one for shape, _, found in sheets if shape in kept for one in found]


def _chosen(sheets: Sequence[SheetRead], shapes: Sequence[str], reading: Reading) -> str:
    """The shape that a person has chosen; the first one until then."""
    names = {
        shape: ", ".join(page.place.sheet for name, page, _ in sheets if name == shape)
        for shape in shapes
    }
    choices = tuple(Choice(shape, "shape", {"sheets": names[shape]}) for shape in shapes)
    place = next(page.place for shape, page, _ in sheets if shape == shapes[1])
    asked = Question("which_sheets", place, choices, {"sheets": " · ".join(names.values())})
    return reading.ask(asked) or shapes[0]


def _lessons(sheets: Sequence[SheetRead], shapes: Sequence[str]) -> _Lessons:
    return dict(_keyed(sheets, shapes))


def _keyed(
    sheets: Sequence[SheetRead], shapes: Sequence[str]
) -> Iterator[tuple[tuple[object, ...], Cell]]:
    for shape, _, found in sheets:
        for one in found if shape in shapes else ():
            if isinstance(one, Cell):
                yield (fold(one.group), *one.key[1:]), one


def _repeats(other: _Lessons, first: _Lessons) -> bool:
    return all(key in first and _agree(one, first[key]) for key, one in other.items())


def _agree(one: Cell, other: Cell) -> bool:
    subjects = {fold(cell.subject) for cell in (one, other) if cell.subject}
    givers = [{fold(t.name).replace(".", " ").split()[-1] for t in cell.teachers if t.name}
              for cell in (one, other)]  # fmt: skip
    return len(subjects) < 2 and (not all(givers) or not givers[0].isdisjoint(givers[1]))
