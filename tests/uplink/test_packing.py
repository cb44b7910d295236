"""What is packed by hand is exactly what the message classes read."""

import gzip
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from school.moment import Moment, TimeQuality
from sync.uplink.lanes import Hole, Run, Span
from sync.uplink.packing import Envelope, pack_batch, pack_hello
from sync.wire.event import Event, encode_body
from sync.wire.messages import Anchor, Batch, Hello, WireEvent

BOOT = "b0" * 16
SPAN = Span(1, "00ff" * 4, BOOT, "first", 0, 1, 9, 0, 0, newest=True)
NOW = Moment(BOOT, 5, 1_700_000_000_000, TimeQuality.HUB)
ANCHOR = Anchor(boot=BOOT, mono_ms=4, wall_ms=9, err_ms=2, source="hub")


@given(
    st.dictionaries(
        st.text(max_size=6), st.text(max_size=20) | st.integers(-(1 << 53), 1 << 53), max_size=5
    ),
    st.sampled_from(["none", "saved", "hub", "ntp"]),
)
def test_a_batch_is_read_as_it_was_meant(body, tq) -> None:
    event = Event(3, "tap", BOOT, 7, 1_700_000_000_123, tq, encode_body(body))
    run = Run(SPAN, 1, 3, (event,), (Hole(1, 2, "purged"),))
    packed = pack_batch(run, Envelope("a1-05", "e1", NOW, (ANCHOR,)))
    batch = Batch.model_validate_json(gzip.decompress(packed.body))
    assert batch.events == (WireEvent.of(event),)
    assert batch.events[0].event() == event
    assert batch.events[0].sha8 == event.sha8
    assert (batch.agent, batch.incarnation, batch.lane, batch.n) == ("a1-05", SPAN.id, 0, 1)
    assert (batch.first_seq, batch.last_seq, batch.server_epoch) == (1, 3, "e1")
    assert [(gap.first, gap.last, gap.reason) for gap in batch.gaps] == [(1, 2, "purged")]
    assert batch.anchors == (ANCHOR,)
    assert batch.sent.mono_ms == 5
    assert packed.parcel.sha256 == hashlib.sha256(packed.body).hexdigest()
    assert (packed.parcel.first_seq, packed.parcel.last_seq, packed.events) == (1, 3, 1)


def test_a_hello_declares_every_incarnation_oldest_first() -> None:
    newer = Span(2, "00fe" * 4, "b1" * 16, "boot", 0, 10, 9, 9, 9, newest=True)
    audit = Span(1, SPAN.id, BOOT, "first", 1, 1, 4, 0, 0, newest=False)
    hello = Hello.model_validate_json(
        gzip.decompress(pack_hello([newer, SPAN, audit], "a1-05", "lophoc 1", "ok", NOW))
    )
    assert [i.id for i in hello.incarnations] == [SPAN.id, newer.id]
    assert [(s.lane, s.first_seq, s.last_seq) for s in hello.incarnations[0].lanes] == [
        (0, 1, 9),
        (1, 1, 4),
    ]
    assert hello.incarnations[1].lanes[0].last_seq == 0, "nothing yet"
