"""Notes are written together, in order; a store that refuses them stops nobody."""

import asyncio
import sqlite3

from sync.uplink.ports import NotStoredError
from sync.uplink.saving import Saver


class Outbox:
    """Takes changes one group at a time, when told to."""

    def __init__(self) -> None:
        self.groups = 0
        self.full = False
        self.connection = sqlite3.connect(":memory:")

    async def project(self, change) -> None:
        if self.full:
            raise NotStoredError("the disk is full")
        self.groups += 1
        change(self.connection)


async def test_notes_are_written_together_and_in_order() -> None:
    outbox, done = Outbox(), []
    saver = Saver(outbox)
    for n in range(5):
        saver.later(lambda _, n=n: done.append(n))
    await saver.flush()
    await saver.flush()
    outbox.connection.close()
    assert (done, outbox.groups) == ([0, 1, 2, 3, 4], 1)


async def test_a_store_that_refuses_stops_nobody() -> None:
    outbox, done = Outbox(), asyncio.Event()
    saver = Saver(outbox)
    task = asyncio.create_task(saver.run())
    outbox.full = True
    saver.later(lambda _: None)
    while saver._waiting:  # noqa: ASYNC110 - the saver tells nobody
        await asyncio.sleep(0)
    outbox.full = False
    saver.later(lambda _: done.set())
    await done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    outbox.connection.close()
    assert outbox.groups == 1
