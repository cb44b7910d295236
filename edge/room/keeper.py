"""Keeps one device true: the only task that speaks to it, whatever happens to its wire."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devices.capability import Capability, Offer
from devices.driving import Announcer, Driver, GivesWay, Reports, Teller
from devices.errors import (
    DeviceError,
    NotNowError,
    PasswordRefusedError,
    RefusedError,
    UnreachableError,
)
from devices.link import LINK_AFTER, Contact, Link
from devices.power import Power
from devices.reading import Quality, Value
from edge.room.book import Book
from edge.room.command import Command, CommandState
from edge.room.pace import MOVING_S, MoveTimes, Pace, reconnect_delay_s
from edge.room.switching import Switching
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


@dataclass(frozen=True, slots=True)
class _Unanswered:
    """A wish to a device that speaks by itself: how often it had spoken, and when it is late."""

    signs: int
    late_from_ms: int


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
        self.wishes = Wishes(self.book, self._on_command)
        self._switching = Switching(self.book)
        self._pace = Pace()
        self._wake = asyncio.Event()
        self._deadline: asyncio.TimerHandle | None = None
        self._missed = 0
        self._was_stale = False
        self._all_due = True
        self._asked_power = False
        self._saying = driver.saying if isinstance(driver, Teller) else None
        self._signs_before: dict[Capability, int] = {}
        self._unanswered: _Unanswered | None = None
        if isinstance(driver, Announcer):
            driver.on_news(self._wake.set)
        if isinstance(driver, GivesWay):
            driver.give_way(self._gives_way)

    def offer(self, capability: Capability) -> Offer | None:
        """How the device offers a capability; None where it does not."""
        return next((one for one in self.driver.offers if one.capability is capability), None)

    @property
    def is_off(self) -> bool:
        """Whether the device itself said that it is off, and nothing speaks against it since."""
        if self.link is Link.AWAY:
            return self._switching.off_was_said
        power = self.book.reading(Capability.POWER, self._surround.now_ms())
        return (
            self.link is Link.ONLINE
            and (power.value, power.quality) == (Power.OFF, Quality.CONFIRMED)
            and self.book.wanted.get(Capability.POWER) != Power.ON
        )

    @property
    def is_hearsay(self) -> bool:
        """Whether only the broker says that it is there, and no state of it would show that."""
        if not isinstance(self.driver, Teller) or self.link is not Link.ONLINE:
            return False
        return not self.driver.spoke() and not any(one.confirms for one in self.driver.offers)

    @property
    def gives_no_sign(self) -> bool:
        """Whether a device that speaks by itself said nothing since a wish that needs a sign."""
        wish = self._unanswered
        if wish is None or not isinstance(self.driver, Teller) or self.driver.signs() != wish.signs:
            return False
        return self._surround.now_ms() >= wish.late_from_ms

    def _on_command(self, command: Command) -> None:
        if isinstance(self.driver, Teller):
            self._watch_for_sign(self.driver, command)
        self._surround.command_changed(command)

    def _watch_for_sign(self, teller: Teller, command: Command) -> None:
        """After a wish that came to nothing, or of whose end nobody hears (a beep), it must speak.

        One that says that it is there and never tells of its wishes is taken at its word.
        """
        signs, now_ms = self._signs_before.get(command.capability), self._surround.now_ms()
        offer = self.offer(command.capability)
        if signs is None or offer is None or teller.signs() != signs:
            return
        if command.reason == "not_confirmed":
            self._unanswered = _Unanswered(signs, now_ms)
        is_done = command.state is CommandState.DONE and command.quality is Quality.ASSUMED
        must_speak = not teller.spoke() or teller.saying(command.capability) is not None
        is_first = self._unanswered is None or self._unanswered.signs != signs
        if is_done and must_speak and is_first:
            self._unanswered = _Unanswered(signs, now_ms + int(offer.settles_within_s * 1000))

    def ask(self, command: Command) -> None:
        """Take a wish. It goes out at once unless the device is being spoken to."""
        self._wake.set()  # first, so that the wire comes before whoever hears of the change
        self.wishes.know(self.driver.offers)
        self.wishes.add(command)
        self._watch_deadlines()

    def try_again(self) -> None:
        """Somebody mended it: try now, also after a refused password."""
        self._wake.set()

    async def run(self) -> None:
        """Speak with the device until cancelled."""
        try:
            while True:
                wait_s = await self._round()
                self._watch_deadlines()
                await self._rest(wait_s)
        finally:
            if self._deadline is not None:
                self._deadline.cancel()
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

    def _watch_deadlines(self) -> None:
        """Each command ends at its time, however long the device lets us wait for an answer."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        due_ms = self.wishes.next_deadline_ms
        if due_ms is not None:
            wait_s = max(0.001, (due_ms - self._surround.now_ms()) / 1000)
            self._deadline = asyncio.get_running_loop().call_later(wait_s, self._on_deadline)

    def _on_deadline(self) -> None:
        self._judge()
        self._watch_deadlines()

    async def _round(self) -> float | None:
        """One exchange with the device; returns the wait before the next, None = until woken."""
        self._asked_power = False
        try:
            reports = await self._exchange()
        except DeviceError as error:
            return self._on_error(error)
        self._missed = 0
        self._on_contact(Contact.ANSWERED, "")
        self._take(reports)
        if self.wishes.next_to_send(self._surround.now_ms()) is not None:
            return 0.0
        if self._all_due and not self.wishes.unconfirmed:
            return 0.0
        return self._pace.wait_s(self.book.power, unconfirmed=self.wishes.unconfirmed)

    async def _exchange(self) -> Reports:
        if self.link is not Link.ONLINE:
            self._all_due = self._asked_power = True
            return await self._read_fast()
        now_ms = self._surround.now_ms()
        command = self.wishes.next_to_send(now_ms)
        if command is not None:
            await self._send(command)
            if not self.wishes.unconfirmed:
                return {}
            self._pace.hurry()
            try:
                return await self._read_fast()  # at once: the panel waits for this answer
            except DeviceError:
                self._doubt(command)
                raise
        if self.wishes.unconfirmed and not self.wishes.must_look(now_ms):
            return await self._read_fast()
        return await self._read_all()

    async def _read_fast(self) -> Reports:
        return await self._read(self.driver.read_fast)

    async def _read_all(self) -> Reports:
        self._all_due, self._asked_power = False, True
        reports = await self._read(self.driver.read_all)
        self.wishes.looked()
        return reports

    async def _read(self, read: Callable[[], Awaitable[Reports]]) -> Reports:
        self.book.begin()
        try:
            return await read()
        except RefusedError:  # it answered, so the wire is well
            return {}

    def _gives_way(self) -> bool:
        """Whether a wish waits for the wire; what is not read for it is read after it."""
        if not self.wishes.wants_wire(self._surround.now_ms()):
            return False
        self._all_due = True
        return True

    async def _send(self, command: Command) -> None:
        self.wishes.going_out(command)
        if isinstance(self.driver, Teller):
            self._signs_before[command.capability] = self.driver.signs()
        try:
            await self.driver.write(command.capability, command.value)
        except NotNowError as error:
            again_ms = self._surround.now_ms() + NOT_NOW_PAUSE_MS
            self.wishes.not_now(command, str(error), again_ms)
        except RefusedError as error:
            self.wishes.refused(command, str(error))
        except DeviceError as error:
            if not error.went_out:
                self.wishes.not_sent(command)
                raise
            self._sent(command, taken=False)
            self._doubt(command)
        else:
            self._sent(command, taken=True)

    def _doubt(self, command: Command) -> None:
        """A wish went out and nothing was heard since: what was said before it is no report now."""
        if command.capability is Capability.POWER:
            is_news = self._switching.assume(self._surround.now_ms())
        else:
            is_news = self.book.doubt(command.capability)
        if is_news:
            self._surround.device_changed(self.identity.id)

    def _sent(self, command: Command, *, taken: bool) -> None:
        now_ms = self._surround.now_ms()
        offer = self.offer(command.capability)
        if command.capability is Capability.POWER and offer is not None:
            until_ms = now_ms + int(offer.settles_within_s * 1000)
            self._switching.sent(Power(str(command.value)), until_ms, taken=taken)
        self.wishes.sent(command, now_ms, taken=taken)

    def _take(self, reports: Reports) -> None:
        now_ms = self._surround.now_ms()
        changed = self.book.heard(reports, self.driver.offers, now_ms, self._saying)
        changed |= self._take_power(reports.get(Capability.POWER), now_ms)
        self._judge()
        if reports:
            self.wishes.forget_contradicted()
        stale = self._is_stale(now_ms)
        if changed or stale != self._was_stale:
            self._was_stale = stale
            self._surround.device_changed(self.identity.id)

    def _take_power(self, said: Value | None, now_ms: int) -> bool:
        """What is known of power after a report, or after none; whether that is news."""
        changed = False
        if said is not None:
            self._switching.heard(Power(str(said)))
        elif self._missed or self._asked_power:
            changed = self._switching.assume(now_ms)
        is_unsaid = said is None and self._asked_power and not self._missed
        if is_unsaid and not self._switching.is_under_way(now_ms):
            changed |= self.book.forget(Capability.POWER)  # what it was is not what it is
        self.moves.report(self.book.power or Power.UNKNOWN, now_ms)
        return changed

    def _judge(self) -> None:
        """End what is confirmed or late; of a device that obeyed and left nothing more comes."""
        now_ms = self._surround.now_ms()
        if self._missed and self._switching.went_off(now_ms):
            self._go_away(now_ms, "")
        self.wishes.judge(now_ms)

    def _on_error(self, error: DeviceError) -> float | None:
        self._missed += 1
        if self.link is Link.ONLINE and self._missed == 1:
            self._judge()
            return 0.0  # one lost answer is no lost device: ask once more at once
        contact, now_ms = _contact_of(error), self._surround.now_ms()
        if contact is Contact.PASSWORD_REFUSED:
            self._on_contact(contact, str(error))
            return None
        is_away = self.link is Link.AWAY or self._switching.left(contact, self._missed)
        if is_away or self._switching.went_off(now_ms):
            self._go_away(now_ms, str(error))
        elif self._switching.is_under_way(now_ms):
            self._take({})
            return MOVING_S  # it says nothing while it starts or stops: that is no loss
        else:
            self._judge()  # what had its time ends for that; what had not, for the loss
            self._switching.ended()
            self._on_contact(contact, str(error))
        self._take({})
        return reconnect_delay_s(self._surround.jitter())

    def _go_away(self, now_ms: int, reason: str) -> None:
        if self.link is not Link.AWAY:
            self._switching.go_away(now_ms)
            self.wishes.assume_off()
        self._on_contact(Contact.GONE_WHEN_OFF, reason or self.link_reason)

    def _on_contact(self, contact: Contact, reason: str) -> None:
        after = LINK_AFTER[self.link, contact]
        if after is not Link.ONLINE:
            self.wishes.lost(after.value)
        if (after, reason) == (self.link, self.link_reason):
            return
        self._tell(after, reason)
        if after is not self.link:
            self.link_since_ms = self._surround.now_ms()
        self.link, self.link_reason = after, reason
        self._surround.device_changed(self.identity.id)

    def _tell(self, after: Link, reason: str) -> None:
        """Say a loss once and a return once."""
        if after is Link.ONLINE:
            log.info("%s is back", self.identity.id)
        elif after is Link.AWAY:
            if self.link is not Link.AWAY:
                log.info("%s is off and not to be heard: %s", self.identity.id, reason)
        elif self.link is Link.ONLINE or not self.link_reason:
            log.warning("%s is lost: %s", self.identity.id, reason)

    def _is_stale(self, now_ms: int) -> bool:
        return any(one.quality is Quality.STALE for _, one in self.book.shown(now_ms))


def _contact_of(error: DeviceError) -> Contact:
    if isinstance(error, PasswordRefusedError):
        return Contact.PASSWORD_REFUSED
    if isinstance(error, UnreachableError):
        return Contact.NOT_OPENED
    return Contact.NO_ANSWER
