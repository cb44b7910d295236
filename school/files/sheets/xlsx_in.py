"""Workbooks (.xlsx, .xlsm): grids of the columns asked for. Formulas and macros are never run.

A formula gives the result saved with it. Shared texts are looked up only for cells that are kept.
Source: ECMA-376 part 1, §18.3 (sheets), §18.4 (shared strings), as written by Excel, LibreOffice,
EPPlus and ClosedXML; part 2, §9.3 (the part that the package's relationships name as its main one).
"""

import re
from collections.abc import Callable, Collection
from datetime import datetime
from functools import cached_property
from math import isfinite
from posixpath import join, normpath

from school.files.sheets.archive import Archive
from school.files.sheets.grid import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Broken,
    Grid,
    Seen,
    Span,
    Typed,
    Value,
    reference,
)
from school.files.sheets.source import Source
from school.files.sheets.trouble import Place, refuse
from school.files.sheets.xlsx_styles import CellStyles, cell_styles
from school.files.sheets.xml_in import Enough, feed, local

_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9]+):([A-Z0-9]+)\"")
_MAX_SPANS = 20_000
_FROM_1904 = 1462
"""Days between the two first days that Excel's day numbers count from (old Excel for Mac)."""
_Raw = dict[int, dict[int, tuple[str, str]]]  # row → column → (type, text)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MAIN = "/officeDocument"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a day of the calendar, in no zone
_TYPED = {"date": "date", "time": "time", "f0": "formula"}
_NUMBERS = frozenset({"n", "b", *_TYPED})
_BROKEN = {"f": Broken.UNCALCULATED, "e": Broken.ERROR}
_OTHER_KINDS = {"mimetype": "ods_file", "xl/workbook.bin": "xlsb_file",
    "word/document.xml": "word_file",
    "index/document.iwa": "numbers_file"}  # fmt: skip
"""An entry of an archive → what kind of file it is instead."""


class Sheet:
    """One sheet of a workbook (a `grid.Table`)."""

    def __init__(self, book: "Book", name: str, part: str) -> None:
        self._book = book
        self._part = part
        self.seen = Seen()
        self.place = Place(book.archive.source.name, name)

    def read(
        self,
        *,
        columns: Collection[int] | None = None,
        last_row: int | None = None,
        recognise: Callable[[str], str] | None = None,
    ) -> Grid:
        """See `grid.Table.read`."""
        target = _SheetTarget(self.place, columns, last_row, self._book.styles)
        feed(self._book.archive.chunks(self._part), target, self.place)
        wanted = {
            int(text)
            for row in target.cells.values()
            for kind, text in row.values()
            if kind == "s" and text.isdecimal()
        }
        if last_row is None:
            self.seen = target.seen
            self.seen.commented = self._book.commented(self._part)
        texts = self._book.texts(wanted, recognise or str)
        return {
            n: kept
            for n, row in target.cells.items()
            if (kept := _values(row, texts, recognise or str, hides_numbers=recognise is not None))
        }

    @property
    def day_shift(self) -> int:
        """See `grid.Table.day_shift`."""
        return self._book.day_shift

    def spans(self) -> list[Span]:
        """See `grid.Table.spans`."""
        raw = self._book.archive.read(self._part)
        found: list[Span] = []
        for match in _MERGE.finditer(raw):
            ends = reference(match[1].decode()), reference(match[2].decode())
            if ends[0] and ends[1] and len(found) < _MAX_SPANS:
                found.append(Span(*ends[0], *ends[1]))
        return found


