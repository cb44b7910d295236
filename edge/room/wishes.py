"""The open commands of one device: at most one for each capability, the newest wish wins.

What a wish does now, and whether it has come true, is judged only by what the device said after
the wish: what it said before may have changed by its remote control.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from devices.capability import Capability, Offer
from devices.power import Power, PowerMove, move_for
from devices.reading import Quality, Value
from edge.room.book import Book
from edge.room.command import Command, CommandState

QUEUED_FOR_MS = 10 * 60_000  # a wish may wait so long for a lamp to cool
SENT_AT_MOST = 2  # a wish whose answer was lost goes out once more where a report denies it
_HELD_WHILE = {Power.WARMING, Power.COOLING}


class _Turn(Enum):
    """What an open wish needs."""

    SEND = auto()
    LOOK = auto()  # the device must be asked for its power first
    HOLD = auto()
    UNDER_WAY = auto()  # the device is on its way there by itself
    WAIT = auto()  # for a report, or for its time


_TURN_FOR = {
    PowerMove.SEND: _Turn.SEND,
    PowerMove.QUEUE: _Turn.HOLD,
    PowerMove.NOTHING: _Turn.UNDER_WAY,
}


@dataclass(slots=True)
class _Open:
    """One open command.

    Attributes:
        command: the command itself.
        after: only reports of exchanges after this one judge it.
        again_ms: not to be sent before.
        looked: the device was asked for its power since the wish.
        sent: how often it went out.
        taken: the device said that it took it.
        queued: it has had its long deadline.
    """

    command: Command
    after: int
    again_ms: int = 0
    looked: bool = False
    sent: int = 0
    taken: bool = False
    queued: bool = False

    @property
    def is_power(self) -> bool:
        return self.command.capability is Capability.POWER


@dataclass(frozen=True, slots=True)
class _Said:
    """The power that was sent last, until a report says so or its time has passed."""

    power: Value
    after: int
    until_ms: int


class Wishes:
    """Which command is sent next, and when each has ended."""

    def __init__(self, book: Book, changed: Callable[[Command], None]) -> None:
        self._book = book
        self._changed = changed
        self._open: dict[Capability, _Open] = {}
        self._offers: dict[Capability, Offer] = {}
        self._said: _Said | None = None

    def know(self, offers: tuple[Offer, ...]) -> None:
        """What the device offers now."""
        self._offers |= {offer.capability: offer for offer in offers}

    @property
    def unconfirmed(self) -> bool:
        """Whether a command was sent and its effect is not reported yet."""
        return any(one.command.state is CommandState.RUNNING for one in self._open.values())

    @property
    def queued_power(self) -> str | None:
        """The wish for power that waits for the lamp, if one does."""
        one = self._open.get(Capability.POWER)
        waits = one is not None and one.command.state is CommandState.ACCEPTED
        return str(one.command.value) if one is not None and waits else None

    @property
    def next_deadline_ms(self) -> int | None:
        """When the first of them has to end; None where none is open."""
        return min((one.command.deadline_ms for one in self._open.values()), default=None)

    def add(self, command: Command) -> None:
        """Take a wish; an older one for the same capability is superseded."""
        older = self._open.get(command.capability)
        if older is not None:
            self._end(older.command, CommandState.SUPERSEDED, "newer_wish")
        self._open[command.capability] = _Open(command, self._book.exchange)
        self._book.wanted[command.capability] = command.value
        self._changed(command)

    def wants_wire(self, now_ms: int) -> bool:
        """Whether a wish waits for nothing but the wire."""
        turns = (self._turn(one, now_ms) for one in self._open.values())
        return any(turn in {_Turn.SEND, _Turn.LOOK} for turn in turns)

    def must_look(self, now_ms: int) -> bool:
        """Whether a wish waits until the device was asked for its power."""
        return any(self._turn(one, now_ms) is _Turn.LOOK for one in self._open.values())

    def looked(self) -> None:
        """The device was asked for its power since these wishes came, whatever it answered."""
        for one in self._open.values():
            one.looked = one.looked or one.after < self._book.exchange

    def next_to_send(self, now_ms: int) -> Command | None:
        """The command whose turn it is; those that must wait are told why."""
        for one in list(self._open.values()):
            turn = self._turn(one, now_ms)
            if turn is _Turn.SEND:
                return one.command
            if turn is _Turn.HOLD:
                self._queue(one, now_ms)
            elif turn is _Turn.UNDER_WAY:
                self._run(one, now_ms)
        return None

    def _turn(self, one: _Open, now_ms: int) -> _Turn:
        if one.sent:
            return _Turn.SEND if self._was_lost(one) else _Turn.WAIT
        if now_ms < one.again_ms:
            return _Turn.WAIT
        if not one.is_power:
            return _Turn.HOLD if self._book.power in _HELD_WHILE else _Turn.SEND
        return self._power_turn(one)

    def _power_turn(self, one: _Open) -> _Turn:
        is_fresh = self._book.is_after(Capability.POWER, one.after)
        if one.looked and not is_fresh:
            return _Turn.SEND  # it was asked and did not say: not known is neither on nor off
        turn = _TURN_FOR[self._move(one)]
        if turn is not _Turn.SEND and not is_fresh:
            return _Turn.LOOK
        if turn is _Turn.UNDER_WAY and self._is_contrary(one):
            return _Turn.SEND
        is_running = one.command.state is CommandState.RUNNING
        return _Turn.WAIT if turn is _Turn.UNDER_WAY and is_running else turn

    def _move(self, one: _Open) -> PowerMove:
        return move_for(self._book.power or Power.UNKNOWN, Power(str(one.command.value)))

    def _is_contrary(self, one: _Open) -> bool:
        """Whether the other power was sent last, so that the device is on its way from here."""
        return self._said is not None and self._said.power != one.command.value

    def _was_lost(self, one: _Open) -> bool:
        """Whether it went out, no answer came, and what the device says since denies it."""
        is_fresh = self._book.is_after(one.command.capability, one.after)
        if one.taken or one.sent >= SENT_AT_MOST or not is_fresh:
            return False
        return self._move(one) is PowerMove.SEND if one.is_power else not self._agrees(one)

    def _queue(self, one: _Open, now_ms: int) -> None:
        command = one.command
        if one.is_power and not one.queued:
            one.queued = True
            command.deadline_ms = max(command.deadline_ms, now_ms + QUEUED_FOR_MS)
        self._hold(command, str(self._book.power))

    def _hold(self, command: Command, reason: str) -> None:
        if command.reason != reason and not command.ended:
            command.reason = reason
            self._changed(command)

    def _run(self, one: _Open, now_ms: int) -> None:
        """From now on it must be confirmed within the time that the device's kind takes."""
        command = one.command
        offer = self._offers[command.capability]
        command.state, command.reason = CommandState.RUNNING, ""
        command.deadline_ms = now_ms + int(offer.settles_within_s * 1000)
        if offer.confirms:
            self._changed(command)
            return
        self._book.assume(command.capability, command.value, now_ms)
        command.quality = Quality.ASSUMED
        self._end(command, CommandState.DONE, "")

    def going_out(self, command: Command) -> None:
        """It is put on the wire now: only what the device says from here on is about it."""
        for one in self._this(command):
            one.after, one.sent = self._book.exchange, one.sent + 1

    def sent(self, command: Command, now_ms: int, *, taken: bool = True) -> None:
        """It went out: now it must be confirmed.

        Args:
            command: the one that went out.
            now_ms: boot-monotonic milliseconds.
            taken: whether the device said so; else its answer was lost.
        """
        offer = self._offers[command.capability]
        if command.capability is Capability.POWER:
            until_ms = now_ms + int(offer.settles_within_s * 1000)
            self._said = _Said(command.value, self._book.exchange, until_ms)
        for one in self._this(command):
            one.taken = one.taken or taken
            self._run(one, now_ms)

    def not_now(self, command: Command, reason: str, again_ms: int) -> None:
        """The device cannot do it yet: ask again after `again_ms`."""
        for one in self._this(command):
            one.sent, one.again_ms = 0, again_ms
            self._hold(command, reason)

    def not_sent(self, command: Command) -> None:
        """It did not reach the wire."""
        for one in self._this(command):
            one.sent -= 1

    def refused(self, command: Command, reason: str) -> None:
        """The device said no."""
        if not command.ended:
            self._end(command, CommandState.FAILED, reason)

    def _this(self, command: Command) -> Iterator[_Open]:
        """The command where it is still open: a newer wish may have come meanwhile."""
        one = self._open.get(command.capability)
        if one is not None and one.command is command:
            yield one

    def judge(self, now_ms: int) -> None:
        """After a report, and as time passes: end what is confirmed, and what had time enough."""
        self._forget_said(now_ms)
        for one in list(self._open.values()):
            command = one.command
            if self._has_come_true(one):
                command.quality = Quality.CONFIRMED
                self._end(command, CommandState.DONE, "")
            elif self._has_failed(one):
                self._end(command, CommandState.FAILED, "fault")
            elif now_ms >= command.deadline_ms:
                self._give_up(command)

    def _forget_said(self, now_ms: int) -> None:
        said = self._said
        if said is None:
            return
        came_true = self._book.agrees(Capability.POWER, (said.power,), after=said.after)
        if came_true or now_ms >= said.until_ms:
            self._said = None

    def _has_come_true(self, one: _Open) -> bool:
        if one.command.state is CommandState.RUNNING:
            return self._agrees(one)
        return one.is_power and not self._is_contrary(one) and self._agrees(one)

    def _agrees(self, one: _Open) -> bool:
        command = one.command
        return self._book.agrees(command.capability, self._shown_as(command), after=one.after)

    def _shown_as(self, command: Command) -> tuple[Value, ...]:
        """What the device reports where the wish has come true."""
        offer = self._offers.get(command.capability)
        return offer.shown_as(command.value) if offer is not None else (command.value,)

    def _has_failed(self, one: _Open) -> bool:
        is_fresh = self._book.is_after(Capability.POWER, one.after)
        is_running = one.command.state is CommandState.RUNNING
        return one.is_power and is_running and is_fresh and self._book.power is Power.FAULT

    def _give_up(self, command: Command) -> None:
        if command.state is CommandState.RUNNING:
            self._end(command, CommandState.FAILED, "not_confirmed")
        else:
            self._end(command, CommandState.EXPIRED, command.reason or "late")

    def assume_off(self) -> None:
        """The device went away as it was switched off: that is all that can be known of it."""
        self._said = None
        one = self._open.get(Capability.POWER)
        if one is not None and one.sent and one.command.value == Power.OFF:
            one.command.quality = Quality.ASSUMED
            self._end(one.command, CommandState.DONE, "")

    def lost(self, reason: str) -> None:
        """The device is gone: nothing that is open can be promised."""
        for one in list(self._open.values()):
            self._end(one.command, CommandState.FAILED, reason)

    def forget_contradicted(self) -> None:
        """Somebody used the remote: what we wanted once is not wanted any more."""
        for capability, value in list(self._book.wanted.items()):
            offer = self._offers.get(capability)
            shown = offer.shown_as(value) if offer is not None else (value,)
            if capability not in self._open and not self._book.agrees(capability, shown):
                del self._book.wanted[capability]

    def _end(self, command: Command, state: CommandState, reason: str) -> None:
        command.state, command.reason = state, reason
        del self._open[command.capability]
        if state is not CommandState.DONE:
            self._book.wanted.pop(command.capability, None)
        self._changed(command)
