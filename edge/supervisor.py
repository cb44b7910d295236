"""Runs the parts of the agent: one that fails is started again with back-off, and said to be down.

The only place in the product that catches every exception.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from edge.store.errors import StoreError

log = logging.getLogger(__name__)


class PartState(StrEnum):
    """Whether a part runs."""

    UP = "up"
    RESTARTING = "restarting"
    DOWN = "down"  # it cannot run as the room's file has it


@dataclass(slots=True)
class Part:
    """One part of the agent, as the panel shows it.

    Attributes:
        name: word for people and logs.
        state: whether it runs.
        since_ms: boot-monotonic milliseconds of the last change.
        reason: why it failed last; empty while all is well.
    """

    name: str
    state: PartState = PartState.UP
    since_ms: int = 0
    reason: str = ""


class Supervisor:
    """Keeps parts running. `run` ends only by being cancelled."""

    def __init__(
        self,
        now_ms: Callable[[], int],
        jitter: Callable[[], float],
        changed: Callable[[Part], None],
    ) -> None:
        self._now_ms = now_ms
        self._jitter = jitter
        self._changed = changed
        self._runs: dict[str, Callable[[], Awaitable[None]]] = {}
        self._told: dict[str, str] = {}  # the last failure of each part that the journal has
        self.parts: dict[str, Part] = {}

    def add(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """A part to run; `run` is called again each time it ends or fails."""
        self._runs[name] = run
        self.parts[name] = Part(name, since_ms=self._now_ms())

    def add_broken(self, name: str, reason: str) -> None:
        """A part that cannot run at all; it is shown with the sentence that says why."""
        log.error("%s: %s", name, reason)
        self.parts[name] = Part(name, PartState.DOWN, self._now_ms(), reason)

    async def run(self) -> None:
        """Run all parts until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._runs:
                group.create_task(self._keep(name), name=name)

    async def _keep(self, name: str) -> None:
        attempt = 0
        while True:
            started_ms = self._now_ms()
            steady = asyncio.get_running_loop().call_later(10.0, self._set, name, "")
            reason, failure = await self._once(name)
            steady.cancel()
            if self._now_ms() - started_ms > 60_000:
                attempt = 0
                self._told.pop(name, None)
            self._log(name, reason, failure)
            self._set(name, reason)
            await asyncio.sleep(restart_delay_s(attempt, self._jitter()))
            attempt += 1

    async def _once(self, name: str) -> tuple[str, Exception | None]:
        try:
            await self._runs[name]()
        except StoreError as error:
            return str(error), None
        except Exception as error:  # noqa: BLE001 - told, then the part starts again
            if isinstance(error, OSError) and error.strerror:  # the world refuses: no fault of ours
                return _sentence(error), None
            return f"{type(error).__name__}: {error}", error
        return "it ended by itself", None

    def _log(self, name: str, reason: str, failure: Exception | None) -> None:
        """The same failure is told once, however often it comes: a journal is short on a card."""
        if self._told.get(name) == reason:
            return
        self._told[name] = reason
        log.error("part %s failed; it starts again: %s", name, reason, exc_info=failure)

    def _set(self, name: str, reason: str) -> None:
        part = self.parts[name]
        state = PartState.RESTARTING if reason else PartState.UP
        if (part.state, part.reason) == (state, reason):
            return
        part.state, part.reason, part.since_ms = state, reason, self._now_ms()
        self._changed(part)


def _sentence(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)


def restart_delay_s(attempt: int, jitter: float) -> float:
    """Seconds before a part starts again: 0.25 s doubling to 30 s, `jitter` in 0..1 halves it."""
    return min(30.0, 0.25 * 2.0 ** min(attempt, 7)) * (0.5 + jitter / 2)
