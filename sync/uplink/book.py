"""How far the hub is with each part of each lane, in memory; the cursor table follows behind.

Pure. The hub's word is final except where it claims numbers that this room never gave: then this
room's storage was rolled back, and its own word stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sync.uplink.lanes import Span
from sync.wire.messages import LaneCursor


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of the hub's word.

    Attributes:
        changed: spans whose cursor moved, to be saved.
        rolled_back: the hub has numbers of the running incarnation that this room never gave.
    """

    changed: tuple[Span, ...]
    rolled_back: bool


class Book:
    """The spans of all lanes, by lane, oldest first.

    Args:
        spans: as the store has them.
    """

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = {(span.lane, span.n): span for span in spans}

    @property
    def spans(self) -> tuple[Span, ...]:
        """Everything, by lane, oldest first."""
        return tuple(self._spans[key] for key in sorted(self._spans))

    @property
    def has_delivered(self) -> bool:
        """Whether the hub has confirmed anything of these."""
        return any(span.acked >= span.first_seq for span in self._spans.values())

    @property
    def newest_n(self) -> int:
        """Number of the running incarnation; 0 = nothing is known yet."""
        return max((span.n for span in self._spans.values()), default=0)

    def adopt(self, cursors: Iterable[LaneCursor]) -> Adopted:
        """Take the hub's cursors; spans that it does not know start at their beginning."""
        told = {(cursor.incarnation, cursor.lane): cursor for cursor in cursors}
        changed: list[Span] = []
        rolled_back = False
        for key, span in self._spans.items():
            cursor = told.get((span.id, span.lane))
            nothing = span.first_seq - 1
            acked, settled = (cursor.acked, cursor.settled) if cursor else (nothing, nothing)
            if acked > span.last_seq:
                rolled_back = rolled_back or span.newest
                continue
            moved = _at(span, acked, settled)
            if moved != span:
                self._spans[key] = moved
                changed.append(moved)
        return Adopted(tuple(changed), rolled_back)

    def advance(self, span: Span, acked: int, settled: int) -> Adopted:
        """Take the hub's word after a batch from this span, forwards or back."""
        here = self._spans.get((span.lane, span.n), span)
        last = max(here.last_seq, span.last_seq)
        moved = _at(replace(here, last_seq=last), min(acked, last), min(settled, last))
        self._spans[span.lane, span.n] = moved
        return Adopted((moved,), rolled_back=acked > last and span.newest)

    def grow(self, last_seq: Mapping[int, int]) -> None:
        """Note the newest number of each lane."""
        for key, span in self._spans.items():
            if span.newest and last_seq.get(span.lane, 0) > span.last_seq:
                self._spans[key] = replace(span, last_seq=last_seq[span.lane])

    def current(self, lane: int) -> Span | None:
        """The oldest span of a lane with something to send."""
        for span in self.spans:
            if span.lane == lane and span.waiting:
                return span
        return None

    def waiting(self, lane: int) -> int:
        """How many numbers of a lane the hub has not confirmed."""
        return sum(span.waiting for span in self._spans.values() if span.lane == lane)


def _at(span: Span, acked: int, settled: int) -> Span:
    nothing = span.first_seq - 1
    acked = max(acked, nothing)
    return replace(span, acked=acked, settled=max(nothing, min(settled, acked)))
