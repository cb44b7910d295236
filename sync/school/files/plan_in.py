"""Teaching plans (PPCT): Môn, Khối, Tiết CT, Tên bài, Tuần. Source: domain reference §4."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sync.school.files.archive import Archive
from sync.school.files.csv_in import CsvTable
from sync.school.files.grid import TOP_ROWS, Table, as_text, cell_place
from sync.school.files.headings import plain
from sync.school.files.source import Outer, Source, outer
from sync.school.files.spoilt import has_spoilt_top, looks_spoilt
from sync.school.files.trouble import Place, Trouble, refuse
from sync.school.files.xlsx_in import Book
from sync.school.names import clean

_ROLES = {
    "mon": "subject", "mon hoc": "subject", "ten mon": "subject",
    "khoi": "grade", "khoi lop": "grade", "lop": "grade",
    "tiet ct": "number", "tiet ppct": "number", "tiet": "number", "so tiet ct": "number",
    "tiet theo ppct": "number", "tiet thu": "number",
    "ten bai": "title", "ten bai day": "title", "ten bai hoc": "title", "bai hoc": "title",
    "noi dung": "title", "ten dau bai": "title", "noi dung bai day": "title",
    "tuan": "week", "tuan hoc": "week",
}  # fmt: skip
_DIGITS = re.compile(r"[0-9]{1,4}")
_RANGE = re.compile(r"([0-9]{1,3})\s*[-–,]\s*([0-9]{1,3})")
MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One lesson of a plan.

    Attributes:
        subject: its subject.
        grade: 1 to 12; None where the file names none.
        number: its number in the plan (tiết CT).
        title: its title.
        week: school week; None where the file names none.
        place: where it was read.
    """

    subject: str
    grade: int | None
    number: int
    title: str
    week: int | None = None
    place: Place = field(default_factory=Place, compare=False)


@dataclass(frozen=True, slots=True)
class PlanRead:
    """What a plan's files say."""

    format: str
    lines: tuple[PlanLine, ...]
    errors: tuple[Trouble, ...] = ()


def read_plan(sources: Sequence[Source]) -> PlanRead:
    """All files of one import together.

    Raises:
        FileRefusedError: a file cannot be used at all.
    """
    tables = [table for source in sources for table in _tables(source)]
    found = [one for table in tables for one in _lines(table)]
    if not found:
        spoilt = any(has_spoilt_top(table) for table in tables)
        raise refuse("mojibake" if spoilt else "no_header", sources[0].place)
    lines = [one for one in found if isinstance(one, PlanLine)]
    errors = [one for one in found if isinstance(one, Trouble)]
    if looks_spoilt([line.title for line in lines]):
        raise refuse("mojibake", sources[0].place)
    kind = "plan-csv" if outer(sources[0]) is Outer.TEXT else "plan-xlsx"
    return PlanRead(kind, tuple(lines), tuple(errors))


def _tables(source: Source) -> Sequence[Table]:
    kind = outer(source)
    if kind is Outer.XML:
        raise refuse("unknown_shape", source.place)
    return Book(Archive(source)).sheets if kind is Outer.ZIP else [CsvTable(source)]


def _lines(table: Table) -> Iterator[PlanLine | Trouble]:
    top = table.read(last_row=TOP_ROWS)
    heads = {row: _header(line) for row, line in top.items()}
    header = next((row for row in sorted(heads) if heads[row]), None)
    if header is None:
        return
    where = heads[header]
    grid = table.read(columns=set(where.values()))
    held = {"subject": "", "grade": "", "week": ""}
    for row in sorted(grid):
        if row > header:
            line = {role: as_text(grid[row].get(c)).strip() for role, c in where.items()}
            held |= {role: line[role] for role in held if line.get(role)}
            if line["number"] and line["title"]:
                yield from _read_row(line | held, table, row, where)


def _header(line: Mapping[int, object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, value in sorted(line.items()):
        role = _ROLES.get(plain(str(value)))
        if role:
            found.setdefault(role, column)
    return found if {"number", "title"} <= set(found) else {}


def _read_row(
    line: Mapping[str, str], table: Table, row: int, where: Mapping[str, int]
) -> Iterator[PlanLine | Trouble]:
    subject = clean(line["subject"]) or clean(table.place.sheet)
    title = clean(line["title"])[:MAX_TITLE]
    place = cell_place(table, row)
    numbers = _numbers(line["number"])
    grade, week = _number(line["grade"]), _number(line["week"])
    if not numbers:
        at = cell_place(table, row, where["number"])
        yield Trouble("bad_number", at, {"value": line["number"][:20]})
    elif grade is not None and not 1 <= grade <= 12:
        at = cell_place(table, row, where["grade"])
        yield Trouble("bad_number", at, {"value": line["grade"][:20]})
    else:
        yield from (PlanLine(subject, grade, n, title, week, place) for n in numbers)


def _numbers(text: str) -> list[int]:
    """From "3" → 3; "3-4" and "3,4" → 3 and 4 (one title over several lessons)."""
    if match := _RANGE.fullmatch(text):
        first, last = int(match[1]), int(match[2])
        return list(range(first, last + 1)) if 0 < first <= last < first + 20 else []
    found = _DIGITS.findall(text)
    return [int(found[0])] if len(found) == 1 and int(found[0]) > 0 else []


def _number(text: str) -> int | None:
    found = _DIGITS.search(text)
    return int(found[0]) if found else None
