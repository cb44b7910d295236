"""Old rows leave soon after a start, in small steps, and never in a tap's way."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from edge.store.projections import MarkRow, write
from edge.store.retention import AGAIN_S, START_AFTER_S, Retention
from school.moment import TimeQuality
from sync.uplink import lanes
from sync.wire.event import Lane

DAY_MS = 24 * 3600 * 1000


class Sleeper:
    """Time that passes at once, and what happens while it does."""

    def __init__(self, clock) -> None:
        self.slept: list[float] = []
        self.clock = clock
        self.meanwhile: Callable[[], object] | None = None
        self.touched: Callable[[], None] = lambda: None

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.mono_ms += int(seconds * 1000)
        self.clock.wall_ms += int(seconds * 1000)
        if self.meanwhile is not None:
            await self.meanwhile()
        await asyncio.sleep(0)
        if seconds >= AGAIN_S:
            raise asyncio.CancelledError


async def fill(store, clock, taps: int, marks: int = 0) -> None:
    await asyncio.gather(*(store.append(Lane.ATTENDANCE, "tap", {"n": n}) for n in range(taps)))
    old = [MarkRow(f"l{n}", "p", "present", "none", None, "card", clock.wall_ms, "")
           for n in range(marks)]  # fmt: skip
    await store.project(lambda c: write(c, old))
    await store.project(lambda c: lanes.move_cursor(c, 0, 1, taps, taps))


async def count(store, table: str) -> int:
    return await store.read(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


async def run(store, clock, sleeper) -> None:
    retention = Retention(store, clock, sleeper)
    sleeper.touched = retention.touched
    with pytest.raises(asyncio.CancelledError):
        await retention.run()


async def test_a_room_that_is_cut_off_each_evening_lets_go_soon_after_its_start(
    open_store, clock
) -> None:
    store = await open_store()
    await fill(store, clock, 10, marks=3)
    clock.wall_ms += 36 * DAY_MS
    sleeper = Sleeper(clock)
    await run(store, clock, sleeper)
    assert sum(sleeper.slept[:-1]) < 1800, "well within a morning"
    assert sleeper.slept[0] == START_AFTER_S
    assert (await count(store, "lane_0"), await count(store, "mark")) == (1, 0)


async def test_it_waits_for_a_clock_that_can_be_trusted(open_store, clock) -> None:
    store = await open_store()
    await fill(store, clock, 10)
    clock.wall_ms += 36 * DAY_MS
    clock.tq = TimeQuality.SAVED
    sleeper = Sleeper(clock)

    async def learn() -> None:
        assert clock.tq.trusted or await count(store, "lane_0") == 10
        if len(sleeper.slept) == 4:
            clock.tq = TimeQuality.NTP

    sleeper.meanwhile = learn
    await run(store, clock, sleeper)
    assert await count(store, "lane_0") == 1


async def test_it_goes_in_steps_with_rests_between(open_store, clock) -> None:
    store = await open_store()
    await fill(store, clock, 1600, marks=1200)
    clock.wall_ms += 36 * DAY_MS
    sleeper, seen = Sleeper(clock), []

    async def look() -> None:
        seen.append(await count(store, "lane_0") + await count(store, "mark"))

    sleeper.meanwhile = look
    await run(store, clock, sleeper)
    assert seen[-1] == 1
    assert max(a - b for a, b in pairwise(seen)) <= 500


async def test_no_step_while_cards_come(open_store, clock) -> None:
    store = await open_store()
    await fill(store, clock, 1600)
    clock.wall_ms += 36 * DAY_MS
    sleeper, left = Sleeper(clock), []

    async def tap() -> None:
        if len(sleeper.slept) < 30:
            await store.append(Lane.ATTENDANCE, "tap", {})
            sleeper.touched()
            left.append(await count(store, "lane_0"))

    sleeper.meanwhile = tap
    await run(store, clock, sleeper)
    assert left == [1600 + n for n in range(1, 30)]
    assert await count(store, "lane_0") <= 30
