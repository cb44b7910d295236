"""Every answer of the protocol's table, and any other bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.uplink.ports import Answer, Silence, Trouble
from sync.uplink.verdict import MOST_WAIT_S, Parcel, Step, Verdict, judge_batch, judge_hello
from sync.wire.messages import HelloReply

SHA = "ab" * 32
PARCEL = Parcel("00000000000000aa", 0, first_seq=5, last_seq=9, epoch="e1", sha256=SHA)


def reply(**changes: object) -> bytes:
    said = {
        "server_epoch": "e1",
        "lane": 0,
        "incarnation": "00000000000000aa",
        "acked_through": 9,
        "settled_through": 4,
        "time": {"recv_ms": 1, "send_ms": 2},
        "echo_sha256": SHA,
    }
    return json.dumps({**said, **changes}).encode()


def error(**changes: object) -> bytes:
    return json.dumps({"code": "x", "message": "y", **changes}).encode()


STRANGER = (Step.REPEAT, Trouble.NOT_THE_HUB)
SILENT = (Step.REPEAT, Trouble.HUB_SILENT)
TABLE = [
    (Answer(200, reply()), (Step.ADVANCE, None)),
    (Answer(200, reply(acked_through=7)), (Step.ADVANCE, None)),
    (Answer(200, reply(acked_through=100)), (Step.ADVANCE, None)),
    (Answer(200, reply(acked_through=4)), (Step.GREET, Trouble.OUT_OF_STEP)),
    (Answer(200, reply(acked_through=2)), (Step.GREET, Trouble.OUT_OF_STEP)),
    (Answer(200, reply(server_epoch="e2")), (Step.GREET, Trouble.OUT_OF_STEP)),
    (Answer(200, reply(echo_sha256="cd" * 32)), STRANGER),
    (Answer(200, reply(lane=1)), STRANGER),
    (Answer(200, reply(incarnation="00000000000000ab")), STRANGER),
    (Answer(200, b"<html>log in</html>"), STRANGER),
    (Answer(200, b"{}"), STRANGER),
    (Answer(200, b""), STRANGER),
    (Answer(204, b""), STRANGER),
    (Answer(302, b""), STRANGER),
    (Answer(400, b"no"), STRANGER),
    (Answer(404, b"no"), STRANGER),
    (Answer(408, b""), SILENT),
    (Answer(401, error()), (Step.BLOCK, Trouble.KEY_REFUSED)),
    (Answer(401, error(code="key_unknown")), (Step.BLOCK, Trouble.KEY_UNKNOWN)),
    (Answer(401, error(code="key_revoked")), (Step.BLOCK, Trouble.KEY_REVOKED)),
    (Answer(403, error()), (Step.BLOCK, Trouble.KEY_REFUSED)),
    (Answer(409, error(expected_seq=3)), (Step.EXPECT, Trouble.OUT_OF_STEP)),
    (Answer(409, error(expected_seq=0)), (Step.GREET, Trouble.OUT_OF_STEP)),
    (Answer(409, error()), (Step.GREET, Trouble.OUT_OF_STEP)),
    (Answer(409, b"conflict"), STRANGER),
    (Answer(413, b""), (Step.SMALLER, None)),
    (Answer(422, error()), (Step.ISOLATE, None)),
    (Answer(429, b"", 3.0), (Step.HOLD, Trouble.HUB_BUSY)),
    (Answer(503, b"", 3.0), (Step.HOLD, Trouble.HUB_BUSY)),
    (Answer(500, b""), SILENT),
    (Answer(502, b""), SILENT),
    (Answer(504, b""), SILENT),
    (Silence(Trouble.NO_LINK), (Step.REPEAT, Trouble.NO_LINK)),
    (Silence(Trouble.HUB_SILENT), SILENT),
    (Silence(Trouble.NOT_THE_HUB), STRANGER),
]


@pytest.mark.parametrize(("heard", "expected"), TABLE, ids=str)
def test_each_answer_has_its_step(heard, expected) -> None:
    verdict = judge_batch(heard, PARCEL)
    assert (verdict.step, verdict.trouble) == expected


def test_the_expected_number_is_taken_over() -> None:
    assert judge_batch(Answer(409, error(expected_seq=3)), PARCEL).expected == 3


def test_results_of_other_events_are_ignored() -> None:
    results = [{"seq": seq, "code": "rejected"} for seq in (4, 5, 9, 10)]
    verdict = judge_batch(Answer(200, reply(results=results)), PARCEL)
    assert [result.seq for result in verdict.results] == [5, 9]


@pytest.mark.parametrize(("asked_s", "granted_s"), [(None, 0.0), (3.0, 3.0), (1e9, MOST_WAIT_S)])
def test_nobody_sends_us_to_sleep_for_long(asked_s, granted_s) -> None:
    assert judge_batch(Answer(503, b"", asked_s), PARCEL).wait_s == granted_s
    hold = judge_batch(Answer(200, reply(hold_ms=10**12)), PARCEL)
    assert hold.wait_s == MOST_WAIT_S


def test_a_hello_is_read_or_judged() -> None:
    said = b'{"server_epoch":"e","cursors":[],"time":{"recv_ms":1,"send_ms":2}}'
    assert isinstance(judge_hello(Answer(200, said)), HelloReply)
    assert judge_hello(Answer(200, b"<html>")) == Verdict(*STRANGER)
    assert judge_hello(Answer(401, b"")) == Verdict(Step.BLOCK, Trouble.KEY_REFUSED)
    assert judge_hello(Silence(Trouble.NO_LINK)) == Verdict(Step.REPEAT, Trouble.NO_LINK)


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.integers(100, 599), st.binary(max_size=200), st.none() | st.floats(0, 1e12))
def test_any_answer_at_all_is_judged_and_never_moves_the_cursor(status, body, wait_s) -> None:
    assert judge_batch(Answer(status, body, wait_s), PARCEL).step is not Step.ADVANCE
    judged = judge_hello(Answer(status, body, wait_s))
    assert isinstance(judged, Verdict)
    assert judged.wait_s <= MOST_WAIT_S


@given(st.dictionaries(st.sampled_from(sorted(json.loads(reply()))), JSONISH, min_size=1))
def test_a_reply_with_fields_of_any_kind_is_judged(changes) -> None:
    verdict = judge_batch(Answer(200, reply(**changes)), PARCEL)
    if verdict.step is Step.ADVANCE:
        assert verdict.reply is not None
        assert verdict.reply.echo_sha256 == SHA
        assert verdict.reply.acked_through >= PARCEL.first_seq
