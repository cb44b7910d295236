"""A clock sample is the middle of a round trip, and its error half of it."""

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from school.moment import Moment, TimeQuality
from sync.uplink.anchors import KEEP_EVERY_MS, anchors_of, hub_anchor, keep_anchor, worth_keeping
from sync.uplink.lanes import TABLES
from sync.wire.messages import HubTime

BOOT = "b0" * 16


def moment(mono_ms: int) -> Moment:
    return Moment(BOOT, mono_ms, 0, TimeQuality.NONE)


@given(
    st.integers(0, 1 << 40), st.integers(0, 60_000), st.integers(0, 60_000), st.integers(0, 1 << 41)
)
def test_the_true_time_is_within_the_error(start, there, back, hub_ms) -> None:
    """Whatever the two ways took, the hub's clock at the middle is off by half a trip at most."""
    time = HubTime(recv_ms=hub_ms + there, send_ms=hub_ms + there)
    anchor = hub_anchor(moment(start), moment(start + there + back), time)
    truth = hub_ms + (anchor.mono_ms - start)
    assert abs(anchor.wall_ms - truth) <= anchor.err_ms + 1
    assert anchor.boot == BOOT


def test_anchors_are_kept_now_and_then_or_when_much_better() -> None:
    first = hub_anchor(moment(0), moment(100), HubTime(recv_ms=1, send_ms=1))
    better = hub_anchor(moment(200), moment(240), HubTime(recv_ms=1, send_ms=1))
    same = hub_anchor(moment(300), moment(400), HubTime(recv_ms=1, send_ms=1))
    later = hub_anchor(
        moment(KEEP_EVERY_MS), moment(KEEP_EVERY_MS + 900), HubTime(recv_ms=1, send_ms=1)
    )
    assert worth_keeping(first, None)
    assert worth_keeping(better, first)
    assert not worth_keeping(same, first)
    assert worth_keeping(later, first)
    assert worth_keeping(same.model_copy(update={"boot": "b1" * 16}), first)


def test_anchors_read_back_by_boot() -> None:
    connection = sqlite3.connect(":memory:")
    for statement in TABLES:
        connection.execute(statement)
    two = [hub_anchor(moment(n), moment(n), HubTime(recv_ms=9, send_ms=9)) for n in (50, 5)]
    for anchor in two:
        keep_anchor(connection, anchor)
    assert anchors_of(connection, BOOT) == tuple(reversed(two))
    assert anchors_of(connection, "b1" * 16) == ()
    connection.close()
