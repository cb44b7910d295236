"""Takes what rooms send: one transaction per request, and the answer only after its commit.

The unique key (source, lane, seq) is the only judge of duplicates. Same key and same hash is a
duplicate; same key and another hash is a fork: both are kept, the newcomer apart. Source: sync
protocol v1, "Server rule".
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, select, update

from sync.hub.bodies import flaw
from sync.hub.database import insert_new
from sync.hub.epochs import current_epoch
from sync.hub.tables import agent, anchor, event, fork, gap, lane_cursor, rejected, source
from sync.hub.unpack import Poison, RefusedError
from sync.wire.event import content_hash
from sync.wire.messages import (
    Batch,
    Gap,
    Hello,
    HelloReply,
    HubTime,
    IncarnationSpans,
    LaneCursor,
    Result,
    WireEvent,
)

_LIMIT = 1 << 53
_N_LIMIT = 1 << 31
_TEXT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch.

    Attributes:
        server_epoch: of this database.
        acked: everything up to here is committed, rejected or declared lost.
        results: what was not simply accepted.
        accepted: how many events are new.
        forked: how many contradict an event that was there.
    """

    server_epoch: str
    acked: int
    results: tuple[Result, ...]
    accepted: int
    forked: int


@dataclass(frozen=True, slots=True)
class _Cursor:
    source_id: int
    first_seq: int
    acked: int


def take_hello(connection: Connection, hello: Hello, at_ms: int) -> HelloReply:
    """Note what a room declares; tell it where to go on.

    Args:
        connection: in a transaction.
        hello: of an authenticated room.
        at_ms: Unix milliseconds of receipt.

    Raises:
        RefusedError: 422 for numbers out of range.
    """
    if any(spans.n >= _N_LIMIT for spans in hello.incarnations):
        raise RefusedError(422, "malformed", "incarnations.n is out of range.")
    _seen(connection, hello.agent, at_ms, software=hello.software, storage=hello.storage)
    cursors: list[LaneCursor] = []
    for spans in hello.incarnations:
        cursors += _declare(connection, hello.agent, spans, at_ms)
    name = current_epoch(connection, at_ms)
    time = HubTime(recv_ms=at_ms, send_ms=at_ms)
    return HelloReply(server_epoch=name, cursors=tuple(cursors), time=time)


def take_batch(connection: Connection, batch: Batch, poison: Sequence[Poison], at_ms: int) -> Taken:
    """Store a batch; resending it changes nothing.

    Args:
        connection: in a transaction.
        batch: of an authenticated room, its events rising in seq.
        poison: its events that could not be read.
        at_ms: Unix milliseconds of receipt.

    Raises:
        RefusedError: 409 `hello` for an undeclared incarnation, 409 `expected` where numbers are
            missing that no gap explains.
    """
    name = current_epoch(connection, at_ms)
    cursor = _locked_cursor(connection, batch, name)
    expected = _first_missing(batch, poison, cursor)
    if expected is not None:
        raise RefusedError(
            409,
            "expected",
            f"The hub expects {expected}.",
            expected_seq=expected,
            server_epoch=name,
        )
    place = {"source_id": cursor.source_id, "lane": batch.lane}
    good, bad = _judge(batch.events, poison)
    rejects = [{**place, **_rejected(item), "received_ms": at_ms} for item in bad]
    insert_new(connection, rejected, rejects)
    accepted, results = _store(connection, place, good, at_ms)
    acked = max(cursor.acked, batch.last_seq)
    _move(connection, batch, place, acked, at_ms)
    results += [Result(seq=item.seq, code="rejected", reason=item.reason) for item in bad]
    forked = sum(result.code == "fork" for result in results)
    ordered = tuple(sorted(results, key=lambda result: result.seq))
    return Taken(name, acked, ordered, accepted, forked)


def _seen(connection: Connection, agent_id: str, at_ms: int, **said: str) -> None:
    values = {key: text.replace("\0", "")[:_TEXT_LIMIT] for key, text in said.items()}
    mine = update(agent).where(agent.c.id == agent_id)
    connection.execute(mine.values(last_seen_ms=at_ms, **values))


def _declare(
    connection: Connection, agent_id: str, spans: IncarnationSpans, at_ms: int
) -> Iterator[LaneCursor]:
    row = {
        "agent_id": agent_id,
        "incarnation": spans.id,
        "n": spans.n,
        "boot": spans.boot.replace("\0", ""),
        "reason": spans.reason.replace("\0", "")[:_TEXT_LIMIT],
        "declared_ms": at_ms,
    }
    insert_new(connection, source, [row])
    mine = (source.c.agent_id == agent_id) & (source.c.incarnation == spans.id)
    source_id = connection.execute(select(source.c.id).where(mine)).scalar_one()
    for span in spans.lanes:
        first = {"first_seq": span.first_seq, "acked": span.first_seq - 1}
        lane = {"source_id": source_id, "lane": span.lane}
        insert_new(connection, lane_cursor, [{**lane, **first, "last_declared": span.last_seq}])
        here = (lane_cursor.c.source_id == source_id) & (lane_cursor.c.lane == span.lane)
        declared = update(lane_cursor).where(here, lane_cursor.c.last_declared < span.last_seq)
        connection.execute(declared.values(last_declared=span.last_seq))
        acked = connection.execute(select(lane_cursor.c.acked).where(here)).scalar_one()
        yield LaneCursor(incarnation=spans.id, lane=span.lane, acked=acked, settled=acked)


