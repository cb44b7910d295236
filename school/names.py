"""Vietnamese names: the short form, the order of class lists, folding for search.

Source: domain reference §2.3. No part of a name is required ("Giàng A Páo", "Hơ Thị", "Páo").
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping

# The order of ICU's root collation.
_BEFORE_LETTERS = " _-,;:!?.'‘’\"“”()[]{}@*/\\&#%`^+<=>|~$0123456789"
_LETTERS = _BEFORE_LETTERS + "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: rank for rank, letter in enumerate(_LETTERS)}
# Ngang, huyền, hỏi, ngã, sắc, nặng, as combining marks.
_TONES = {"̀": 1, "̉": 2, "̃": 3, "́": 4, "̣": 5}
_OTHER = len(_LETTERS)

NameKey = tuple[tuple[int, ...], tuple[int, ...], tuple[bool, ...], str]


def clean(text: str) -> str:
    """NFC, with single blanks and none at the ends: how every name is kept."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """For search: lower case, without accents, đ as d. "huy dang" is in the fold of "Huy Đặng"."""
    lower = clean(text).casefold().replace("đ", "d")
    parts = unicodedata.normalize("NFD", lower)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def short_name(name: str) -> str:
    """The last two words: "Thu Hà" of "Nguyễn Thị Thu Hà"."""
    return " ".join(name.split()[-2:])


def short_names(names: Mapping[str, str]) -> dict[str, str]:
    """Short names of one class by person id; full names where two short ones are equal."""
    short = {person: short_name(name) for person, name in names.items()}
    often = Counter(short.values())
    return {person: names[person] if often[text] > 1 else text for person, text in short.items()}


def list_text(name: str) -> str:
    """The name in the order in which class lists compare it: given name, family name, middle."""
    words = clean(name).split()
    return " ".join(words[-1:] + words[:1] * (len(words) > 1) + words[1:-1])


def name_key(name: str) -> NameKey:
    """Sort key of a class list, the order of ICU's Vietnamese collation over `list_text`.

    Letters decide first (ă after a, đ after d), then tones, then small before large letters.
    """
    letters: list[int] = []
    tones: list[int] = []
    large: list[bool] = []
    for sign in list_text(name):
        letter, tone = _letter_and_tone(sign.lower())
        letters.append(_RANK.get(letter, _OTHER + ord(letter)))
        tones.append(tone)
        large.append(sign != sign.lower())
    return tuple(letters), tuple(tones), tuple(large), clean(name)


def _letter_and_tone(sign: str) -> tuple[str, int]:
    """`ế` is the letter `ê` with the tone sắc."""
    parts = unicodedata.normalize("NFD", sign)
    tone = next((_TONES[mark] for mark in parts if mark in _TONES), 0)
    letter = unicodedata.normalize("NFC", "".join(m for m in parts if m not in _TONES))
    return (letter if len(letter) == 1 else letter[0]), tone
