"""Names of a file against names of the school: found for certain, or suggestions by rank.

Source: domain reference §2.3 ("C.Hà", "T.Tuân", "C.P.Nga"). Only one possible person is a match.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from school.names import clean, fold

_TITLE = re.compile(r"^(?:cô|thầy|co|thay|gv|[ct])(?:\.\s*|\s+)", re.IGNORECASE)
_MARK = re.compile(r"\s*\(.*\)$|[.\s-]+(?:[a-z]|[0-9]{1,2})$")
_MAX_SUGGESTIONS = 3
_LEAST_LIKE = 0.55


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name that the school does not have.

    Attributes:
        name: as the file has it.
        suggestions: names of the school that it may stand for, the likeliest first.
    """

    name: str
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of names: name in the file → id in the school, and the others."""

    ids: Mapping[str, str]
    unmatched: tuple[Unmatched, ...]


def person_name(text: str) -> str:
    """A name as it is shown, never all in capitals: "NGUYỄN THỊ HÀ" → "Nguyễn Thị Hà"."""
    name = clean(text)
    return name.title() if " " in name and name.isupper() else name


def is_short_form(name: str) -> bool:
    """Whether it is a name as timetables write it: "C.Hà", "Dung", not a full one."""
    return "." in name or " " not in name or bool(_TITLE.match(name))


def match_names(
    names: Iterable[str], known: Mapping[str, str], wishes: Mapping[str, str]
) -> Matched:
    """Find names in the school.

    Args:
        names: names of the file.
        known: id → name in the school.
        wishes: name in the file → name or id in the school, as a person has decided.
    """
    ids: dict[str, str] = {}
    unmatched: list[Unmatched] = []
    by_name = _unique(known, lambda text: clean(text).casefold())
    by_fold = _unique(known, fold)
    for name in dict.fromkeys(names):
        wanted = wishes.get(name, name)
        found = wanted if wanted in known else by_name.get(clean(wanted).casefold())
        found = found or by_fold.get(fold(wanted)) or _by_short_form(wanted, known)
        if found is not None:
            ids[name] = found
        else:
            unmatched.append(Unmatched(name, suggest(name, known.values())))
    return Matched(ids, tuple(unmatched))


def suggest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The likeliest of the known names, at most three."""
    likeness = _Likeness(name)
    scored = sorted((-likeness.to(other), other) for other in set(known))
    return tuple(other for score, other in scored if -score >= _LEAST_LIKE)[:_MAX_SUGGESTIONS]


class _Likeness:
    """How much names are like one name; an equal given name counts half again.

    Namesakes are told apart by a sign after the given name ("Dung A", "Hằng.B", "Hà (Toán)").
    """

    def __init__(self, name: str) -> None:
        text = fold(_TITLE.sub("", clean(name)))
        unmarked = _MARK.sub("", text) or text
        self._given = {re.split(r"[.\s]+", one)[-1] for one in (text, unmarked)}
        self._matcher = SequenceMatcher(None, "", unmarked)

    def to(self, other: str) -> float:
        """0 where it is less than what is ever suggested."""
        text = fold(other)
        bonus = 0.5 * (not self._given.isdisjoint(text.split()[-1:]))
        self._matcher.set_seq1(text)
        for bound in (self._matcher.real_quick_ratio, self._matcher.quick_ratio):
            if bound() + bonus < _LEAST_LIKE:
                return 0.0
        return self._matcher.ratio() + bonus


def _unique(known: Mapping[str, str], key: Callable[[str], str]) -> dict[str, str]:
    found: dict[str, str] = {}
    double: set[str] = set()
    for one, name in known.items():
        text = key(name)
        if text in found:
            double.add(text)
        found[text] = one
    return {text: one for text, one in found.items() if text not in double}


def _by_short_form(name: str, known: Mapping[str, str]) -> str | None:
    """From "C.P.Nga" is "Trần Phương Nga" where no other teacher can be."""
    parts = [p for p in re.split(r"[.\s]+", _TITLE.sub("", clean(name)).casefold()) if p]
    if not parts:
        return None
    fitting = [one for one, full in known.items() if _fits(parts, clean(full).casefold().split())]
    return fitting[0] if len(fitting) == 1 else None


def _fits(parts: list[str], words: list[str]) -> bool:
    if not words or parts[-1] != words[-1] or len(parts) > len(words):
        return False
    rest = iter(words[:-1])
    return all(any(word.startswith(part) for word in rest) for part in parts[:-1])
