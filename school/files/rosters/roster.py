"""Lists of pupils and of staff (.xlsx, .csv) and OneRoster: all files of an import together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from school.files.rosters.column_choice import ask_columns
from school.files.rosters.layout import find_layout, is_look_up
from school.files.rosters.oneroster import is_oneroster, not_needed
from school.files.rosters.oneroster_day import read_oneroster
from school.files.rosters.people_read import PupilRead, RosterRead, StaffRead
from school.files.rosters.pupil_rows import read_pupils
from school.files.rosters.staff_rows import read_staff
from school.files.sheets.archive import Archive
from school.files.sheets.csv_in import CsvTable
from school.files.sheets.grid import Table
from school.files.sheets.ledger import Reading
from school.files.sheets.questions import Answers
from school.files.sheets.sheet_choice import pass_hidden_sheets
from school.files.sheets.source import Outer, Source, outer
from school.files.sheets.spoilt import has_spoilt_top
from school.files.sheets.trouble import Trouble, refuse
from school.files.sheets.xlsx_in import Book
from school.ids import group_key
from school.names import fold

MAX_ERRORS = 200
MAX_STT = 999


def read_roster(sources: Sequence[Source], answers: Answers | None = None) -> RosterRead:
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
    reads = [_read_one(source, reading) for source in sources]
    if len({read.format.startswith("oneroster") for read in reads}) > 1 or (
        len(reads) > 1 and any(read.oneroster for read in reads)
    ):
        raise refuse("files_mixed", sources[-1].place)
    pupils = [pupil for read in reads for pupil in read.pupils]
    named = [pupil.class_name for pupil in pupils]
    usual = _usual_spellings(named + [name for read in reads for name in read.classes])
    pupils = [replace(pupil, class_name=usual[pupil.class_name]) for pupil in pupils]
    joined = RosterRead(
        format=reads[0].format,
        pupils=_own_numbers(pupils),
        staff=tuple(one for read in reads for one in read.staff),
        classes=tuple(dict.fromkeys(usual[name] for read in reads for name in read.classes)),
        errors=tuple(error for read in reads for error in read.errors),
        whole_school=reads[0].whole_school,
        delta=reads[0].delta,
        oneroster=reads[0].oneroster,
    )
    errors = (*joined.errors, *_across(joined.pupils), *_across_staff(joined.staff))
    account = reading.account(errors)
    return replace(joined, errors=_bounded(errors, sources[0]), account=account)


def _read_one(source: Source, reading: Reading) -> RosterRead:
    kind = outer(source)
    if kind is Outer.XML:
        raise refuse("unknown_shape", source.place)
    if kind is Outer.TEXT:
        return _read_tables([CsvTable(source)], source, "csv", reading)
    archive = Archive(source)
    if is_oneroster(archive):
        reading.note(source.place, "oneroster", "by_program")
        if names := not_needed(archive):
            reading.note(source.place, "passed", "not_needed", names=names)
        return read_oneroster(archive)
    book = Book(archive)
    sheets = book.sheets
    pass_hidden_sheets(book, reading)
    return _read_tables(sheets, source, "xlsx", reading)


def _read_tables(
    tables: Iterable[Table], source: Source, kind: str, reading: Reading
) -> RosterRead:
    every = list(tables)
    laid = {table: layout for table in every if (layout := find_layout(table, reading)) is not None}
    if not laid:
        if any(has_spoilt_top(table) for table in every):
            raise refuse("mojibake", source.place)
        if not ask_columns(every, reading):
            raise refuse("no_header", source.place)
        return RosterRead(kind, ())
    lists = [table for table in laid if not is_look_up(table, laid[table])] or list(laid)
    for table in every:
        if table not in lists:
            reading.pass_sheet(table.place, "look_up" if table in laid else "no_list")
    found: list[PupilRead | StaffRead | Trouble] = []
    for table in lists:
        read = read_staff if laid[table].is_of_staff else read_pupils
        found += read(table, laid[table], reading)
    if not found:
        raise refuse("no_table", source.place)
    system = laid[lists[0]].system
    pupils = tuple(one for one in found if isinstance(one, PupilRead))
    return RosterRead(
        format=system if system != "general" else kind,
        pupils=pupils,
        staff=tuple(one for one in found if isinstance(one, StaffRead)),
        classes=tuple(dict.fromkeys(pupil.class_name for pupil in pupils)),
        errors=tuple(one for one in found if isinstance(one, Trouble)),
    )


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


def _across_staff(staff: Sequence[StaffRead]) -> Iterator[Trouble]:
    codes = Counter((one.system, one.code) for one in staff if one.code)
    names = Counter(fold(one.name) for one in staff if not one.code)
    rooms = Counter(fold(name) for one in staff for name in one.homerooms)
    for one in staff:
        shared = [name for name in one.homerooms if rooms[fold(name)] > 1]
        if one.code and codes[one.system, one.code] > 1:
            yield Trouble("same_code", one.place)
        elif not one.code and names[fold(one.name)] > 1:
            yield Trouble("same_staff", one.place)
        elif shared:
            yield Trouble("same_homeroom", one.place, {"class": shared[0]})


def _usual_spellings(names: Sequence[str]) -> dict[str, str]:
    """Class → how most rows write it: "10a1" and "10A1" are one class."""
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for name, n in Counter(names).items():
        spelt[group_key(name)][name] += n
    return {name: same.most_common(1)[0][0] for same in spelt.values() for name in same}


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