def _locked_cursor(connection: Connection, batch: Batch, epoch_name: str) -> _Cursor:
    joined = lane_cursor.join(source)
    wanted = (
        select(lane_cursor.c.source_id, lane_cursor.c.first_seq, lane_cursor.c.acked)
        .select_from(joined)
        .where(
            source.c.agent_id == batch.agent,
            source.c.incarnation == batch.incarnation,
            lane_cursor.c.lane == batch.lane,
        )
        .with_for_update(of=lane_cursor)
    )
    found = connection.execute(wanted).first()
    if found is None:
        text = "The hub does not know this incarnation and lane; say hello first."
        raise RefusedError(409, "hello", text, server_epoch=epoch_name)
    return _Cursor(*found)


def _first_missing(batch: Batch, poison: Iterable[Poison], cursor: _Cursor) -> int | None:
    """The first number that neither hub, batch nor gap has; None = nothing is missing."""
    if batch.first_seq < cursor.first_seq:
        return cursor.first_seq
    gaps = sorted(batch.gaps, key=lambda hole: hole.first)
    expected = _past_gaps(cursor.acked + 1, gaps)
    if batch.first_seq > expected:
        return expected
    expected = batch.first_seq
    for seq in sorted([*(e.seq for e in batch.events), *(p.seq for p in poison)]):
        if seq > expected:
            expected = _past_gaps(expected, gaps)
        if seq > expected:
            return expected
        expected = max(expected, seq + 1)
    expected = _past_gaps(expected, gaps)
    return expected if expected <= batch.last_seq else None


def _past_gaps(expected: int, gaps: Sequence[Gap]) -> int:
    for hole in gaps:
        if hole.first <= expected <= hole.last:
            expected = hole.last + 1
    return expected


def _judge(
    events: Iterable[WireEvent], poison: Iterable[Poison]
) -> tuple[list[WireEvent], list[Poison]]:
    good: list[WireEvent] = []
    bad = list(poison)
    for one in events:
        reason = _reason_against(one)
        if reason is None:
            good.append(one)
        else:
            bad.append(Poison(one.seq, reason, json.dumps(one.model_dump(mode="json"))))
    return good, bad


def _reason_against(one: WireEvent) -> str | None:
    body = one.body.encode()
    if content_hash(one.kind, one.boot, one.mono_ms, body) != one.sha8:
        return "sha8 does not fit kind, boot, mono_ms and body"
    if one.mono_ms >= _LIMIT or abs(one.wall_ms) >= _LIMIT:
        return "a time is out of range"
    return flaw(one.kind, body)


def _rejected(item: Poison) -> dict[str, object]:
    return {"seq": item.seq, "reason": item.reason.replace("\0", ""), "content": item.content}


def _store(
    connection: Connection, place: dict[str, int], events: Sequence[WireEvent], at_ms: int
) -> tuple[int, list[Result]]:
    if not events:
        return 0, []
    known = _known(connection, place, events)
    fresh = [one for one in events if one.seq not in known]
    rows = [_row(place, one, at_ms) for one in fresh]
    if insert_new(connection, event, rows) != len(rows):
        raise RefusedError(503, "busy", "Another worker takes the same batch; send it again.")
    results: list[Result] = []
    for one in events:
        if one.seq in known:
            same = known[one.seq] == one.sha8
            results.append(Result(seq=one.seq, code="duplicate" if same else "fork"))
    forks = {result.seq for result in results if result.code == "fork"}
    insert_new(connection, fork, [_row(place, one, at_ms) for one in events if one.seq in forks])
    return len(fresh), results


def _known(
    connection: Connection, place: dict[str, int], events: Sequence[WireEvent]
) -> dict[int, bytes]:
    wanted = select(event.c.seq, event.c.sha8).where(
        event.c.source_id == place["source_id"],
        event.c.lane == place["lane"],
        event.c.seq.between(events[0].seq, events[-1].seq),
    )
    return {seq: bytes(sha8) for seq, sha8 in connection.execute(wanted)}


def _row(place: dict[str, int], one: WireEvent, at_ms: int) -> dict[str, object]:
    return {
        **place,
        "seq": one.seq,
        "kind": one.kind,
        "boot": one.boot,
        "mono_ms": one.mono_ms,
        "wall_ms": one.wall_ms,
        "tq": one.tq,
        "body": one.body.encode(),
        "sha8": one.sha8,
        "received_ms": at_ms,
    }


def _move(
    connection: Connection, batch: Batch, place: dict[str, int], acked: int, at_ms: int
) -> None:
    gaps = [
        {**place, "first": g.first, "last": g.last, "reason": g.reason.replace("\0", "")}
        for g in batch.gaps
    ]
    insert_new(connection, gap, gaps)
    anchors = [
        {"agent_id": batch.agent, **a.model_dump()}
        for a in batch.anchors
        if max(a.mono_ms, abs(a.wall_ms), a.err_ms) < _LIMIT
    ]
    insert_new(connection, anchor, anchors)
    here = (lane_cursor.c.source_id == place["source_id"]) & (lane_cursor.c.lane == batch.lane)
    farther = lane_cursor.c.last_declared < acked
    declared = case((farther, acked), else_=lane_cursor.c.last_declared)
    connection.execute(update(lane_cursor).where(here).values(acked=acked, last_declared=declared))
    _seen(connection, batch.agent, at_ms)