class Book:
    """A workbook.

    Raises:
        FileRefusedError: it is none, or it is broken.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.day_shift = 0
        self.hidden_sheets: list[str] = []

    @cached_property
    def sheets(self) -> list[Sheet]:
        """Its visible sheets in their order."""
        main = self._main()
        folder = main.rpartition("/")[0]
        book = _Attributes({"sheet", "workbookPr"})
        feed(self.archive.chunks(main), book, self.archive.source.place)
        if any(one.get("date1904", "") in {"1", "true"} for one in book.found):
            self.day_shift = _FROM_1904
        links = _Attributes({"Relationship"})
        rels = f"{folder}/_rels/{main.rpartition('/')[2]}.rels".lstrip("/")
        feed(self.archive.chunks(rels), links, self.archive.source.place)
        self.hidden_sheets = [
            one.get("name", "")
            for one in book.found
            if one.get("id") and one.get("state", "visible") != "visible"
        ]
        parts = {one.get("Id", ""): _part(folder, one.get("Target", "")) for one in links.found}
        return [
            Sheet(self, one.get("name", ""), part)
            for one in book.found
            if one.get("state", "visible") == "visible"
            and (part := parts.get(one.get("id", ""), "")) in self.archive
        ]

    @cached_property
    def styles(self) -> CellStyles:
        """What the numbers of its cell styles stand for."""
        name = next((n for n in self.archive.names if n.endswith("styles.xml")), None)
        if name is None:
            return CellStyles()
        return cell_styles(self.archive.chunks(name), self.archive.source.place)

    def commented(self, part: str) -> list[tuple[int, int]]:
        """The cells of a sheet that comments hang on; their texts are never taken."""
        folder, _, name = part.rpartition("/")
        rels, place = f"{folder}/_rels/{name}.rels", self.archive.source.place
        if rels not in self.archive:
            return []
        links, notes = _Attributes({"Relationship"}), _Attributes({"comment"})
        feed(self.archive.chunks(rels), links, place)
        for one in links.found:
            if one.get("Type", "").endswith("/comments"):
                target = _part(folder, one.get("Target", ""))
                if target in self.archive:
                    feed(self.archive.chunks(target), notes, place)
        spots = [reference(one.get("ref", "")) for one in notes.found]
        return sorted({spot for spot in spots if spot})

    def _main(self) -> str:
        """The part that holds the list of sheets, whatever its name."""
        place = self.archive.source.place
        if "_rels/.rels" in self.archive:
            links = _Attributes({"Relationship"})
            feed(self.archive.chunks("_rels/.rels"), links, place)
            named = [_part("", one["Target"]) for one in links.found
                     if one.get("Type", "").endswith(_MAIN) and "Target" in one]  # fmt: skip
            if named and named[0].endswith(".xml") and "word/" not in named[0]:
                return named[0]
        main = next((n for n in self.archive.names if n.endswith("workbook.xml")), None)
        if main is None:
            kind = next((code for n, code in _OTHER_KINDS.items() if n in self.archive), "")
            raise refuse(kind or "not_a_workbook", place)
        return main

    def texts(self, wanted: Collection[int], keep: Callable[[str], str]) -> dict[int, str]:
        """Some of the shared texts by number, each as `keep` leaves it."""
        name = next((n for n in self.archive.names if n.endswith("sharedstrings.xml")), None)
        if not wanted or name is None:
            return {}
        target = _TextsTarget(wanted, keep)
        feed(self.archive.chunks(name), target, self.archive.source.place)
        return target.found


def open_book(source: Source) -> Book:
    """The workbook in a file; errors as `Book` and `Archive`."""
    book = Book(Archive(source))
    if not book.sheets:
        raise refuse("not_a_workbook", source.place)
    return book


def _part(folder: str, target: str) -> str:
    return normpath(join("/", folder, target)).lstrip("/").lower()


def _values(
    row: dict[int, tuple[str, str]],
    texts: dict[int, str],
    keep: Callable[[str], str],
    *,
    hides_numbers: bool,
) -> dict[int, Value]:
    values = {column: _value(kind, text, texts, keep) for column, (kind, text) in row.items()}
    if hides_numbers:
        values = {c: 1.0 if isinstance(value, float) else value for c, value in values.items()}
    return {column: value for column, value in values.items() if value != ""}


def _value(kind: str, text: str, texts: dict[int, str], keep: Callable[[str], str]) -> Value:
    if kind in _BROKEN:
        return _BROKEN[kind]
    if kind == "s":
        return texts.get(int(text), "") if text.isdecimal() else ""
    if kind == "d":
        return _day_number(text) or keep(text)
    return _number(kind, text, keep) if kind in _NUMBERS else keep(unescaped(text))


def _number(kind: str, text: str, keep: Callable[[str], str]) -> Value:
    try:
        number = float(text)
    except ValueError:
        return keep(text)
    if not isfinite(number):
        return Broken.ERROR
    return Typed(number, _TYPED[kind]) if kind in _TYPED else number


def unescaped(text: str) -> str:
    """A text with the signs that a workbook writes as "_x000D_" (ECMA-376, §22.9.2.19)."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _day_number(text: str) -> Typed | None:
    """The day number of an ISO day or time; None for any other text."""
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None
    days = (moment.replace(tzinfo=None) - _EPOCH).total_seconds() / 86_400
    return Typed(days, "date")


