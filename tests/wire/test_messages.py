"""Messages read back as they were meant, ignore what is newer, and refuse what is out of range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sync.wire.event import Event
from sync.wire.messages import Anchor, Batch, BatchReply, Gap, HubTime, Result, Sent, WireEvent

BOOT = "b0" * 16
EVENTS = st.builds(
    Event,
    seq=st.integers(1, (1 << 53) - 1),
    kind=st.from_regex(r"[a-z][a-z0-9_.-]{0,10}", fullmatch=True),
    boot=st.just(BOOT),
    mono_ms=st.integers(0, 1 << 60),
    wall_ms=st.integers(-(1 << 60), 1 << 60),
    tq=st.sampled_from(["none", "saved", "hub", "ntp"]),
    body=st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(str.encode),
)


def batch(*events: Event) -> Batch:
    return Batch(
        agent="a1-05",
        incarnation="00ff" * 4,
        lane=0,
        first_seq=1,
        last_seq=9,
        n=len(events),
        server_epoch="e",
        sent=Sent(boot=BOOT, mono_ms=1, wall_ms=-2),
        anchors=(Anchor(boot=BOOT, mono_ms=1, wall_ms=2, err_ms=3, source="ntp"),),
        gaps=(Gap(first=2, last=3, reason="purged"),),
        events=tuple(WireEvent.of(event) for event in events),
    )


@given(st.lists(EVENTS, min_size=1, max_size=3))
def test_a_batch_reads_back(events) -> None:
    sent = batch(*events)
    heard = Batch.model_validate_json(sent.model_dump_json())
    assert heard == sent
    assert [event.event() for event in heard.events] == events
    assert [event.sha8 for event in heard.events] == [event.sha8 for event in events]


def test_a_newer_end_may_say_more() -> None:
    raw = batch(Event(1, "tap", BOOT, 1, 1, "ntp", b"{}")).model_dump()
    assert Batch.model_validate({**raw, "newer": {"x": 1}}).n == 1


@pytest.mark.parametrize(
    "change",
    [
        {"lane": 4},
        {"lane": -1},
        {"incarnation": "00FF" * 4},
        {"incarnation": "ff"},
        {"agent": "../x"},
        {"agent": ""},
        {"first_seq": 0},
        {"last_seq": 1 << 53},
        {"n": 0},
        {"n": 501},
        {"events": [{"seq": 1}]},
    ],
    ids=str,
)
def test_what_is_out_of_range_is_refused(change) -> None:
    raw = batch(Event(1, "tap", BOOT, 1, 1, "ntp", b"{}")).model_dump(mode="json")
    with pytest.raises(ValidationError):
        Batch.model_validate({**raw, **change})


@pytest.mark.parametrize("sha8", ["", "xyz", "00" * 7, "00" * 9, "gg" * 8, 5, None])
def test_a_hash_is_sixteen_hex_digits(sha8) -> None:
    raw = WireEvent.of(Event(1, "tap", BOOT, 1, 1, "ntp", b"{}")).model_dump(mode="json")
    assert raw["sha8"] == Event(1, "tap", BOOT, 1, 1, "ntp", b"{}").sha8.hex()
    with pytest.raises(ValidationError):
        WireEvent.model_validate({**raw, "sha8": sha8})


def test_a_reply_reads_back() -> None:
    reply = BatchReply(
        server_epoch="e",
        lane=1,
        incarnation="00ff" * 4,
        acked_through=9,
        settled_through=0,
        results=(Result(seq=3, code="fork", reason="other content"),),
        time=HubTime(recv_ms=1, send_ms=2),
        echo_sha256="ab" * 32,
    )
    assert BatchReply.model_validate_json(reply.model_dump_json()) == reply
