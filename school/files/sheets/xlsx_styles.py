"""Which cell styles of a workbook show a number as a date or a time, or a line through a text.

Source: ECMA-376 part 1, §18.8.30 (numFmt, with the numbers of the built-in formats), §18.8.10
(cellXfs), §18.8.22 (font); 27 to 36 and 50 to 58 are dates of East Asian settings.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from school.files.sheets.trouble import Place
from school.files.sheets.xml_in import feed, local

_DATES = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
_TIMES = frozenset({*range(18, 22), *range(45, 48)})
_NO_SIGNS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]', re.IGNORECASE)


class CellStyles(NamedTuple):
    """What the numbers of cell styles stand for.

    Attributes:
        kinds: "date" or "time", of those that show numbers so.
        struck: those with a line through the text.
    """

    kinds: Mapping[str, str] = MappingProxyType({})
    struck: frozenset[str] = frozenset()


def cell_styles(chunks: Iterable[bytes], place: Place) -> CellStyles:
    """The styles of a workbook.

    Raises:
        FileRefusedError: the part is broken.
    """
    target = _Styles()
    feed(chunks, target, place)
    kinds = {n: _kind(n, target.codes.get(n, "")) for n, _ in set(target.styles)}
    styles = list(enumerate(target.styles))
    return CellStyles(
        {str(n): kinds[one] for n, (one, _) in styles if kinds[one]},
        frozenset(str(n) for n, (_, font) in styles if font in target.struck),
    )


def _kind(number: str, code: str) -> str:
    if number.isdecimal() and not code:
        return "date" if int(number) in _DATES else "time" if int(number) in _TIMES else ""
    signs = _NO_SIGNS.sub("", code).lower().partition(";")[0]
    if "general" in signs:
        return ""
    if "y" in signs or "d" in signs:
        return "date"
    if "h" in signs or "s" in signs:
        return "time"
    return "date" if "m" in signs else ""


class _Styles:
    """Collects the formats, and the format of each cell style."""

    def __init__(self) -> None:
        self._in_cells = False
        self._in_fonts = False
        self._font = -1
        self.codes: dict[str, str] = {}
        self.styles: list[tuple[str, str]] = []
        self.struck: set[str] = set()

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        name = local(tag)
        if name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self.styles.append((attrib.get("numFmtId", "0"), attrib.get("fontId", "0")))
        elif name == "fonts":
            self._in_fonts = True
        elif self._in_fonts:
            self._in_font(name, attrib)
        elif name == "numFmt":
            self.codes[attrib.get("numFmtId", "")] = attrib.get("formatCode", "")

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "cellXfs":
            self._in_cells = False
        elif name == "fonts":
            self._in_fonts = False

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...

    def _in_font(self, name: str, attrib: dict[str, str]) -> None:
        if name == "font":
            self._font += 1
        elif name == "strike" and attrib.get("val", "1") not in {"0", "false"}:
            self.struck.add(str(self._font))
