"""Facts are stored, numbered, grouped and read back; a new boot is a new incarnation."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from edge.store.errors import StoreError
from edge.store.store import Store, StoreSettings
from edge.store.writer import Pace
from sync.uplink import lanes
from sync.wire.event import Lane, parse_event_id

OpenStore = Callable[..., Awaitable[Store]]


async def test_a_fact_is_on_disk_when_append_returns(open_store: OpenStore, tmp_path: Path) -> None:
    store = await open_store()
    stored = await store.append(Lane.ATTENDANCE, "tap", {"reader": "door", "n": 1})
    with sqlite3.connect(tmp_path / "room.db") as other:
        row = other.execute("SELECT seq, kind, body, sha8 FROM lane_0").fetchone()
    other.close()
    assert row == (1, "tap", b'{"n":1,"reader":"door"}', stored.event.sha8)
    assert parse_event_id(stored.id) == (store.incarnation, 1)


async def test_many_at_once_are_numbered_in_the_order_they_came(open_store: OpenStore) -> None:
    store = await open_store()
    facts = await asyncio.gather(
        *(store.append(Lane.ATTENDANCE, "tap", {"n": n}) for n in range(1000))
    )
    assert [fact.event.seq for fact in facts] == list(range(1, 1001))
    assert [fact.event.body for fact in facts] == [b'{"n":%d}' % n for n in range(1000)]
    assert [fact.event.mono_ms for fact in facts] == sorted(fact.event.mono_ms for fact in facts)


async def test_each_lane_counts_for_itself(open_store: OpenStore) -> None:
    store = await open_store()
    tap = await store.append(Lane.ATTENDANCE, "tap", {})
    command = await store.append(Lane.AUDIT, "command", {})
    assert (tap.event.seq, command.event.seq) == (1, 1)


async def test_the_pragmas_are_really_on(open_store: OpenStore) -> None:
    store = await open_store()
    found: dict[str, int | str] = {}

    def look(connection: sqlite3.Connection) -> None:
        for name in ("journal_mode", "synchronous", "foreign_keys"):
            found[name] = connection.execute(f"PRAGMA {name}").fetchone()[0]

    await store.project(look)
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_a_reader_cannot_write(open_store: OpenStore) -> None:
    store = await open_store()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(lambda connection: connection.execute("DELETE FROM lane_0"))


async def test_the_same_boot_goes_on_and_a_new_boot_is_a_new_incarnation(
    open_store: OpenStore, clock
) -> None:
    first = await open_store()
    before = first.incarnation
    await first.append(Lane.ATTENDANCE, "tap", {})
    await first.close()
    second = await open_store()
    assert second.incarnation == before
    await second.close()
    clock.boot = "b1" * 16
    third = await open_store()
    assert third.incarnation != before
    tap = await third.append(Lane.ATTENDANCE, "tap", {})
    assert tap.event.seq == 2
    spans = [span for span in await third.read(lanes.spans) if span.lane == 0]
    assert [(s.first_seq, s.last_seq, s.reason, s.newest) for s in spans] == [
        (1, 1, "first", False),
        (2, 2, "boot", True),
    ]


async def test_projections_wait_but_are_written_in_order(open_store: OpenStore) -> None:
    store = await open_store()
    order: list[int] = []
    await asyncio.gather(*(store.project(lambda _, n=n: order.append(n)) for n in range(250)))
    assert order == list(range(250))


async def test_a_failing_projection_fails_alone(open_store: OpenStore) -> None:
    store = await open_store()

    def good(connection: sqlite3.Connection) -> None:
        lanes.move_cursor(connection, 0, 1, 7, 3)

    def bad(connection: sqlite3.Connection) -> None:
        lanes.move_cursor(connection, 1, 1, 9, 9)
        raise KeyError("lesson")

    results = await asyncio.gather(
        store.project(good), store.project(bad), store.project(good), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), KeyError, type(None)]
    cursors = await store.read(lambda c: c.execute("SELECT * FROM cursor").fetchall())
    assert cursors == [(0, 1, 7, 3)]


async def test_telemetry_is_grouped(open_store: OpenStore) -> None:
    pace = Pace(telemetry_s=3600, group=100)
    store = await open_store(settings=StoreSettings(reserve_bytes=0, pace=pace))
    waiting = [
        asyncio.ensure_future(store.append(Lane.TELEMETRY, "lamp", {"n": n})) for n in range(99)
    ]
    await store.append(Lane.ATTENDANCE, "tap", {})
    assert not any(future.done() for future in waiting)
    waiting.append(asyncio.ensure_future(store.append(Lane.TELEMETRY, "lamp", {"n": 99})))
    facts = await asyncio.gather(*waiting)
    assert [fact.event.seq for fact in facts] == list(range(1, 101))


async def test_closing_stores_what_waits(open_store: OpenStore) -> None:
    pace = Pace(telemetry_s=3600, change_s=3600)
    store = await open_store(settings=StoreSettings(reserve_bytes=0, pace=pace))
    waiting = asyncio.ensure_future(store.append(Lane.TELEMETRY, "lamp", {}))
    await asyncio.sleep(0)
    await store.close()
    assert (await waiting).event.seq == 1
    with pytest.raises(StoreError, match="closed"):
        await store.append(Lane.ATTENDANCE, "tap", {})


async def test_whoever_gives_up_waiting_disturbs_nobody(open_store: OpenStore) -> None:
    store = await open_store()
    impatient = asyncio.ensure_future(store.append(Lane.ATTENDANCE, "tap", {"n": 1}))
    await asyncio.sleep(0)
    impatient.cancel()
    patient = await store.append(Lane.ATTENDANCE, "tap", {"n": 2})
    assert patient.event.seq == 2


async def test_watchers_hear_of_new_facts(open_store: OpenStore) -> None:
    store = await open_store()
    heard = asyncio.Event()
    store.watch(heard.set)
    await store.append(Lane.ATTENDANCE, "tap", {})
    await heard.wait()


@pytest.mark.parametrize("body", [{"x": 1.5}, {"x": [{"y": 0.1}]}, {"x": object()}, {1: 2}])
async def test_a_body_json_cannot_carry_is_refused_before_anything_is_stored(
    open_store: OpenStore, body
) -> None:
    store = await open_store()
    with pytest.raises(ValueError, match="a body"):
        await store.append(Lane.ATTENDANCE, "tap", body)
    assert (await store.append(Lane.ATTENDANCE, "tap", {})).event.seq == 1


async def test_a_body_the_wire_cannot_carry_is_refused(open_store: OpenStore) -> None:
    store = await open_store()
    with pytest.raises(ValueError, match="65536"):
        await store.append(Lane.ATTENDANCE, "tap", {"x": "đ" * 40_000})
