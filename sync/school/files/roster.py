"""Pupil lists (.xlsx, .csv): every row becomes a pupil or one error with its place."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from sync.school.files.archive import Archive
from sync.school.files.birth import BirthError, read_birth, swapped_serials
from sync.school.files.cells import MAX_GROUP, MAX_NAME, makes_key
from sync.school.files.csv_in import CsvTable
from sync.school.files.grid import Broken, Table, Value, as_text, cell_place
from sync.school.files.headings import Layout, column_map, find_layout, plain
from sync.school.files.oneroster import is_oneroster, read_oneroster
from sync.school.files.people_read import PupilRead, RosterRead
from sync.school.files.source import Outer, Source, outer
from sync.school.files.spoilt import looks_spoilt
from sync.school.files.trouble import Trouble, refuse
from sync.school.files.xlsx_in import Book
from sync.school.names import clean
from sync.school.office import CITIZEN

MAX_ERRORS = 200
MAX_STT = 999
MAX_RUNNING = 99_999
MINISTRY_DIGITS, CITIZEN_DIGITS = 10, 12
_CLASS_PREFIX = re.compile(r"^(lớp|lop)\s+", re.IGNORECASE)
_CLASS_SHAPE = re.compile(r"^[0-9]{1,2}[^\s,;:()]{0,10}$")
_FORMULA_START = ("=", "+", "-", "@")
Row = dict[int, Value]


class _RowError(Exception):
    """This row cannot be taken."""

    def __init__(self, code: str, column: int = 0, **params: str) -> None:
        super().__init__(code)
        self.code, self.column, self.params = code, column, params


def read_roster(sources: Sequence[Source]) -> RosterRead:
    """All files of one import together.

    Raises:
        FileRefusedError: a file cannot be used at all.
    """
    if not sources:
        raise ValueError("no file was given")
    reads = [_read_one(source) for source in sources]
    if len({read.format.startswith("oneroster") for read in reads}) > 1 or (
        len(reads) > 1 and any(read.delta for read in reads)
    ):
        raise refuse("files_mixed", sources[-1].place)
    joined = RosterRead(
        format=reads[0].format,
        pupils=_own_numbers([pupil for read in reads for pupil in read.pupils]),
        staff=tuple(one for read in reads for one in read.staff),
        classes=tuple(dict.fromkeys(name for read in reads for name in read.classes)),
        errors=tuple(error for read in reads for error in read.errors),
        whole_school=reads[0].whole_school,
        delta=reads[0].delta,
        removed=reads[0].removed,
    )
    errors = (*joined.errors, *_across(joined.pupils))
    return replace(joined, errors=_bounded(errors, sources[0]))


def class_name_of(text: str) -> str:
    """From "Lớp 10A1 " → "10A1"."""
    return _CLASS_PREFIX.sub("", clean(text))


def _read_one(source: Source) -> RosterRead:
    kind = outer(source)
    if kind is Outer.XML:
        raise refuse("unknown_shape", source.place)
    if kind is Outer.TEXT:
        return _read_tables([CsvTable(source)], source, "csv")
    archive = Archive(source)
    if is_oneroster(archive):
        return read_oneroster(archive)
    return _read_tables(Book(archive).sheets, source, "xlsx")


def _read_tables(tables: Iterable[Table], source: Source, kind: str) -> RosterRead:
    pupils: list[PupilRead] = []
    errors: list[Trouble] = []
    systems: list[str] = []
    for table in tables:
        layout = find_layout(table)
        if layout is not None:
            systems.append(layout.system)
            for one in _rows(table, layout):
                (pupils if isinstance(one, PupilRead) else errors).append(one)  # type: ignore[arg-type] # sorted by type
    if not systems:
        raise refuse("no_header", source.place)
    if not pupils and not errors:
        raise refuse("no_table", source.place)
    system = systems[0] if systems[0] != "general" else kind
    classes = tuple(dict.fromkeys(pupil.class_name for pupil in pupils))
    return RosterRead(system, tuple(pupils), classes=classes, errors=tuple(errors))


def _rows(table: Table, layout: Layout) -> Iterator[PupilRead | Trouble]:
    wanted = {column for columns in layout.columns.values() for column in columns}
    grid = table.read(columns=wanted)
    rows = {n: row for n, row in sorted(grid.items()) if n >= layout.first_row}
    names = [as_text(row.get(c)) for row in rows.values() for c in layout.columns["name"]]
    if looks_spoilt(names):
        raise refuse("mojibake", table.place)
    body = _without_footer(rows, layout)
    longest = _code_length(body, layout)
    by_serial = swapped_serials(row.get(c) for row in body.values() for c in _of(layout, "birth"))
    if by_serial:
        first = next(iter(body))
        column = layout.columns["birth"][0]
        yield Trouble("swapped_birth", cell_place(table, first, column), {"value": by_serial})
    for n, row in body.items():
        try:
            pupil = _pupil(row, layout, table, longest)
        except _RowError as error:
            yield Trouble(error.code, cell_place(table, n, error.column), error.params)
        else:
            if pupil is not None:
                yield replace(pupil, place=cell_place(table, n))


def _of(layout: Layout, role: str) -> tuple[int, ...]:
    return layout.columns.get(role, ())


def _without_footer(rows: dict[int, Row], layout: Layout) -> dict[int, Row]:
    """The rows above totals and signatures, without headings repeated on a new page."""
    footers = column_map("general").words["footers"]
    marks = [c for role in ("stt", "code", "birth") for c in _of(layout, role)]
    last = max(
        (n for n, row in rows.items() if any(_is_mark(row.get(c)) for c in marks)), default=0
    )
    body: dict[int, Row] = {}
    for n, row in rows.items():
        first = plain(as_text(next(iter(row.values()))))
        ends = any(first == word or first.startswith(f"{word} ") for word in footers)
        if (marks and n > last) or (ends and not marks):
            break
        if not ends and not _is_heading_again(row, layout):
            body[n] = row
    return body


def _is_mark(value: Value | None) -> bool:
    return isinstance(value, float) or any(sign.isdigit() for sign in as_text(value))


def _is_heading_again(row: Row, layout: Layout) -> bool:
    general = column_map("general").roles
    texts = [plain(as_text(value)) for value in row.values()]
    return len(texts) > 1 and sum(text in general for text in texts) * 2 > len(texts)


def _code_length(rows: dict[int, Row], layout: Layout) -> int:
    codes = [as_text(row.get(c)).strip() for row in rows.values() for c in _of(layout, "code")]
    return max((len(code) for code in codes if code.isdecimal()), default=0)


def _pupil(row: Row, layout: Layout, table: Table, longest: int) -> PupilRead | None:
    text = {role: _text(row, layout, role) for role in ("class", "code", "gender", "status")}
    if plain(text["status"]) in column_map("general").words["left"]:
        return None
    columns = layout.columns["name"]
    name = clean(" ".join(_cell(row, c) for c in columns))
    if not any(sign.isalpha() for sign in name) or len(name) > MAX_NAME:
        raise _RowError("no_name", columns[0])
    class_name = class_name_of(text["class"] or layout.class_name or _sheet_class(table))
    _check_class(class_name, (_of(layout, "class") or (0,))[0])
    code = text["code"].strip()
    if code.isdecimal() and _lost_zeros(len(code), longest):
        raise _RowError("lost_zeros", _of(layout, "code")[0], digits=str(longest))
    return PupilRead(
        system=system_of(code, layout.code_system),
        name=name,
        class_name=class_name,
        code=code[:64],
        birth=_birth(row, layout),
        stt=_stt(row, layout),
        gender=text["gender"][:10],
    )


def _lost_zeros(digits: int, longest: int) -> bool:
    """Whether a code is too short; the Ministry's may stand beside the state's longer number."""
    return digits < longest and (digits, longest) != (MINISTRY_DIGITS, CITIZEN_DIGITS)


def system_of(code: str, named: str) -> str:
    """Whose code it is; schools fill in the state's personal number as "mã định danh" too."""
    is_personal = named == "moet" and len(code) == CITIZEN_DIGITS and code.isdecimal()
    return CITIZEN if is_personal else named


