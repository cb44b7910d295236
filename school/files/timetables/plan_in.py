"""Teaching plans (PPCT): Môn, Khối, Tiết CT, Tên bài, Tuần. Source: domain reference §4."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from school.files.sheets.archive import Archive
from school.files.sheets.csv_in import CsvTable
from school.files.sheets.grid import TOP_ROWS, Table, as_text, cell_place
from school.files.sheets.headings import plain
from school.files.sheets.ledger import Account, Reading
from school.files.sheets.page import Page
from school.files.sheets.questions import Answers
from school.files.sheets.sheet_choice import pass_hidden_sheets
from school.files.sheets.source import Outer, Source, outer
from school.files.sheets.spoilt import has_spoilt_top, looks_spoilt
from school.files.sheets.trouble import Place, Trouble, refuse
from school.files.sheets.xlsx_in import Book
from school.files.timetables.grid_texts import is_below_lessons
from school.names import clean

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
_RANGE = re.compile(r"([0-9]{1,3})(?:\s*(?:[-–—]|đến)\s*([0-9]{1,3}))?", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?:tiết|t)\b[\s.:]*", re.IGNORECASE)
_UNNAMED = re.compile(r"(?:sheet|trang(?: tính)?|ppct)?\s*[0-9]*", re.IGNORECASE)
_NO_SUBJECT = r"(?:lớp|khối|năm|học|hk|cả năm|áp dụng|theo|thpt|thcs|tiểu học)\b"
_TITLE_SUBJECT = re.compile(
    r"(?<!chuyên )\bmôn(?: học)?(?: ?/ ?hoạt động giáo dục)? ?:? ?"
    rf"(?!{_NO_SUBJECT})([^\W\d_][^\d,;:()–-]*?) ?(?:[\d,;:()–-]|\b{_NO_SUBJECT}|$)",
    re.IGNORECASE,
)
_TITLE_GRADE = re.compile(r"\b(?:lớp|khối)\s*:?\s*([0-9]{1,2})(?![0-9])", re.IGNORECASE)
_SHEET = re.compile(r"(.*?)(?:\s*\b(?:lớp|khối|k)?\s*([0-9]{1,2}))?", re.IGNORECASE)
_NAMES = {"subject": "Môn", "grade": "Khối", "title": "Tên bài"}
_LONGEST_RANGE = 20
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
    account: Account = field(default_factory=Account)


def read_plan(sources: Sequence[Source], answers: Answers | None = None) -> PlanRead:
    """All files of one import together.

    Args:
        sources: the files.
        answers: as of a timetable.

    Raises:
        FileRefusedError: a file cannot be used at all.
    """
    reading = Reading(answers or {})
    tables = [table for source in sources for table in _tables(source, reading)]
    found = [one for table in tables for one in _lines(table, reading)]
    if not found:
        spoilt = any(has_spoilt_top(table) for table in tables)
        raise refuse("mojibake" if spoilt else "no_header", sources[0].place)
    lines = [one for one in found if isinstance(one, PlanLine)]
    errors = [one for one in found if isinstance(one, Trouble)]
    if looks_spoilt([line.title for line in lines]):
        raise refuse("mojibake", sources[0].place)
    kind = "plan-csv" if outer(sources[0]) is Outer.TEXT else "plan-xlsx"
    return PlanRead(kind, tuple(lines), tuple(errors), reading.account(errors))


def _tables(source: Source, reading: Reading) -> Sequence[Table]:
    kind = outer(source)
    if kind is Outer.XML:
        raise refuse("unknown_shape", source.place)
    if kind is Outer.TEXT:
        return [CsvTable(source)]
    book = Book(Archive(source))
    sheets = book.sheets
    pass_hidden_sheets(book, reading)
    return sheets


def _lines(table: Table, reading: Reading) -> Iterator[PlanLine | Trouble]:
    top = table.read(last_row=TOP_ROWS)
    heads = {row: _header(line) for row, line in top.items()}
    header = next((row for row in sorted(heads) if heads[row]), None)
    if header is None:
        reading.pass_sheet(table.place, "no_shape")
        return
    where = heads[header]
    titles = [as_text(v) for n in sorted(top) if n < header for v in top[n].values()]
    usual = _usual(titles, clean(table.place.sheet))
    missing = [role for role in ("subject", "grade") if role not in where and not usual[role]]
    for role in missing:
        yield Trouble("no_column", cell_place(table, header), {"name": _NAMES[role]})
    page = Page(table, reading)
    page.ledger.read_as("plan", "headings_row", row=str(header))
    if missing:
        for row in page.texts:
            page.pass_over(row, "not_tried")
    else:
        yield from _body(page, header, where, usual | {"week": ""})


def _usual(titles: Sequence[str], sheet: str) -> dict[str, str]:
    """Subject and grade of rows that name none: of the titles, else of the sheet ("Toán 10")."""
    subjects = (match[1] for text in titles if (match := _TITLE_SUBJECT.search(clean(text))))
    grades = (match[1] for text in titles if (match := _TITLE_GRADE.search(clean(text))))
    subject, grade = next(subjects, ""), next(grades, "")
    of_sheet = None if _UNNAMED.fullmatch(sheet) else _SHEET.fullmatch(sheet)
    named, numbered = of_sheet.groups("") if of_sheet else ("", "")
    subject = subject.capitalize() if subject.isupper() else subject
    return {"subject": subject or named, "grade": grade or numbered}


def _body(
    page: Page, header: int, where: Mapping[str, int], held: dict[str, str]
) -> Iterator[PlanLine | Trouble]:
    """The lines below the headings; subject, grade and week hold until the next ones."""
    others = set(page.texts[header]) - set(where.values())
    for row in sorted(page.texts):
        if row <= header or _header(page.texts[row]) or _is_section(page, row, where):
            _account(page, row, header, where)
            continue
        page.pass_over(row, "beside", others & set(page.texts[row]))
        if wrong := page.broken(row, where.values()) + page.retyped(row, set(where.values())):
            yield from wrong
            continue
        line = {role: _seen(page, row, column) for role, column in where.items()}
        held |= {role: line[role] for role in held if line.get(role)}
        page.ledger.use(
            (page.first_of(row, where[role]) for role in where if line["number"] or role in held),
            "plan",
        )
        if not line["number"] and is_below_lessons(page.texts[row]):
            page.pass_over(row, "footer")
        if line["number"]:
            yield from _read_row(line | held, page, row, where)


def _account(page: Page, row: int, header: int, where: Mapping[str, int]) -> None:
    """A row without lessons: titles, the headings, the name of a part."""
    if row < header:
        page.pass_over(row, "titles")
    elif _header(page.texts[row]):
        page.ledger.use(((row, column) for column in where.values()), "headings")
        page.pass_over(row, "beside")
    else:
        page.pass_over(row, "section")


def _is_section(page: Page, row: int, where: Mapping[str, int]) -> bool:
    """Whether one text lies over the lesson's number: "HỌC KỲ I" across the sheet."""
    first = page.first_of(row, where["number"])
    return first[1] != where["number"] or first == page.first_of(row, where["title"])


