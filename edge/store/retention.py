"""When old rows leave a room: soon after each start, and once a day where it stays on.

Many rooms are cut off from power every evening, so a timer of a day alone would never fire. What
is due goes in small steps, each when no card or touch has come for a while.
"""

import logging
from collections.abc import Awaitable, Callable

from edge.store.store import Store
from school.moment import Clock

log = logging.getLogger(__name__)

START_AFTER_S = 120.0
"""The start's own work goes first."""

AGAIN_S = 86_400.0
LOOK_S = 60.0
REST_S = 2.0
QUIET_MS = 5_000
"""A step is made when nobody has touched anything for so long."""


class Retention:
    """Lets go of what is settled and old, as long as it runs.

    Args:
        store: whose rows.
        clock: nothing goes before it can be trusted.
        sleep: waits for so many seconds.
    """

    def __init__(
        self, store: Store, clock: Clock, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._touched_ms = 0

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            StoreError: a step could not be stored.
        """
        await self._sleep(START_AFTER_S)
        while True:
            while not self._clock.now().tq.trusted:
                await self._sleep(LOOK_S)
            dropped = await self._store.purge(self._rest)
            log.info("%d settled rows were dropped", dropped)
            await self._sleep(AGAIN_S)

    async def _rest(self) -> None:
        """Wait until nobody has touched anything for a while, so that no tap waits for a step."""
        await self._sleep(REST_S)
        while self._clock.now().mono_ms - self._touched_ms < QUIET_MS:
            await self._sleep(REST_S)

    def touched(self) -> None:
        """A card or a touch has come: rest for a while."""
        self._touched_ms = self._clock.now().mono_ms