def _check_class(name: str, column: int) -> None:
    if not name:
        raise _RowError("no_class", column)
    if not makes_key(name, MAX_GROUP):
        raise _RowError("bad_class", column, value=name[:20])


def _sheet_class(table: Table) -> str:
    name = class_name_of(table.place.sheet)
    return name if _CLASS_SHAPE.match(name) else ""


def _text(row: Row, layout: Layout, role: str) -> str:
    columns = _of(layout, role)
    return _cell(row, columns[0]) if columns else ""


def _cell(row: Row, column: int) -> str:
    value = row.get(column)
    if isinstance(value, Broken):
        raise _RowError(value.value, column)
    text = as_text(value).strip()
    if text.startswith(_FORMULA_START) and len(text) > 1:
        raise _RowError("formula_text", column)
    if any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text):
        raise _RowError("bad_text", column)
    return text


def _birth(row: Row, layout: Layout) -> date | None:
    for column in _of(layout, "birth"):
        value = row.get(column)
        if value is None:
            return None
        if isinstance(value, Broken):
            raise _RowError(value.value, column)
        try:
            return read_birth(value)
        except BirthError as error:
            raise _RowError(error.code, column, value=as_text(value)[:12]) from error
    return None


def _stt(row: Row, layout: Layout) -> int | None:
    text = _text(row, layout, "stt").rstrip(".")
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text[:6]) <= MAX_RUNNING:
        raise _RowError("bad_stt", layout.columns["stt"][0], value=text[:12])
    return int(text)


