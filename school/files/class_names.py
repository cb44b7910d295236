"""Names of classes as lists, titles and tabs write them: "10A1", "7/3", "Lớp 10 A1"."""

import re
from collections.abc import Collection

from school.names import clean, fold

_PREFIX = re.compile(r"^(?:lớp|lop)(?:\s*:\s*|\s+|(?=[0-9]))", re.IGNORECASE)
_LOOSE = re.compile(
    r"([0-9]{1,2})\s*(?:([/.])\s*([0-9]{1,2})|([a-zđ])\s?([0-9]{0,2}))", re.IGNORECASE
)
_IN_TITLE = re.compile(
    r"\b(?:lớp|lop)\s*:?\s*([0-9]{1,2})(?![0-9])([^\s,;:()]{0,10})([^,;:()]*)", re.IGNORECASE
)
_LETTERED = re.compile(r"(?<![\w/.])[0-9]{1,2}[^\W\d_][0-9]{0,2}(?![\w])")
_SEVERAL = re.compile(
    r"[0-9]{1,2}[^\W\d_][0-9]{0,2}\s*(?:[,;+&]|và|đến|[-–])\s*[0-9]{1,2}[^\W\d_]", re.IGNORECASE
)
_DASHES = "-–—|"
_MAX_WORDS = 4
# What follows the class in a title, and is no part of its name.
_AFTER = ("nam", "nien khoa", "hoc", "hk", "hki", "hkii", "gvcn", "giao vien", "truong", "thpt",
          "thcs", "th", "tieu hoc", "ptdt", "ptdtnt", "ptdtbt", "tuan", "thang", "ngay", "tu ngay",
          "hs", "si so", "ap dung", "buoi", "sang", "chieu", "dot", "diem", "khoi", "co", "gom",
          "mon", "so")  # fmt: skip
# What a class without a letter is called after: "10 Chuyên Toán", "6 CLC".
_KINDS = ("chuyen", "can chuyen", "chat luong", "clc", "nang cao", "co ban", "khtn", "khxh",
          "tu nhien", "xa hoi", "toan", "ly", "li", "vat", "hoa", "sinh", "tin", "van", "ngu van",
          "su", "lich su", "dia", "anh", "phap", "nga", "nhat", "han", "tieng",
          "song ngu", "tang cuong", "ban", "chon", "nguon", "tao nguon", "stem")  # fmt: skip


def class_name_of(text: str) -> str:
    """The name alone, its parts put together: "Lớp 10 A1 " → "10A1", "7 / 3" → "7/3"."""
    name = _PREFIX.sub("", clean(text))
    return "".join(name.split()) if _LOOSE.fullmatch(name) else name


def class_in(text: str) -> str:
    """The class that a title names: "LỚP 10 A1 - NĂM HỌC 2026-2027" → "10A1".

    Empty where it names none or several, or where it cannot be told how far the name goes.
    """
    named = {fold(name) for name in _LETTERED.findall(text)}
    if len(named) > 1 and _SEVERAL.search(text):
        return ""
    match = _IN_TITLE.search(clean(text))
    if match is None:
        return ""
    number, own, after = match.groups()
    head, _, tail = own.partition("-")
    if tail and _begins(tail, _AFTER):
        return class_name_of(number + head)
    if own.strip(_DASHES):
        return class_name_of(number + own.rstrip(_DASHES + ".!/"))
    return number if own else _spaced(number, _before_other(after.split()))


def _spaced(number: str, words: list[str]) -> str:
    """A name whose parts stand apart; empty where the words after the number are none of it."""
    rest = " ".join(words)
    if not words or _LOOSE.fullmatch(f"{number} {rest}"):
        return class_name_of(f"{number} {rest}")
    return f"{number} {rest}" if len(words) <= _MAX_WORDS and _begins(rest, _KINDS) else ""


def _before_other(words: list[str]) -> list[str]:
    for n, word in enumerate(words):
        rest = " ".join(words[n:])
        is_kind = _begins(rest, _KINDS)
        if word[0] in _DASHES or (not is_kind and _begins(rest, _AFTER)):
            return words[:n]
    return words


def _begins(text: str, phrases: Collection[str]) -> bool:
    folded = fold(text)
    return any(folded == phrase or folded.startswith(f"{phrase} ") for phrase in phrases)
