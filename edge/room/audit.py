"""Writes who asked what of a device, and what became of it, into the audit lane.

Beside the wire, not before it: a press does not wait for the disk.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from edge.room.command import Command
from school.facts import Json

log = logging.getLogger(__name__)

WAITING_AT_MOST = 1_000
AFTER_S = 0.05

Append = Callable[[str, Mapping[str, Json]], Awaitable[object]]
"""Stores one audit fact: kind and body."""


class Audit:
    """Takes commands as they change; `run` stores them."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[str, Mapping[str, Json]]] = asyncio.Queue(WAITING_AT_MOST)
        self._begun: set[str] = set()

    def note(self, command: Command) -> None:
        """A command began, moved or ended."""
        if not command.audited:
            return
        if command.id not in self._begun:
            self._begun.add(command.id)
            self._put("command", _asked(command))
        if command.ended:
            self._begun.discard(command.id)
            self._put("command.result", _ended(command))

    async def run(self, append: Append) -> None:
        """Store what was noted until cancelled, a moment later: the press has its way first."""
        while True:
            due = [await self._queue.get()]
            await asyncio.sleep(AFTER_S)
            while not self._queue.empty():
                due.append(self._queue.get_nowait())
            await asyncio.gather(*(append(kind, body) for kind, body in due))

    def _put(self, kind: str, body: Mapping[str, Json]) -> None:
        if self._queue.full():
            log.error("the audit queue is full; a %s was dropped", kind)
            return
        self._queue.put_nowait((kind, body))


def _asked(command: Command) -> Mapping[str, Json]:
    return {
        "id": command.id,
        "device": command.device,
        "capability": command.capability.value,
        "value": command.value,
        "by": command.by,
    }


def _ended(command: Command) -> Mapping[str, Json]:
    body: dict[str, Json] = {"id": command.id, "state": command.state.value}
    return body | {"reason": command.reason[:200]} if command.reason else body
