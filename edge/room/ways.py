"""The ways in which lessons and attendance reach the room's devices."""

import uuid
from collections.abc import Mapping

from devices.capability import Capability
from devices.errors import UnreachableError
from devices.link import Link
from devices.reading import Quality, Reading, Value
from drivers.transports.mqtt import MqttLink
from edge.lesson.ports import StepFailedError
from edge.room.command import Command, CommandState
from edge.room.room import NoSuchDeviceError, Room, Wish
from sync.wire.event import encode_body


class SceneDevices:
    """Devices as scenes speak to them."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._last: dict[tuple[str, Capability], Command] = {}
        self._asked_in: dict[tuple[str, Capability], int] = {}

    def offers(self, device: str, capability: Capability) -> bool:
        """Whether the device is here and takes wishes for the capability."""
        keeper = self._room.devices.get(device)
        offer = keeper.offer(capability) if keeper else None
        return offer is not None and offer.writable

    def having(self, capability: Capability) -> tuple[str, ...]:
        """Ids of the devices that take wishes for the capability."""
        return tuple(name for name in self._room.devices if self.offers(name, capability))

    async def command(self, device: str, capability: Capability, value: Value) -> None:
        """Ask for a value.

        Raises:
            StepFailedError: the wish does not fit.
        """
        wish = Wish(device, capability.value, value, "scene")
        keeper = self._room.devices.get(device)
        self._asked_in[device, capability] = keeper.book.exchange if keeper else 0
        try:
            self._last[device, capability] = self._room.command(wish, str(uuid.uuid4()))
        except (NoSuchDeviceError, ValueError) as error:
            raise StepFailedError(str(error)) from error

    def reading(self, device: str, capability: Capability) -> Reading:
        """What the device reported last."""
        return self._room.reading(device, capability)

    async def wait_until(
        self, device: str, capability: Capability, value: Value, limit_s: float
    ) -> bool:
        """Wait until the device reports a value after the wish for it; False at the limit.

        Raises:
            StepFailedError: the wish that was sent for it has failed.
        """
        command = self._last.get((device, capability))

        def is_so() -> bool:
            return self._has_come_true(device, capability, value, command)

        def is_over() -> bool:
            return is_so() or (command is not None and _has_failed(command))

        await self._room.wait_until(is_over, limit_s)
        if command is None or not _has_failed(command) or is_so():
            return is_so()
        if command.state is not CommandState.SUPERSEDED:
            raise StepFailedError(command.reason)
        return False

    def _has_come_true(
        self, device: str, capability: Capability, value: Value, command: Command | None
    ) -> bool:
        """Whether the wish is done, or the device says the value by itself since the wish."""
        if command is not None and _granted(command, value):
            return True
        keeper = self._room.devices.get(device)
        after = self._asked_in.get((device, capability), 0)
        return keeper is not None and keeper.book.agrees(capability, (value,), after=after)

    async def heard(self, limit_s: float) -> None:
        """Wait until every device has answered once, or the limit passed."""
        keepers = self._room.devices.values()
        await self._room.wait_until(
            lambda: all(one.link in {Link.ONLINE, Link.AWAY} for one in keepers), limit_s
        )


def _granted(command: Command, value: Value) -> bool:
    """Whether it is done, and was for this value, or no device will ever say more of it."""
    is_done = command.state is CommandState.DONE
    return is_done and (command.value == value or command.quality is Quality.ASSUMED)


def _has_failed(command: Command) -> bool:
    return command.ended and command.state is not CommandState.DONE


class TapAnswers:
    """Readers and buzzers as attendance speaks to them."""

    def __init__(self, room: Room, room_id: str, mqtt: MqttLink | None) -> None:
        self._room = room
        self._room_id = room_id
        self._mqtt = mqtt

    async def show(self, reader_id: str, feedback: Mapping[str, str | int | None]) -> None:
        """Tell a reader what became of a touch; on MQTT too where its own wire goes one way.

        Raises:
            UnreachableError: the broker is away.
        """
        keeper = self._room.readers.get(reader_id)
        if keeper is not None and keeper.identity.feedback == "mqtt":
            await keeper.reader.show({k: v for k, v in feedback.items() if v is not None})
            return
        if self._mqtt is None:
            return
        topic = f"lophoc/{self._room_id}/readers/{reader_id}/feedback"
        await self._mqtt.publish(topic, encode_body(feedback), qos=1)

    async def beep(self, device_id: str, pattern: str) -> None:
        """Sound a buzzer.

        Raises:
            UnreachableError: there is no such buzzer.
        """
        wish = Wish(device_id, Capability.BEEPER.value, pattern, "attendance", audited=False)
        try:
            self._room.command(wish, str(uuid.uuid4()))
        except (NoSuchDeviceError, ValueError) as error:
            raise UnreachableError(str(error)) from error
