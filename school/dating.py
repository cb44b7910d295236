"""When each fact happened and in what order, as far as the facts known so far can tell.

A Pi has no clock of its own. Within one store the row numbers are exact; between stores the time of
their first rows decides. A fact on a doubtful clock is dated by a fact on a good clock of the same
boot, because the milliseconds since boot are always exact.
"""

from typing import NamedTuple

from school.facts import Fact
from school.moment import Moment

Order = tuple[int, str, int, str]
"""Sorts the facts of a room in the order in which they happened."""

Stream = tuple[str, str]
Boot = tuple[str, str]


class When(NamedTuple):
    """The best known time of a fact.

    Attributes:
        at_ms: Unix milliseconds.
        dated: whether `at_ms` may decide which lesson it belongs to.
        trusted: whether the clock was good at that moment, so that somebody may be called late.
    """

    at_ms: int
    dated: bool
    trusted: bool


class Dating:
    """Collects what is needed to date facts; the result depends on their set, not their arrival."""

    def __init__(self) -> None:
        self._first: dict[Stream, tuple[int, Fact]] = {}
        self._anchors: dict[Boot, Fact] = {}
        self._doubtful: set[Boot] = set()

    def add(self, fact: Fact) -> bool:
        """Take note of a fact.

        Returns:
            Whether earlier answers about facts of its room may have changed.
        """
        changed = self._note_anchor(fact)
        return self._note_first(fact) or changed

    def order(self, fact: Fact) -> Order:
        """Its place among the facts of its room."""
        stream, seq = _stream_and_seq(fact)
        first = self._first.get(stream, (seq, fact))[1]
        return (self.when(first).at_ms, stream[1], seq, fact.id)

    def when(self, fact: Fact) -> When:
        """Its time."""
        return self.when_at(fact.room, fact)

    def when_at(self, room: str, moment: Fact | Moment) -> When:
        """The time of a moment in a room."""
        if moment.tq.trusted:
            return When(moment.wall_ms, dated=True, trusted=True)
        anchor = self._anchors.get((room, moment.boot))
        if anchor is None:
            return When(moment.wall_ms, dated=False, trusted=False)
        at_ms = anchor.wall_ms + moment.mono_ms - anchor.mono_ms
        return When(at_ms, dated=True, trusted=False)

    def _note_anchor(self, fact: Fact) -> bool:
        boot = (fact.room, fact.boot)
        if not fact.tq.trusted:
            self._doubtful.add(boot)
            return False
        anchor = self._anchors.get(boot)
        if anchor is not None and (anchor.mono_ms, anchor.id) <= (fact.mono_ms, fact.id):
            return False
        self._anchors[boot] = fact
        return boot in self._doubtful

    def _note_first(self, fact: Fact) -> bool:
        stream, seq = _stream_and_seq(fact)
        first = self._first.get(stream)
        if first is not None and first[0] <= seq:
            return False
        self._first[stream] = (seq, fact)
        return first is not None


def _stream_and_seq(fact: Fact) -> tuple[Stream, int]:
    incarnation, dash, seq = fact.id.rpartition("-")
    if dash and seq.isascii() and seq.isdigit():
        return (fact.room, incarnation), int(seq)
    return (fact.room, fact.id), 0
