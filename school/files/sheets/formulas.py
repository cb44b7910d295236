"""Texts that a spreadsheet would take for formulas: told, made harmless, and as they were again."""

import re

_BEGINS = ("=", "+", "-", "@")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]")


def is_formula(text: str) -> bool:
    """Whether a text begins like a formula and is more than that sign."""
    return text.startswith(_BEGINS) and len(text) > 1


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula, on one line, of signs that XML can hold.

    What begins like a formula (after blanks, too) gets an apostrophe before it.
    """
    plain = _UNSAFE.sub(" ", text)
    is_risky = text[:1] in ("\t", "\r", "\n") or plain.lstrip().startswith(_BEGINS)
    return f"'{plain}" if is_risky else plain


def original(text: str) -> str:
    """A text without the apostrophe that `neutral` puts before it."""
    return text[1:] if text[:1] == "'" and text[1:].lstrip().startswith(_BEGINS) else text
