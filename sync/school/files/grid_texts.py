"""What drawn timetables share: rows of texts, days across, and the lessons written in one cell."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from sync.school.files.cells import (
    PART,
    Cell,
    Teacher,
    is_class_name,
    slot_of,
    teachers_in,
    weekday_of,
)
from sync.school.files.grid import Grid, Table, Value, as_text, cell_place
from sync.school.files.headings import class_name_of
from sync.school.files.trouble import Trouble
from sync.school.names import clean
from sync.school.records import Session

Found = Cell | Trouble
Texts = dict[int, dict[int, str]]
When = tuple[int, Session, int]
DAY_HEADS = frozenset({"thu", "ngay", "thu ngay", "ngay thu", "day"})
SLOT_HEADS = frozenset({"tiet", "tiet hoc", "so tiet", "period", "hour"})
SESSION_HEADS = frozenset({"buoi", "buoi hoc", "session"})
_IN_BRACKETS = re.compile(r"^(.+?)\s*\(([^()]+)\)$")
_DASH = re.compile(r"\s+[-–]\s+")


def texts_of(grid: Grid) -> Texts:
    """The rows as texts (NFC), without empty cells."""
    return {
        row: {column: text for column, value in line.items() if (text := _text(value))}
        for row, line in grid.items()
    }


def _text(value: Value) -> str:
    return unicodedata.normalize("NFC", as_text(value)).strip()


def weekday_columns(line: Mapping[int, str]) -> dict[int, int]:
    """Column → weekday, where a row names two days or more."""
    found = {c: day for c, text in line.items() if (day := weekday_of(text)) and not text.isdigit()}
    return found if len(found) >= 2 else {}


def slot_row(texts: Texts, row: int) -> int:
    """The row of lesson numbers under a row of days; 0 where there is none."""
    days = weekday_columns(texts[row])
    for below in (row + 1, row + 2):
        line = {c: t for c, t in texts.get(below, {}).items() if c >= min(days)}
        numbers = [t for t in line.values() if slot_of(t, Session.MORNING) and len(t) < 12]
        if len(numbers) >= len(days) and len(numbers) == len(line):
            return below
    return 0


def split_lesson(text: str) -> list[tuple[str, str, str]]:
    """From "Toán - Hà", "Toán" + line break + "C.Hà", "Toán (Hà)" → subject, teacher, room.

    Two lines that each name subject and teacher are two groups.
    """
    lines = [clean(line) for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(_DASH.search(line) or _IN_BRACKETS.match(line) for line in lines):
        return [_split_line(line) for line in lines]
    if len(lines) > 1:
        return [(lines[0], lines[1].strip("()- "), lines[2].strip("()- ") if lines[2:] else "")]
    return [_split_line(lines[0])] if lines else []


def _split_line(line: str) -> tuple[str, str, str]:
    parts = [part.strip() for part in _DASH.split(line)]
    if len(parts) == 1 and (match := _IN_BRACKETS.match(line)):
        parts = [match[1], match[2]]
    elif len(parts) == 1 and "-" in line:
        before, _, after = line.rpartition("-")
        parts = [before.strip(), after.strip()]
    return (*parts[:3], *[""] * (3 - len(parts)))[:3]  # type: ignore[return-value] # three by construction


def lesson_cells(
    table: Table, at: tuple[int, int], name: str, when: When, text: str
) -> Iterator[Cell]:
    """The lessons in a cell of a class; several are groups of it."""
    lessons = split_lesson(text)
    for n, (subject, teacher, room) in enumerate(lessons, start=1):
        group = name if len(lessons) == 1 else f"{name} {PART} {n}"
        yield Cell(group, *when, subject, teachers_in(teacher), room, cell_place(table, *at))


def taught_cells(
    table: Table,
    at: tuple[int, int],
    teachers: tuple[Teacher, ...],
    when: When,
    text: str,
    usual: str = "",
) -> Iterator[Cell]:
    """The lessons in a teacher's cell: class, then subject (else the usual one), then room.

    A cell that names no class is a cross or a remark, and no lesson.
    """
    lines = split_lesson(text) if any(sign.isdigit() for sign in text) else []
    for first, second, room in lines:
        names, subject = _class_first(first, second)
        for name in names.split("+"):
            group = class_name_of(name)
            yield Cell(group, *when, subject or usual, teachers, room, cell_place(table, *at))


def _class_first(one: str, other: str) -> tuple[str, str]:
    """Class and subject, whichever stands first; "10A1 Toán" too."""
    if not other and is_class_name(one.partition(" ")[0]):
        one, _, other = one.partition(" ")
    return (other, one) if is_class_name(other) and not is_class_name(one) else (one, other)
