"""The open commands of one device: at most one for each capability, the newest wish wins."""

from collections.abc import Callable

from devices.capability import Capability, Offer
from devices.power import Power, PowerMove, move_for
from devices.reading import Quality
from edge.room.book import Book
from edge.room.command import Command, CommandState

QUEUED_FOR_MS = 10 * 60_000  # a wish may wait so long for a lamp to cool
_HELD_WHILE = {Power.WARMING, Power.COOLING}


class Wishes:
    """Which command is sent next, and when each has ended."""

    def __init__(self, book: Book, changed: Callable[[Command], None]) -> None:
        self._book = book
        self._changed = changed
        self._open: dict[Capability, Command] = {}
        self._offers: dict[Capability, Offer] = {}
        self._again_ms = 0

    def know(self, offers: tuple[Offer, ...]) -> None:
        """What the device offers now."""
        self._offers = {offer.capability: offer for offer in offers}

    @property
    def unconfirmed(self) -> bool:
        """Whether a command was sent and its effect is not reported yet."""
        return any(one.state is CommandState.RUNNING for one in self._open.values())

    @property
    def queued_power(self) -> str | None:
        """The wish for power that waits for the lamp, if one does."""
        command = self._open.get(Capability.POWER)
        waits = command is not None and command.state is CommandState.ACCEPTED
        return str(command.value) if command is not None and waits else None

    def add(self, command: Command) -> None:
        """Take a wish; an older one for the same capability is superseded."""
        older = self._open.get(command.capability)
        if older is not None:
            self._end(older, CommandState.SUPERSEDED, "newer_wish")
        self._open[command.capability] = command
        self._book.wanted[command.capability] = command.value
        self._changed(command)

    def next_to_send(self, now_ms: int) -> Command | None:
        """The command whose turn it is; those that must wait are told why."""
        for command in list(self._open.values()):
            if command.state is not CommandState.ACCEPTED or now_ms < self._again_ms:
                continue
            if self._may_go(command, now_ms):
                return command
        return None

    def _may_go(self, command: Command, now_ms: int) -> bool:
        power = self._book.power
        if command.capability is not Capability.POWER:
            if power in _HELD_WHILE:
                self._hold(command, str(power))
                return False
            return True
        move = move_for(power or Power.UNKNOWN, Power(str(command.value)))
        if move is PowerMove.QUEUE:
            command.deadline_ms = max(command.deadline_ms, now_ms + QUEUED_FOR_MS)
            self._hold(command, str(power))
        elif move is PowerMove.NOTHING:
            self.sent(command, now_ms)
        return move is PowerMove.SEND

    def _hold(self, command: Command, reason: str) -> None:
        if command.reason != reason and not command.ended:
            command.reason = reason
            self._changed(command)

    def sent(self, command: Command, now_ms: int) -> None:
        """The device took it, or is on its way there already: now it must be confirmed."""
        if command.ended:  # a newer wish came while this one was on the wire
            return
        offer = self._offers[command.capability]
        command.state, command.reason = CommandState.RUNNING, ""
        command.deadline_ms = now_ms + int(offer.settles_within_s * 1000)
        if offer.confirms:
            self._changed(command)
            return
        self._book.assume(command.capability, command.value, now_ms)
        command.quality = Quality.ASSUMED
        self._end(command, CommandState.DONE, "")

    def not_now(self, command: Command, reason: str, again_ms: int) -> None:
        """The device cannot do it yet: ask again after `again_ms`."""
        self._again_ms = again_ms
        self._hold(command, reason)

    def refused(self, command: Command, reason: str) -> None:
        """The device said no."""
        if not command.ended:
            self._end(command, CommandState.FAILED, reason)

    def judge(self, now_ms: int) -> None:
        """After a report: end what is confirmed, and what had time enough."""
        for command in list(self._open.values()):
            running = command.state is CommandState.RUNNING
            if running and self._book.agrees(command.capability, command.value):
                command.quality = Quality.CONFIRMED
                self._end(command, CommandState.DONE, "")
            elif running and self._failed_power(command):
                self._end(command, CommandState.FAILED, "fault")
            elif now_ms >= command.deadline_ms:
                state = CommandState.FAILED if running else CommandState.EXPIRED
                self._end(command, state, "not_confirmed" if running else command.reason or "late")

    def _failed_power(self, command: Command) -> bool:
        return command.capability is Capability.POWER and self._book.power is Power.FAULT

    def lost(self, reason: str) -> None:
        """The device is gone: nothing that is open can be promised."""
        for command in list(self._open.values()):
            self._end(command, CommandState.FAILED, reason)

    def forget_contradicted(self) -> None:
        """Somebody used the remote: what we wanted once is not wanted any more."""
        for capability, value in list(self._book.wanted.items()):
            if capability not in self._open and not self._book.agrees(capability, value):
                del self._book.wanted[capability]

    def _end(self, command: Command, state: CommandState, reason: str) -> None:
        command.state, command.reason = state, reason
        del self._open[command.capability]
        if state is not CommandState.DONE:
            self._book.wanted.pop(command.capability, None)
        self._changed(command)
