"""A room whose lessons run, on a clock that is moved by hand."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.attendance.kit import HandClock
from tests.lesson.kit import Devices, Disk, Room


@pytest.fixture
def clock() -> HandClock:
    return HandClock("06:55")


@pytest.fixture
def disk(clock: HandClock) -> Disk:
    return Disk(clock)


@pytest.fixture
def devices(disk: Disk) -> Devices:
    return Devices(disk)


async def never(_: float) -> None:
    """A sleep that only a cancellation ends: tests tick by hand."""
    await asyncio.Event().wait()


@pytest.fixture
async def make_room(disk: Disk, devices: Devices) -> AsyncIterator[object]:
    tasks: list[asyncio.Task[None]] = []

    async def make(jitter: float = 0.5, **records: object) -> Room:
        """A start of the agent; the one before it is killed."""
        for task in tasks:
            task.cancel()
            await asyncio.wait({task})
        room = Room(disk, devices, jitter, **records)
        await room.journal.replay()
        tasks.append(asyncio.create_task(room.lessons.run(never)))
        await settle()
        return room

    yield make
    for task in tasks:
        task.cancel()
        await asyncio.wait({task})


async def settle(turns: int = 60) -> None:
    """Let everything that can run, run."""
    for _ in range(turns):
        await asyncio.sleep(0)


@pytest.fixture
async def room(make_room) -> Room:
    return await make_room()
