"""Messages between a lower end (a room) and an upper end (its hub). Source: sync protocol v1."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from sync.wire.event import Event

PROTO = 1
MAX_EVENTS = 500
MAX_BATCH_BYTES = 1 << 20  # after unpacking; a larger one is refused before it is parsed

Seq = Annotated[int, Field(ge=1, lt=1 << 53)]
Cursor = Annotated[int, Field(ge=0, lt=1 << 53)]
Lane = Annotated[int, Field(ge=0, le=3)]
Incarnation = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
AgentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Boot = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,31}$")]
Quality = Literal["none", "saved", "hub", "ntp"]


def _unhex(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) and len(value) == 16:
        return bytes.fromhex(value)
    raise ValueError("sha8 is 16 hex digits")


Sha8 = Annotated[bytes, PlainValidator(_unhex), PlainSerializer(lambda b: b.hex(), return_type=str)]


class Message(BaseModel):
    """What every message shares: unknown fields are ignored, so that ends may differ in age."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class WireEvent(Message):
    """One event as it travels. `body` is the stored text itself, never encoded anew."""

    seq: Seq
    kind: Kind
    boot: Boot
    mono_ms: Annotated[int, Field(ge=0)]
    wall_ms: int
    tq: Quality
    body: Annotated[str, Field(max_length=65_536)]
    sha8: Sha8

    @classmethod
    def of(cls, event: Event) -> "WireEvent":
        """The event as it travels."""
        return cls(
            seq=event.seq,
            kind=event.kind,
            boot=event.boot,
            mono_ms=event.mono_ms,
            wall_ms=event.wall_ms,
            tq=event.tq,
            body=event.body.decode(),
            sha8=event.sha8,
        )

    def event(self) -> Event:
        """The event itself."""
        return Event(
            self.seq, self.kind, self.boot, self.mono_ms, self.wall_ms, self.tq, self.body.encode()
        )


class Anchor(Message):
    """A good time seen in a boot: it re-dates the events of that boot."""

    boot: Boot
    mono_ms: Annotated[int, Field(ge=0)]
    wall_ms: int
    err_ms: Annotated[int, Field(ge=0)]
    source: Literal["hub", "ntp"]


class Gap(Message):
    """Numbers that will never come, and why."""

    first: Seq
    last: Seq
    reason: str


class Sent(Message):
    """The sender's clocks when the message left."""

    boot: Boot
    mono_ms: Annotated[int, Field(ge=0)]
    wall_ms: int


class LaneSpan(Message):
    """What one incarnation holds of one lane; `last_seq` 0 = nothing yet."""

    lane: Lane
    first_seq: Seq
    last_seq: Cursor


class IncarnationSpans(Message):
    """One incarnation of the room's store, oldest first in a hello."""

    id: Incarnation
    n: Annotated[int, Field(ge=1)]
    boot: Boot
    reason: str
    lanes: tuple[LaneSpan, ...]


class Hello(Message):
    """First words after a start or a break."""

    proto: int = PROTO
    agent: AgentId
    incarnations: tuple[IncarnationSpans, ...]
    software: str
    storage: str = "ok"
    sent: Sent


class LaneCursor(Message):
    """How far the hub is with one lane of one incarnation."""

    incarnation: Incarnation
    lane: Lane
    acked: Cursor
    settled: Cursor


class HubTime(Message):
    """The hub's clock around one request, Unix milliseconds."""

    recv_ms: int
    send_ms: int


class HelloReply(Message):
    """The hub's answer: where to go on, and its limits."""

    server_epoch: str
    cursors: tuple[LaneCursor, ...]
    max_events: int = MAX_EVENTS
    max_bytes: int = MAX_BATCH_BYTES
    down_head: int = 0
    time: HubTime


class Batch(Message):
    """One contiguous run of one lane."""

    proto: int = PROTO
    agent: AgentId
    incarnation: Incarnation
    lane: Lane
    first_seq: Seq
    last_seq: Seq
    n: Annotated[int, Field(ge=1, le=MAX_EVENTS)]
    server_epoch: str
    sent: Sent
    anchors: tuple[Anchor, ...] = ()
    gaps: tuple[Gap, ...] = ()
    events: tuple[WireEvent, ...]


class Result(Message):
    """What became of one event that was not simply accepted."""

    seq: Seq
    code: Literal["duplicate", "rejected", "fork", "too_big"]
    reason: str = ""


class BatchReply(Message):
    """The hub has committed and synced everything up to `acked_through`.

    `echo_sha256` is the hex SHA-256 of the request body as sent: a captive portal cannot know it.
    """

    server_epoch: str
    lane: Lane
    incarnation: Incarnation
    acked_through: Cursor
    settled_through: Cursor
    results: tuple[Result, ...] = ()
    hold_ms: int = 0
    max_events: int = MAX_EVENTS
    max_bytes: int = MAX_BATCH_BYTES
    time: HubTime
    down_head: int = 0
    echo_sha256: str


class ErrorReply(Message):
    """An error with a code, parameters and one sentence. 409 `expected` carries `expected_seq`."""

    code: str
    message: str
    expected_seq: int | None = None
    server_epoch: str | None = None