def _across(pupils: Sequence[PupilRead]) -> Iterator[Trouble]:
    """What only shows when rows are laid side by side."""
    numbers = Counter((p.class_name, p.stt) for p in pupils if p.stt is not None)
    codes = Counter(p.code for p in pupils if p.code)
    alike = Counter((p.class_name, p.name, p.birth) for p in pupils if p.stt is None and not p.code)
    for p in pupils:
        if p.code and codes[p.code] > 1:
            yield Trouble("same_code", p.place, {})
        elif p.stt is not None and p.stt > MAX_STT:
            yield Trouble("bad_stt", p.place, {"value": str(p.stt)})
        elif p.stt is not None and numbers[p.class_name, p.stt] > 1:
            yield Trouble("same_stt", p.place, {"stt": str(p.stt), "class": p.class_name})
        elif p.stt is None and not p.code and alike[p.class_name, p.name, p.birth] > 1:
            yield Trouble("same_pupil", p.place, {"class": p.class_name})


def _own_numbers(pupils: Sequence[PupilRead]) -> tuple[PupilRead, ...]:
    """Without numbers where these count the whole file instead of each class."""
    if not _runs_through(pupils):
        return tuple(pupils)
    return tuple(replace(pupil, stt=None) for pupil in pupils)


def _runs_through(pupils: Sequence[PupilRead]) -> bool:
    """Whether the numbers count the whole file, so that they are no numbers of class lists."""
    numbers = [p.stt for p in pupils if p.stt is not None]
    classes = {p.class_name for p in pupils}
    return len(classes) > 1 and numbers == list(range(1, len(pupils) + 1))


def _bounded(errors: Sequence[Trouble], source: Source) -> tuple[Trouble, ...]:
    if len(errors) <= MAX_ERRORS:
        return tuple(errors)
    more = Trouble("too_many_errors", source.place, {"n": str(len(errors))})
    return (*errors[:MAX_ERRORS], more)
