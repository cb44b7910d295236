"""What an answer means for what was sent: pure, so that every case is a row in a test.

Source: sync protocol v1, client states.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError

from sync.uplink.ports import Answer, Heard, Silence, Trouble
from sync.wire.messages import BatchReply, ErrorReply, HelloReply, Result


class Step(StrEnum):
    """What to do next."""

    ADVANCE = "advance"  # the hub has it: move the cursor
    REPEAT = "repeat"  # outcome unknown: the same range again, later
    HOLD = "hold"  # the hub asks us to wait
    EXPECT = "expect"  # go on at the number that the hub expects
    GREET = "greet"  # we are out of step: say hello again
    SMALLER = "smaller"  # too big: less at once; a single event is a dead letter
    ISOLATE = "isolate"  # malformed: half of it; a single event is a dead letter
    BLOCK = "block"  # refused: a person must act


@dataclass(frozen=True, slots=True)
class Parcel:
    """What was sent.

    Attributes:
        incarnation: identity, 16 hex digits.
        lane: the lane.
        first_seq: its first number, gaps included.
        last_seq: its last number.
        epoch: the hub's epoch as we knew it.
        sha256: hex digest of the body as sent.
    """

    incarnation: str
    lane: int
    first_seq: int
    last_seq: int
    epoch: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and with what.

    Attributes:
        step: what to do.
        trouble: why, where it is not good; None = no trouble.
        wait_s: how long the hub asks us to wait.
        expected: the number the hub expects, with EXPECT.
        reply: the hub's reply, where it was its own.
        results: results of events of this parcel alone.
    """

    step: Step
    trouble: Trouble | None = None
    wait_s: float = 0.0
    expected: int = 0
    reply: BatchReply | None = None
    results: tuple[Result, ...] = ()


_REFUSALS = {"key_unknown": Trouble.KEY_UNKNOWN, "key_revoked": Trouble.KEY_REVOKED}
_STRANGER = Verdict(Step.REPEAT, Trouble.NOT_THE_HUB)
_SILENT = Verdict(Step.REPEAT, Trouble.HUB_SILENT)
_BY_STATUS = {
    408: _SILENT,
    413: Verdict(Step.SMALLER),
    422: Verdict(Step.ISOLATE),
}
MOST_WAIT_S = 3600.0
"""Nobody may send us to sleep for longer."""


def judge_batch(heard: Heard, parcel: Parcel) -> Verdict:
    """What to do after a batch."""
    if isinstance(heard, Silence):
        return Verdict(Step.REPEAT, heard.trouble)
    if heard.status == 200:
        return _judge_reply(heard, parcel)
    if heard.status == 409:
        return _judge_conflict(heard)
    return _judge_status(heard)


def judge_hello(heard: Heard) -> HelloReply | Verdict:
    """The hub's reply to a hello, or what to do instead."""
    if isinstance(heard, Silence):
        return Verdict(Step.REPEAT, heard.trouble)
    if heard.status != 200:
        return _judge_status(heard)
    try:
        return HelloReply.model_validate_json(heard.body)
    except ValidationError:
        return _STRANGER


def _judge_status(answer: Answer) -> Verdict:
    if answer.status in (429, 503):
        wait_s = min(answer.retry_after_s or 0.0, MOST_WAIT_S)
        return Verdict(Step.HOLD, Trouble.HUB_BUSY, wait_s=wait_s)
    if answer.status in (401, 403):
        return Verdict(Step.BLOCK, _refusal(answer))
    if answer.status >= 500:
        return _SILENT
    return _BY_STATUS.get(answer.status, _STRANGER)


def _refusal(answer: Answer) -> Trouble:
    try:
        code = ErrorReply.model_validate_json(answer.body).code
    except ValidationError:
        return Trouble.KEY_REFUSED
    return _REFUSALS.get(code, Trouble.KEY_REFUSED)


def _judge_conflict(answer: Answer) -> Verdict:
    try:
        error = ErrorReply.model_validate_json(answer.body)
    except ValidationError:
        return _STRANGER
    if error.expected_seq is None or error.expected_seq < 1:
        return Verdict(Step.GREET, Trouble.OUT_OF_STEP)
    return Verdict(Step.EXPECT, Trouble.OUT_OF_STEP, expected=error.expected_seq)


def _judge_reply(answer: Answer, parcel: Parcel) -> Verdict:
    try:
        reply = BatchReply.model_validate_json(answer.body)
    except ValidationError:
        return _STRANGER
    ours = (parcel.sha256, parcel.incarnation, parcel.lane)
    if (reply.echo_sha256, reply.incarnation, reply.lane) != ours:
        return _STRANGER
    if reply.server_epoch != parcel.epoch or reply.acked_through < parcel.first_seq:
        return Verdict(Step.GREET, Trouble.OUT_OF_STEP)
    results = tuple(r for r in reply.results if parcel.first_seq <= r.seq <= parcel.last_seq)
    wait_s = min(reply.hold_ms / 1000, MOST_WAIT_S)
    return Verdict(Step.ADVANCE, wait_s=wait_s, reply=reply, results=results)
