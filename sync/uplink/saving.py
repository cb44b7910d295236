"""Writes the uplink's own notes behind the sending: cursors, dead letters, anchors.

They are hints, the hub knows better at each hello; so nothing waits for them, and where the store
refuses them the uplink goes on.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence

from sync.uplink.ports import NotStoredError, Outbox

log = logging.getLogger(__name__)

Change = Callable[[sqlite3.Connection], None]


class Saver:
    """Collects changes and writes them together.

    Args:
        outbox: the room's store.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._waiting: list[Change] = []
        self._wake = asyncio.Event()

    def later(self, change: Change) -> None:
        """Write this with the next commit that may wait."""
        self._waiting.append(change)
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write what waits now."""
        changes, self._waiting = self._waiting, []
        if not changes:
            return
        try:
            await self._outbox.project(_together(changes))
        except NotStoredError as error:
            log.warning("the uplink's notes were not stored: %s", error)


def _together(changes: Sequence[Change]) -> Change:
    def change(connection: sqlite3.Connection) -> None:
        for one in changes:
            one(connection)

    return change
