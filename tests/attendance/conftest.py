"""A room's attendance on a real store, with hands for the clock, readers and the panel."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from edge.store.store import Store, StoreSettings
from tests.attendance.kit import HandClock, Room


@pytest.fixture
def clock() -> HandClock:
    return HandClock("06:50")


@pytest.fixture
async def open_store(
    tmp_path: Path, clock: HandClock
) -> AsyncIterator[Callable[[], Awaitable[Store]]]:
    opened: list[Store] = []

    async def open_() -> Store:
        settings = StoreSettings(reserve_bytes=0)
        number = len(opened) + 1
        store = await Store.open(tmp_path / "room.db", clock, lambda: number, settings)
        opened.append(store)
        return store

    yield open_
    for store in opened:
        await store.close()


@pytest.fixture
async def room(open_store: Callable[[], Awaitable[Store]], clock: HandClock) -> AsyncIterator[Room]:
    room = Room(await open_store(), clock)
    await room.journal.replay()
    task = asyncio.create_task(room.attendance.run())
    yield room
    task.cancel()
    await asyncio.wait({task})
