"""Shared hands for the store's tests: a clock that obeys, and stores that are always closed."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from edge.store.store import Store, StoreSettings
from edge.store.writer import Pace
from school.moment import Moment, TimeQuality

BOOT = "b0" * 16


class HandClock:
    """Moves only when told to, a millisecond a look."""

    def __init__(self) -> None:
        self.boot = BOOT
        self.mono_ms = 1_000
        self.wall_ms = 1_764_000_000_000
        self.tq = TimeQuality.NTP

    def now(self) -> Moment:
        self.mono_ms += 1
        self.wall_ms += 1
        return Moment(self.boot, self.mono_ms, self.wall_ms, self.tq)


OpenStore = Callable[..., Awaitable[Store]]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def open_store(tmp_path: Path, clock: HandClock) -> AsyncIterator[OpenStore]:
    opened: list[Store] = []
    ids = itertools.count(0xA000000000000001)

    async def open_(
        path: Path = tmp_path / "room.db", settings: StoreSettings | None = None
    ) -> Store:
        settings = settings or StoreSettings(reserve_bytes=0, pace=Pace(change_s=0.02))
        store = await Store.open(path, clock, lambda: next(ids), settings)
        opened.append(store)
        return store

    yield open_
    for store in opened:
        await store.close()