class _Attributes:
    """Collects the attributes of some elements, by local name."""

    def __init__(self, names: set[str]) -> None:
        self._names = names
        self.found: list[dict[str, str]] = []

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        if local(tag) in self._names and len(self.found) < MAX_ROWS:
            self.found.append({local(name): text for name, text in attrib.items()})

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


class _TextsTarget:
    """Numbers the shared texts and keeps the wanted ones."""

    def __init__(self, wanted: Collection[int], keep: Callable[[str], str]) -> None:
        self._wanted, self._keep = wanted, keep
        self._last = max(wanted)
        self._n = -1
        self._parts: list[str] | None = None
        self._in_text = self._phonetic = False
        self.found: dict[int, str] = {}

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        name = local(tag)
        if name == "si":
            self._n += 1
            self._parts = [] if self._n in self._wanted else None
        elif name == "t":
            self._in_text = not self._phonetic
        elif name == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si" and self._parts is not None:
            self.found[self._n] = self._keep(unescaped("".join(self._parts)))
            if self._n >= self._last:
                raise Enough

    def data(self, text: str) -> None:
        if self._in_text and self._parts is not None:
            self._parts.append(text)

    def close(self) -> None: ...


class _SheetTarget:
    """Keeps the cells of the wanted columns as they are written."""

    def __init__(
        self,
        place: Place,
        columns: Collection[int] | None,
        last_row: int | None,
        styles: CellStyles,
    ) -> None:
        self._place, self._columns, self._last = place, columns, last_row
        self._styles, self._style = styles, ""
        self.seen = Seen()
        self._row, self._column, self._count = 0, 0, 0
        self._kind, self._parts = "n", [""]
        self._keeps = self._takes = self._has = False
        self._formula = False
        self.cells: _Raw = {}
        self._names: dict[str, str] = {}

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        name = self._names.get(tag) or self._names.setdefault(tag, local(tag))
        if name == "c":
            self._begin_cell(attrib)
        elif name == "row":
            self._begin_row(attrib)
        elif name in {"v", "t"}:
            self._takes, self._has = self._keeps, True
        elif name == "f":
            self._formula = self._has = True
        elif name == "col":
            self._note_columns(attrib)

    def end(self, tag: str) -> None:
        name = self._names[tag]
        if name in {"v", "t"}:
            self._takes = False
        elif name == "c":
            if self._keeps:
                self._end_cell()
            elif self._has:
                self._note_filled()
        elif name == "sheetData":
            raise Enough

    def data(self, text: str) -> None:
        if self._takes:
            self._parts.append(text)

    def close(self) -> None: ...

    def _begin_row(self, attrib: dict[str, str]) -> None:
        given = attrib.get("r", "")
        self._row = int(given) if given.isdecimal() and len(given) < 9 else self._row + 1
        self._column = 0
        if attrib.get("hidden") in {"1", "true"}:
            self.seen.hidden_rows.add(self._row)
        if self._last is not None and self._row > self._last:
            raise Enough

    def _begin_cell(self, attrib: dict[str, str]) -> None:
        at = reference(attrib.get("r", ""))
        self._column = at[1] if at else self._column + 1
        wanted = self._columns is None or self._column in self._columns
        self._keeps = wanted and self._column <= MAX_COLUMNS
        kind = attrib.get("t", "n")
        self._style = attrib.get("s", "")
        self._kind = self._styles.kinds.get(self._style, "n") if kind == "n" else kind
        self._formula = self._has = False
        self._parts = []

    def _note_filled(self) -> None:
        self.seen.filled.setdefault(self._row, []).append(self._column)
        if self._style in self._styles.struck:
            self.seen.struck.setdefault(self._row, []).append(self._column)

    def _note_columns(self, attrib: dict[str, str]) -> None:
        ends = attrib.get("min", ""), attrib.get("max", "")
        if attrib.get("hidden") in {"1", "true"} and ends[0].isdecimal() and ends[1].isdecimal():
            last = min(int(ends[1]), MAX_COLUMNS)
            self.seen.hidden_columns.update(range(int(ends[0]), last + 1))

    def _end_cell(self) -> None:
        text = "".join(self._parts)
        kind = self._kind
        if not text.strip():
            if not self._formula or kind == "str":
                return
            kind = "f"
        if self._formula and kind == "n" and text.strip() == "0":
            kind = "f0"
        self._count += 1
        self._note_filled()
        self.cells.setdefault(self._row, {})[self._column] = (kind, text)
        if len(self.cells) > MAX_ROWS or self._count > MAX_CELLS:
            raise refuse("too_many_rows", self._place, limit=str(MAX_ROWS))