def _seen(page: Page, row: int, column: int) -> str:
    """A cell's text or that of the block above it, not what lies over it from the left."""
    return page.at(row, column) if page.first_of(row, column)[1] == column else ""


def _header(line: Mapping[int, object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, value in sorted(line.items()):
        role = _ROLES.get(plain(str(value)))
        if role:
            found.setdefault(role, column)
    return found if {"number", "title"} <= set(found) else {}


def _read_row(
    line: Mapping[str, str], page: Page, row: int, where: Mapping[str, int]
) -> Iterator[PlanLine | Trouble]:
    grade, numbers = _number(line["grade"]), _numbers(line["number"])
    missing = [role for role in _NAMES if not line[role]]
    if not numbers:
        if line["title"]:
            yield _unusable(page, row, where["number"], line["number"])
    elif missing:
        place = cell_place(page, row, where.get(missing[0], 0))
        yield Trouble("no_value", place, {"name": _NAMES[missing[0]]})
    elif grade is None or not 1 <= grade <= 12:
        yield _unusable(page, row, where["grade"], line["grade"])
    else:
        week, place = _number(line.get("week", "")), cell_place(page, row)
        subject, title = clean(line["subject"]), clean(line["title"])[:MAX_TITLE]
        yield from (PlanLine(subject, grade, n, title, week, place) for n in numbers)


def _unusable(page: Page, row: int, column: int, value: str) -> Trouble:
    return Trouble("bad_number", cell_place(page, row, column), {"value": value[:20]})


def _numbers(text: str) -> list[int]:
    """From "3" → 3; "3-4" → 3 and 4; "3, 5-7" → 3, 5, 6 and 7; none where it is no such list."""
    found: list[int] = []
    for part in re.split(r"[,;]", text):
        match = _RANGE.fullmatch(_NUMBERED.sub("", clean(part)))
        first = int(match[1]) if match else 0
        last = int(match[2] or match[1]) if match else 0
        if not 0 < first <= last < first + _LONGEST_RANGE:
            return []
        found += range(first, last + 1)
    return found


def _number(text: str) -> int | None:
    found = _DIGITS.search(text)
    return int(found[0]) if found else None
