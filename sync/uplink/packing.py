"""Messages to the hub as bytes: JSON, then gzip. The stored body travels as it is."""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pydantic_core import to_json

from school.moment import Moment
from sync.uplink.lanes import Run, Span
from sync.uplink.verdict import Parcel
from sync.wire.event import Event
from sync.wire.messages import PROTO, Anchor, Hello, IncarnationSpans, LaneSpan, Sent

_FAST = 1  # gzip level: 9 would save a tenth of the bytes for five times the work


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is around the events of a batch.

    Attributes:
        agent: agent id.
        epoch: the hub's epoch as known.
        now: the room's clocks.
        anchors: good times of the events' boot.
    """

    agent: str
    epoch: str
    now: Moment
    anchors: tuple[Anchor, ...] = ()


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch ready to go: its bytes, what is in it, and how many events."""

    body: bytes
    parcel: Parcel
    events: int


def pack_hello(
    spans: Iterable[Span], agent: str, software: str, storage: str, now: Moment
) -> bytes:
    """A hello that declares every incarnation, oldest first."""
    by_n = groupby(sorted(spans, key=lambda span: (span.n, span.lane)), key=lambda span: span.n)
    hello = Hello(
        agent=agent,
        incarnations=tuple(_declared(list(group)) for _, group in by_n),
        software=software,
        storage=storage,
        sent=Sent(boot=now.boot, mono_ms=now.mono_ms, wall_ms=now.wall_ms),
    )
    return _zip(hello.model_dump_json().encode())


def pack_batch(run: Run, envelope: Envelope) -> Packed:
    """A batch with the run's events.

    Built from plain dictionaries: making a message object of each event would cost more than
    everything else here. A test holds it against `sync.wire.messages.Batch`.
    """
    now, span = envelope.now, run.span
    message = {
        "proto": PROTO,
        "agent": envelope.agent,
        "incarnation": span.id,
        "lane": span.lane,
        "first_seq": run.first_seq,
        "last_seq": run.last_seq,
        "n": len(run.events),
        "server_epoch": envelope.epoch,
        "sent": {"boot": now.boot, "mono_ms": now.mono_ms, "wall_ms": now.wall_ms},
        "anchors": [anchor.model_dump() for anchor in envelope.anchors],
        "gaps": [{"first": h.first, "last": h.last, "reason": h.reason} for h in run.holes],
        "events": [_event(event) for event in run.events],
    }
    body = _zip(to_json(message))
    parcel = Parcel(
        incarnation=span.id,
        lane=span.lane,
        first_seq=run.first_seq,
        last_seq=run.last_seq,
        epoch=envelope.epoch,
        sha256=hashlib.sha256(body).hexdigest(),
    )
    return Packed(body, parcel, len(run.events))


def _event(event: Event) -> dict[str, object]:
    return {
        "seq": event.seq,
        "kind": event.kind,
        "boot": event.boot,
        "mono_ms": event.mono_ms,
        "wall_ms": event.wall_ms,
        "tq": event.tq,
        "body": event.body.decode(),
        "sha8": event.sha8.hex(),
    }


def _declared(spans: list[Span]) -> IncarnationSpans:
    first = spans[0]
    return IncarnationSpans(
        id=first.id,
        n=first.n,
        boot=first.boot,
        reason=first.reason,
        lanes=tuple(
            LaneSpan(
                lane=span.lane,
                first_seq=span.first_seq,
                last_seq=span.last_seq if span.last_seq >= span.first_seq else 0,
            )
            for span in spans
        ),
    )


def _zip(plain: bytes) -> bytes:
    return gzip.compress(plain, _FAST, mtime=0)
