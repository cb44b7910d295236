"""Keeps one card reader listening, for ever, and knows whether its wire is alive."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devices.driving import CardReader, CardSeen, Remarks, TakeCard
from devices.errors import DeviceError, PasswordRefusedError, UnreachableError
from devices.link import Link
from devices.trouble import Remark, Trouble
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


_HARMLESS = frozenset({Trouble.NOT_TRIED, Trouble.RAW_CHECK})


@dataclass(frozen=True, slots=True)
class ReaderState:
    """How a reader is.

    Attributes:
        link: whether its wire is there.
        remark: why it is not, or what is odd about what it sends; None where all is well.
    """

    link: Link
    remark: Remark | None

    @property
    def needs_look(self) -> bool:
        """Whether somebody should look: not at one that is just quiet, or read all the same."""
        if self.remark is None:
            return self.link is not Link.ONLINE
        is_quiet = self.remark.trouble is Trouble.NEVER_HEARD and self.link is Link.ONLINE
        return not is_quiet and self.remark.trouble not in _HARMLESS


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
        self._link = Link.UNREACHABLE
        self._why: Remark | None = Remark(Trouble.NOT_TRIED)
        self._odd: Remark | None = None
        self._jitter = jitter
        self._changed = changed
        if isinstance(reader, Remarks):
            reader.on_remark(self._remarked)

    @property
    def link(self) -> Link:
        """Whether its wire is there."""
        return self._link

    @property
    def state(self) -> ReaderState:
        """How it is now."""
        is_tried = self._why is None or self._why.trouble is not Trouble.NOT_TRIED
        odd = self._odd or (None if is_tried else self._why)
        return ReaderState(self._link, self._why if self._why and is_tried else odd)

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
            self._set(Link.REFUSED, error)
        except UnreachableError as error:
            self._set(Link.UNREACHABLE, error)
        except DeviceError as error:
            self._set(Link.SILENT, error)

    def _set(self, link: Link, error: DeviceError | None = None) -> None:
        if link is Link.ONLINE is self._link:
            return
        why = None if error is None else error.remark or Remark(Trouble.OTHER)
        if (link, why) == (self._link, self._why):
            return
        if link is Link.ONLINE:
            log.info("reader %s is back", self.identity.id)
        elif self._is_news(why):
            log.warning("reader %s is lost: %s", self.identity.id, error)
        self._link, self._why = link, why
        self._changed(self.identity.id)

    def _is_news(self, why: Remark | None) -> bool:
        """Whether a loss is one for another reason than the last: a lost port is missing then."""
        before, now = (one.trouble if one else None for one in (self._why, why))
        return before is not now and (before, now) != (Trouble.PORT_LOST, Trouble.PORT_MISSING)

    def _remarked(self, remark: Remark | None) -> None:
        if remark is not None:
            about = dict(remark.params)
            log.warning("reader %s: %s %s", self.identity.id, remark.trouble.value, about)
        self._odd = remark
        self._changed(self.identity.id)
