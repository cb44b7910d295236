"""Text tables: encoding, separator and quotes are found out; cells as in a workbook."""

import csv
import io
from collections.abc import Callable, Collection, Iterator

from school.files.sheets.grid import MAX_CELLS, MAX_ROWS, Grid, Seen, Span, Value
from school.files.sheets.source import Source
from school.files.sheets.spoilt import looks_spoilt
from school.files.sheets.trouble import Place, refuse

_SEPARATORS = ",;\t|"
_SAMPLE_CHARS = 20_000
_SAMPLE_LINES = 30


def decode(source: Source) -> str:
    """The text of a file: UTF-8 (with or without mark) or UTF-16 with mark.

    Raises:
        FileRefusedError: another encoding; the sentence says how to save it.
    """
    raw = source.raw
    wide = raw[:2] in {b"\xff\xfe", b"\xfe\xff"}
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        spoilt = looks_spoilt(raw.decode("latin-1").replace(",", " ").replace(";", " ").split())
        raise refuse("mojibake" if spoilt else "not_utf8", source.place) from error
    if "\0" in text:
        raise refuse("not_utf8", source.place)
    return text


class CsvTable:
    """A text table (a `grid.Table`).

    Raises:
        FileRefusedError: not text that can be read.
    """

    day_shift = 0

    def __init__(self, source: Source, text: str | None = None) -> None:
        self.place = source.place
        self.seen = Seen()
        self._text = decode(source) if text is None else text
        self._separator, self._quote = sniff(self._text)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line numbers and fields.

        Raises:
            FileRefusedError: quotes that do not end, or endless fields.
        """
        reader = csv.reader(
            io.StringIO(self._text, newline=""),
            delimiter=self._separator,
            quotechar=self._quote,
            strict=True,
        )
        line = 1
        try:
            for fields in reader:
                yield line, fields
                line = reader.line_num + 1
        except csv.Error as error:
            raise refuse("bad_csv", Place(self.place.file, row=line)) from error

    def read(
        self,
        *,
        columns: Collection[int] | None = None,
        last_row: int | None = None,
        recognise: Callable[[str], str] | None = None,
    ) -> Grid:
        """See `grid.Table.read`."""
        grid: Grid = {}
        count = 0
        seen = Seen()
        for line, fields in self.rows():
            if last_row is not None and line > last_row:
                break
            filled = {n: text for n, field in enumerate(fields, start=1) if (text := field.strip())}
            if filled:
                seen.filled[line] = list(filled)
            wanted = filled if columns is None else filled.keys() & columns
            texts = {n: (recognise or str)(filled[n]) for n in sorted(wanted)}
            kept: dict[int, Value] = {n: text for n, text in texts.items() if text}
            count += len(kept)
            if kept:
                grid[line] = kept
            if len(grid) > MAX_ROWS or count > MAX_CELLS:
                raise refuse("too_many_rows", self.place, limit=str(MAX_ROWS))
        if last_row is None:
            self.seen = seen
        return grid

    def spans(self) -> list[Span]:
        """See `grid.Table.spans`: text has none."""
        return []


def sniff(text: str) -> tuple[str, str]:
    """Separator and quote: the quote that begins the text, the separator that parts the most."""
    sample = text[:_SAMPLE_CHARS]
    quote = "'" if sample.lstrip("\ufeff \t\r\n").startswith("'") else '"'
    best = max((_agreement(sample, sep, quote), -n, sep) for n, sep in enumerate(_SEPARATORS))
    return best[2], quote


def _agreement(sample: str, separator: str, quote: str) -> int:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator, quotechar=quote)
    try:
        return sum(len(fields) - 1 for _, fields in zip(range(_SAMPLE_LINES), reader, strict=False))
    except csv.Error:
        return -1
