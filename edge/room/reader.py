"""Keeps one card reader listening, for ever, and knows whether its wire is alive."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devices.driving import CardReader, CardSeen, TakeCard
from devices.errors import DeviceError, PasswordRefusedError, UnreachableError
from devices.link import Link
from edge.room.pace import reconnect_delay_s
from edge.store.errors import StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReaderIdentity:
    """Who a reader is, and how it answers a touch.

    Attributes:
        id: reader id.
        name: name on the panel.
        driver: name in the catalogue.
        feedback: `mqtt`, `buzzer:DEVICE` or `none`.
    """

    id: str
    name: str
    driver: str
    feedback: str


class ReaderKeeper:
    """One reader."""

    def __init__(
        self,
        identity: ReaderIdentity,
        reader: CardReader,
        jitter: Callable[[], float],
        changed: Callable[[str], None],
    ) -> None:
        self.identity = identity
        self.reader = reader
        self.link = Link.UNREACHABLE
        self._jitter = jitter
        self._changed = changed

    async def run(self, take: Callable[[str, CardSeen], Awaitable[None]]) -> None:
        """Listen until cancelled; each touch goes to `take` with the reader's id."""

        async def take_here(card: CardSeen) -> None:
            self._set(Link.ONLINE)
            try:
                await take(self.identity.id, card)
            except StoreError as error:
                log.warning("a touch at %s was not stored: %s", self.identity.id, error)
                if card.device_key is not None:  # its reader can deliver it again
                    raise

        try:
            while True:
                await self._listen(take_here)
                await asyncio.sleep(reconnect_delay_s(self._jitter()))
        finally:
            await self.reader.close()

    async def _listen(self, take: TakeCard) -> None:
        try:
            await self.reader.run(take, lambda: self._set(Link.ONLINE))
        except PasswordRefusedError as error:
            self._set(Link.REFUSED, str(error))
        except UnreachableError as error:
            self._set(Link.UNREACHABLE, str(error))
        except DeviceError as error:
            self._set(Link.SILENT, str(error))

    def _set(self, link: Link, reason: str = "") -> None:
        if link is self.link:
            return
        if link is Link.ONLINE:
            log.info("reader %s is back", self.identity.id)
        elif self.link is Link.ONLINE:
            log.warning("reader %s is lost: %s", self.identity.id, reason)
        self.link = link
        self._changed(self.identity.id)
