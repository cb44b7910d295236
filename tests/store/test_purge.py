"""Facts leave only when settled and surely old; the newest never, and numbers go on."""

import asyncio

from school.moment import TimeQuality
from sync.uplink import lanes
from sync.wire.event import Lane

DAY_MS = 24 * 3600 * 1000


async def taps(store, count: int) -> None:
    await asyncio.gather(*(store.append(Lane.ATTENDANCE, "tap", {"n": n}) for n in range(count)))


async def seqs(store) -> list[int]:
    return await store.read(
        lambda c: [row[0] for row in c.execute("SELECT seq FROM lane_0 ORDER BY seq")]
    )


async def settle(store, n: int, through: int) -> None:
    await store.project(lambda c: lanes.move_cursor(c, 0, n, through, through))


async def test_only_settled_and_old_facts_go(open_store, clock) -> None:
    store = await open_store()
    await taps(store, 10)
    await settle(store, 1, 6)
    clock.wall_ms += 34 * DAY_MS
    assert await store.purge() == 0
    clock.wall_ms += 2 * DAY_MS
    assert await store.purge() == 6
    assert await seqs(store) == [7, 8, 9, 10]


async def test_the_newest_fact_stays_so_that_numbers_go_on(open_store, clock) -> None:
    store = await open_store()
    await taps(store, 3)
    await settle(store, 1, 3)
    clock.wall_ms += 36 * DAY_MS
    assert await store.purge() == 2
    await store.close()
    store = await open_store()
    assert (await store.append(Lane.ATTENDANCE, "tap", {})).event.seq == 4


async def test_an_untrusted_clock_deletes_nothing(open_store, clock) -> None:
    store = await open_store()
    await taps(store, 3)
    await settle(store, 1, 3)
    clock.wall_ms += 3650 * DAY_MS
    for clock.tq in (TimeQuality.NONE, TimeQuality.SAVED):
        assert await store.purge() == 0


async def test_facts_of_an_untrusted_time_go_with_the_first_trusted_old_one_after_them(
    open_store, clock
) -> None:
    store = await open_store()
    clock.tq = TimeQuality.NONE
    clock.wall_ms -= 20_000 * DAY_MS
    await taps(store, 600)
    await settle(store, 1, 600)
    clock.tq = TimeQuality.NTP
    clock.wall_ms += 20_000 * DAY_MS
    assert await store.purge() == 0, "1970 is no age"
    await taps(store, 600)
    await settle(store, 1, 1200)
    clock.wall_ms += 36 * DAY_MS
    await taps(store, 1)
    assert await store.purge() == 1200
    assert await seqs(store) == [1201]


async def test_empty_incarnations_are_forgotten_oldest_first(open_store, clock) -> None:
    store = await open_store()
    await taps(store, 2)
    await settle(store, 1, 2)
    for boot in ("b1", "b2"):
        await store.close()
        clock.boot = boot * 16
        store = await open_store()
    await taps(store, 2)
    clock.wall_ms += 36 * DAY_MS
    assert await store.purge() == 2
    spans = [span for span in await store.read(lanes.spans) if span.lane == 0]
    assert [(s.n, s.first_seq, s.last_seq) for s in spans] == [(3, 3, 4)]
    await store.close()
    store = await open_store()
    assert (await store.append(Lane.ATTENDANCE, "tap", {})).event.seq == 5
