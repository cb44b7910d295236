"""Full names that may be one and the same: a word written otherwise, or one more or less.

Names are looked up by their words with one left out, so that a whole school is compared at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from school.files.matching import suggest
from school.names import fold

_LEAST_ALIKE = 0.5
_MAX_LOOKED_AT = 40
Words = frozenset[str]


class Resembling:
    """Names to be compared with."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_words: dict[Words, list[str]] = defaultdict(list)
        for name in sorted(set(names)):
            for words in _with_one_left_out(name):
                self._by_words[words].append(name)

    def to(self, name: str) -> tuple[str, ...]:
        """The names that may stand for this one, the likeliest first; at most three."""
        found = {
            other: None
            for words in _with_one_left_out(name)
            for other in self._by_words.get(words, ())
            if _is_near(name, other)
        }
        return suggest(name, list(found)[:_MAX_LOOKED_AT])


def _with_one_left_out(name: str) -> Iterator[Words]:
    words = frozenset(fold(name).split())
    yield words
    if len(words) > 1:
        yield from (words - {word} for word in sorted(words))


def _is_near(one: str, other: str) -> bool:
    """The family name is the same; the word that differs is much the same."""
    mine, theirs = fold(one).split(), fold(other).split()
    more, less = sorted(set(mine) - set(theirs)), sorted(set(theirs) - set(mine))
    if mine[:1] != theirs[:1] or len(more) > 1 or len(less) > 1:
        return False
    is_extra = not more or not less
    return is_extra or SequenceMatcher(None, more[0], less[0]).ratio() >= _LEAST_ALIKE
