"""Keeps one device true: the only task that speaks to it, whatever happens to its wire."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from devices.capability import Capability, Offer
from devices.driving import Announcer, Driver, Reports
from devices.errors import (
    DeviceError,
    NotNowError,
    PasswordRefusedError,
    RefusedError,
    UnreachableError,
)
from devices.link import LINK_AFTER, Contact, Link
from devices.reading import Quality
from edge.room.book import Book
from edge.room.command import Command
from edge.room.pace import MoveTimes, Pace, reconnect_delay_s
from edge.room.wishes import Wishes

log = logging.getLogger(__name__)

NOT_NOW_PAUSE_MS = 2_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is in this room, as the panel shows it."""

    id: str
    name: str
    kind: str
    driver: str
    tested_on: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class Surround:
    """What a keeper needs of the agent.

    Attributes:
        now_ms: boot-monotonic milliseconds.
        jitter: a random number in 0..1.
        device_changed: told the id of a device whose picture on the panel has changed.
        command_changed: told of each step of a command; what its device shows may have changed.
    """

    now_ms: Callable[[], int]
    jitter: Callable[[], float]
    device_changed: Callable[[str], None]
    command_changed: Callable[[Command], None]


class Keeper:
    """One device: its link, what it reported, what is wanted of it."""

    def __init__(self, identity: Identity, driver: Driver, surround: Surround) -> None:
        self.identity = identity
        self.driver = driver
        self.link = Link.UNREACHABLE
        self.link_since_ms = surround.now_ms()
        self.link_reason = ""
        self.book = Book()
        self.moves = MoveTimes()
        self._surround = surround
        self.wishes = Wishes(self.book, surround.command_changed)
        self._pace = Pace()
        self._wake = asyncio.Event()
        self._missed = 0
        self._was_stale = False
        self._heard_once = False
        if isinstance(driver, Announcer):
            driver.on_news(self._wake.set)

    def offer(self, capability: Capability) -> Offer | None:
        """How the device offers a capability; None where it does not."""
        return next((one for one in self.driver.offers if one.capability is capability), None)

    def ask(self, command: Command) -> None:
        """Take a wish. It goes out at once unless the device is being spoken to."""
        self._wake.set()  # first, so that the wire comes before whoever hears of the change
        self.wishes.know(self.driver.offers)
        self.wishes.add(command)

    def try_again(self) -> None:
        """Somebody mended it: try now, also after a refused password."""
        self._wake.set()

    async def run(self) -> None:
        """Speak with the device until cancelled."""
        try:
            while True:
                wait_s = await self._round()
                await self._rest(wait_s)
        finally:
            await self.driver.close()

    async def _rest(self, wait_s: float | None) -> None:
        if wait_s is None or wait_s > 0:
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
        else:
            await asyncio.sleep(0)
        self._wake.clear()

    async def _round(self) -> float | None:
        """One exchange with the device; returns the wait before the next, None = until woken."""
        try:
            reports = await self._exchange()
        except DeviceError as error:
            return self._on_error(error)
        self._on_contact(Contact.ANSWERED, "")
        self._missed = 0
        self._take(reports)
        if self.wishes.next_to_send(self._surround.now_ms()) is not None:
            return 0.0
        return self._pace.wait_s(self.book.power, unconfirmed=self.wishes.unconfirmed)

    async def _exchange(self) -> Reports:
        if self.link is not Link.ONLINE or not self._heard_once:
            reports = await self.driver.read_all()
            self._heard_once = True
            return reports
        command = self.wishes.next_to_send(self._surround.now_ms())
        if command is not None:
            await self._send(command)
            if not self.wishes.unconfirmed:
                return {}
            self._pace.hurry()
            return await self.driver.read_fast()  # at once: the panel waits for this answer
        hurried = self.wishes.unconfirmed
        return await (self.driver.read_fast() if hurried else self.driver.read_all())

    async def _send(self, command: Command) -> None:
        try:
            await self.driver.write(command.capability, command.value)
        except NotNowError as error:
            again_ms = self._surround.now_ms() + NOT_NOW_PAUSE_MS
            self.wishes.not_now(command, str(error), again_ms)
        except RefusedError as error:
            self.wishes.refused(command, str(error))
        else:
            self.wishes.sent(command, self._surround.now_ms())

    def _take(self, reports: Reports) -> None:
        now_ms = self._surround.now_ms()
        changed = self.book.heard(reports, self.driver.offers, now_ms)
        if Capability.POWER in reports and self.book.power is not None:
            self.moves.report(self.book.power, now_ms)
        self.wishes.judge(now_ms)
        if reports:
            self.wishes.forget_contradicted()
        stale = self._is_stale(now_ms)
        if changed or stale != self._was_stale:
            self._was_stale = stale
            self._surround.device_changed(self.identity.id)

    def _on_error(self, error: DeviceError) -> float | None:
        if isinstance(error, RefusedError):  # it answered, so the wire is well
            self._on_contact(Contact.ANSWERED, "")
            return self._pace.wait_s(self.book.power, unconfirmed=False)
        self._missed += 1
        if self.link is Link.ONLINE and self._missed == 1:
            return 0.0  # one lost answer is no lost device: ask once more at once
        contact = _contact_of(error)
        self._on_contact(contact, str(error))
        self._take({})
        if contact is Contact.PASSWORD_REFUSED:
            return None
        return reconnect_delay_s(self._surround.jitter())

    def _on_contact(self, contact: Contact, reason: str) -> None:
        after = LINK_AFTER[self.link, contact]
        if after is not Link.ONLINE:
            self.wishes.lost(after.value)
        if (after, reason) == (self.link, self.link_reason):
            return
        if after is Link.ONLINE:
            log.info("%s is back", self.identity.id)
        elif self.link is Link.ONLINE or not self.link_reason:
            log.warning("%s is lost: %s", self.identity.id, reason)
        if after is not self.link:
            self.link_since_ms = self._surround.now_ms()
        self.link, self.link_reason = after, reason
        self._surround.device_changed(self.identity.id)

    def _is_stale(self, now_ms: int) -> bool:
        return any(one.quality is Quality.STALE for _, one in self.book.shown(now_ms))


def _contact_of(error: DeviceError) -> Contact:
    if isinstance(error, PasswordRefusedError):
        return Contact.PASSWORD_REFUSED
    if isinstance(error, UnreachableError):
        return Contact.NOT_OPENED
    return Contact.NO_ANSWER
