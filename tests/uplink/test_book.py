"""The hub's word is final, except where it claims numbers that this room never gave."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sync.uplink.book import Book
from sync.uplink.lanes import Span
from sync.wire.messages import LaneCursor

OLD = Span(1, "0" * 15 + "a", "b0" * 16, "first", 0, 1, 10, 4, 2, newest=False)
NEW = Span(2, "0" * 15 + "b", "b1" * 16, "boot", 0, 11, 15, 10, 10, newest=True)
OTHER = replace(NEW, lane=1, first_seq=1, last_seq=0, acked=0, settled=0)


def cursor(span: Span, acked: int, settled: int = 0) -> LaneCursor:
    return LaneCursor(incarnation=span.id, lane=span.lane, acked=acked, settled=settled)


def test_the_hub_is_believed_in_both_directions() -> None:
    book = Book([OLD, NEW])
    adopted = book.adopt([cursor(OLD, 8, 3), cursor(NEW, 10, 10)])
    assert [(s.n, s.acked, s.settled) for s in adopted.changed] == [(1, 8, 3)]
    adopted = book.adopt([cursor(OLD, 1, 1), cursor(NEW, 14, 12)])
    assert [(s.n, s.acked, s.settled) for s in adopted.changed] == [(1, 1, 1), (2, 14, 12)]
    assert not adopted.rolled_back


def test_what_the_hub_does_not_know_starts_at_its_beginning() -> None:
    book = Book([OLD, NEW])
    book.adopt([])
    assert [(s.acked, s.settled) for s in book.spans] == [(0, 0), (10, 10)]


def test_numbers_we_never_gave_are_a_roll_back_in_the_running_incarnation_alone() -> None:
    assert Book([OLD, NEW]).adopt([cursor(NEW, 16)]).rolled_back
    book = Book([OLD, NEW])
    adopted = book.adopt([cursor(OLD, 99), cursor(NEW, 15)])
    assert not adopted.rolled_back
    assert book.spans[0].acked == 4, "our own word stands: the rest is sent and compared"


def test_advance_clips_to_what_we_have_and_tells_of_more() -> None:
    book = Book([NEW])
    adopted = book.advance(NEW, 12, 99)
    assert [(s.acked, s.settled) for s in adopted.changed] == [(12, 12)]
    assert not adopted.rolled_back
    adopted = book.advance(NEW, 99, 0)
    assert adopted.changed[0].acked == 15
    assert adopted.rolled_back


def test_old_incarnations_are_current_first() -> None:
    book = Book([NEW, OTHER, OLD])
    assert book.current(0) == OLD
    book.advance(OLD, 10, 10)
    assert book.current(0) == NEW
    assert book.current(1) is None
    book.grow({0: 20, 1: 3, 2: 9})
    assert book.waiting(0) == 10
    assert book.waiting(1) == 3
    assert book.newest_n == 2


@given(
    st.lists(st.tuples(st.sampled_from([OLD, NEW, OTHER]), st.integers(0, 30), st.integers(0, 30)))
)
def test_cursors_never_leave_their_span(steps) -> None:
    book = Book([OLD, NEW, OTHER])
    for span, acked, settled in steps:
        book.advance(span, acked, settled)
        book.adopt([cursor(span, settled, acked)])
        for here in book.spans:
            assert here.first_seq - 1 <= here.settled <= here.acked <= here.last_seq
