"""Tells the panel how the uplink is; a few times a second at most, and never in a tap's way."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from typing import Protocol

from sync.uplink import lanes
from sync.uplink.cures import CURES
from sync.uplink.ports import NOT_READY, REFUSES_US, LinkState, Outbox, SyncState, Trouble
from sync.wire.event import Lane

log = logging.getLogger(__name__)

SETTLE_S = 0.1
"""A look at the store waits so long, so that a tap's own way is clear first."""
EVERY_S = 0.3
"""The panel hears of changes at most so often."""


class Books(Protocol):
    """Who knows what waits."""

    def waiting(self, lane: int) -> int:
        """How many numbers of a lane the hub has not confirmed."""

    @property
    def has_delivered(self) -> bool:
        """Whether the hub has confirmed anything."""

    def current(self, lane: int) -> lanes.Span | None:
        """The oldest span of a lane with something to send."""


class Teller:
    """The uplink's state for the panel.

    Args:
        outbox: the room's store, asked for the oldest waiting event.
        tell: called whenever the state changes.
        lanes_sent: which lanes count.
    """

    def __init__(
        self, outbox: Outbox, tell: Callable[[SyncState], None], lanes_sent: Sequence[Lane]
    ) -> None:
        self._outbox = outbox
        self._tell = tell
        self._lanes = tuple(lanes_sent)
        self._wake = asyncio.Event()
        self._trouble: Trouble | None = None
        self._said: str | None = None  # what the journal has heard last
        self._last_ok_ms: int | None = None
        self._told: SyncState | None = None

    def news(self) -> None:
        """Something changed."""
        self._wake.set()

    def trouble(self, trouble: Trouble | None, sentence: str = "") -> None:
        """The hub cannot be used, and why; None = it answered.

        Args:
            trouble: what the panel says.
            sentence: cause and cure for the journal, where more is known than the trouble tells.
        """
        said = "" if trouble is None else sentence or CURES[trouble]
        if said != self._said:
            self._said = said
            log.log(
                logging.WARNING if said else logging.INFO, "uplink: %s", said or "the hub answers"
            )
        self._trouble = trouble
        self._wake.set()

    def hub_spoke(self, wall_ms: int) -> None:
        """The hub itself answered, at this Unix time in milliseconds."""
        self._last_ok_ms = wall_ms
        self.trouble(None)

    async def run(self, books: Callable[[], Books]) -> None:
        """Tell until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(SETTLE_S)
            self._wake.clear()
            state = await self._state(books())
            if state != self._told:
                self._told = state
                self._tell(state)
            await asyncio.sleep(EVERY_S)

    async def _state(self, books: Books) -> SyncState:
        spans = [span for lane in self._lanes if (span := books.current(lane)) is not None]
        waiting = sum(books.waiting(lane) for lane in self._lanes)
        oldest_ms = None
        if waiting:
            oldest_ms = await self._outbox.read(lambda connection: _oldest_ms(connection, spans))
        return SyncState(
            state=link_state(self._trouble, waiting, heard=self._last_ok_ms is not None),
            waiting=waiting,
            oldest_ms=oldest_ms,
            last_ok_ms=self._last_ok_ms,
            delivered=books.has_delivered,
            reason=self._trouble or "",
        )


def link_state(trouble: Trouble | None, waiting: int, *, heard: bool) -> LinkState:
    """The uplink in one word.

    Args:
        trouble: why the hub cannot be used; None = it can.
        waiting: events the hub has not confirmed.
        heard: whether the hub ever answered since the start.
    """
    if trouble in REFUSES_US or trouble in NOT_READY:
        return LinkState.BLOCKED
    if trouble is not None or not heard:
        return LinkState.WAITING
    return LinkState.SENDING if waiting else LinkState.IDLE


def _oldest_ms(connection: sqlite3.Connection, spans: Sequence[lanes.Span]) -> int | None:
    found = (lanes.oldest_waiting(connection, span) for span in spans)
    return min((event.wall_ms for event in found if event is not None), default=None)
