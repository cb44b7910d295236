"""Text whose letters were lost on the way: TCVN3 and VNI fonts, or a wrong encoding.

TCVN3 (.VnTime) and VNI keep Vietnamese letters as other signs that only their fonts show rightly:
"NguyÔn V¨n An", "Nguyeãn Vaên An". Source: domain reference §2.3 [R].
"""

import re
from collections.abc import Iterable

from school.files.sheets.grid import TOP_ROWS, Table

_IN_WORD = r"[¡-©«-¹»-¿×÷]"
_STRONG = re.compile(
    rf"[A-Za-zÀ-ỹ]{_IN_WORD}|{_IN_WORD}[A-Za-zÀ-ỹ]|�|[A-Za-zÀ-ỹ]\?[A-Za-zÀ-ỹ]|[\x80-\x9f]"
    r"|[ÄÅÆÇËÎÏÐÑÖØÛÜÞßäåæçëîïðñöøûüþÿ]"
    r"|[aA][àáâãèéêùøûõï]|[eE][àáâãùõ]|[oO][ùâ]|[uU][ùõ](?![a-z])"
)
_OTHER_LETTER = re.compile(r"[^\x00-\x7f]")
_SHARE = 4
_SPOILT_SIGN, _OTHER_SIGN = "ß", "ê"


def is_spoilt(text: str) -> bool:
    """Whether a text has signs that no Vietnamese text has inside a word."""
    return bool(_STRONG.search(text))


def looks_spoilt(texts: Iterable[str]) -> bool:
    """Whether a fourth or more of the texts with letters beyond ASCII are spoilt, and at least two.

    One pupil called "Zoë" does not spoil a school.
    """
    beyond = spoilt = 0
    for text in texts:
        if is_spoilt(text):
            spoilt += 1
            beyond += 1
        elif _OTHER_LETTER.search(text):
            beyond += 1
    return spoilt >= 2 and spoilt * _SHARE >= beyond


def has_spoilt_top(table: Table) -> bool:
    """Whether the headings of a table, or what stands in their place, look spoilt.

    Only a sign for each text is taken out of the table, never the text.
    """
    top = table.read(last_row=TOP_ROWS, recognise=_mark)
    return looks_spoilt(str(value) for row in top.values() for value in row.values())


def _mark(text: str) -> str:
    if is_spoilt(text):
        return _SPOILT_SIGN
    return _OTHER_SIGN if _OTHER_LETTER.search(text) else ""
