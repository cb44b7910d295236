"""Our own screens, buzzers and relays behind the room's MQTT broker.

Topics (see `docs/add-a-driver.md`): we publish `…/set` (QoS 1, never retained, with an id and an
expiry); the device publishes `…/state` and `…/status` (both retained, status also as its will).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from devices.capability import Capability, Offer
from devices.driving import Reports
from devices.errors import MalformedReplyError, RefusedError, SilentError, UnreachableError
from devices.reading import Value
from drivers.codecs import mqtt_relay as codec
from drivers.tables.mqtt_relay import RelayKind, RelayTimes
from drivers.transports.mqtt import MqttLink, MqttMessage

_log = logging.getLogger(__name__)


class MqttRelay:
    """One screen, buzzer or relay: one capability."""

    def __init__(
        self,
        link: MqttLink,
        topic: str,
        kind: RelayKind,
        *,
        id_prefix: str,
        times: RelayTimes | None = None,
    ) -> None:
        """Speak under `topic`.

        Args:
            link: the room's link to its broker.
            topic: `lophoc/<room>/relays/<id>`.
            kind: its capability and words.
            id_prefix: what makes the command ids of this start unlike those of any other.
            times: other than the usual.
        """
        self._link = link
        self._topic = topic
        self._kind = kind
        self._id_prefix = id_prefix
        self._times = times or RelayTimes()
        self._sent = 0
        self._listening = False
        self._online: bool | None = None
        self._value: Value | None = None
        self._messages = 0
        self._saying: int | None = None
        self._spoke = False
        self._signs = 0
        self._news = asyncio.Event()
        self._wakes: list[Callable[[], None]] = []
        self._complained = False
        link.on_change(self._on_link)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Its one capability."""
        return (self._kind.offer,)

    @property
    def notes(self) -> Mapping[str, str]:
        """Nothing: it does not say who made it."""
        return {}

    def on_news(self, wake: Callable[[], None]) -> None:
        """Call `wake` when the device or the broker said something new."""
        self._wakes.append(wake)

    def saying(self, capability: Capability) -> int | None:
        """Number of the message in which it said its present state; None = the broker kept it.

        A kept state is no proof: a broker that comes back gives out what a device said long ago
        (mosquitto#477).
        """
        del capability
        return self._saying

    def spoke(self) -> bool:
        """Whether more is known than what the broker kept of it."""
        return self._spoke

    def signs(self) -> int:
        """How often it said something itself, its state or that it is online."""
        return self._signs

    async def read_all(self) -> Reports:
        """What the device last said of itself on this connection.

        Raises:
            UnreachableError: no broker, or the device's status says offline.
            SilentError: the device was not heard of.
        """
        if not self._link.connected:
            raise UnreachableError("the room's MQTT broker is not connected")
        self._listen()
        if not self._was_heard():
            await self._wait_until_heard()
        if self._online is False:
            raise UnreachableError(f"the device at {self._topic} is offline")
        return {} if self._value is None else {self._kind.offer.capability: self._value}

    async def read_fast(self) -> Reports:
        """The same: the device says by itself what moves."""
        return await self.read_all()

    async def write(self, capability: Capability, value: Value) -> None:
        """Publish one wish; the broker has it when this returns, the device says the rest.

        Raises:
            RefusedError: not a wish for this device.
            UnreachableError: no broker, or the device's status says offline.
            SilentError: the broker did not acknowledge.
        """
        if capability is not self._kind.offer.capability or value not in self._kind.sent:
            raise RefusedError(f"the device at {self._topic} takes no {capability} {value!r}")
        if self._online is False:
            raise UnreachableError(f"the device at {self._topic} is offline")
        self._sent += 1
        wish = codec.encode_set(
            f"{self._id_prefix}-{self._sent}", self._kind.sent[value], self._times.expires_in_ms
        )
        await self._link.publish(f"{self._topic}/set", wish)

    async def close(self) -> None:
        """Listen no more."""
        self._listening = False
        self._link.unsubscribe(f"{self._topic}/state")
        self._link.unsubscribe(f"{self._topic}/status")

    def _listen(self) -> None:
        if not self._listening:
            self._link.subscribe(f"{self._topic}/status", self._on_status)
            self._link.subscribe(f"{self._topic}/state", self._on_state)
            self._listening = True

    def _was_heard(self) -> bool:
        if self._online is False:
            return True
        return self._value is not None or (self._online is True and not self._kind.reported)

    async def _wait_until_heard(self) -> None:
        try:
            async with asyncio.timeout(self._times.heard_within_s):
                while not self._was_heard():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            if self._online is None:
                raise SilentError(f"the device at {self._topic} was not heard of") from error

    def _on_link(self, connected: bool) -> None:  # noqa: FBT001 - the link's own signature
        if not connected:
            self._online = self._value = None
            self._spoke = False
        self._tell()

    async def _on_status(self, message: MqttMessage) -> None:
        try:
            self._online = codec.decode_online(message.payload)
        except MalformedReplyError as error:
            self._complain(str(error))
            return
        if self._online and not message.retain:
            self._note_sign()
        self._tell()

    async def _on_state(self, message: MqttMessage) -> None:
        try:
            word = codec.decode_state(message.payload)
        except MalformedReplyError as error:
            self._complain(str(error))
            return
        reported = self._kind.reported
        if reported and word not in reported:
            self._complain(f"the state {word!r}, which is not of its kind")
            return
        self._value = reported.get(word)  # of a buzzer it is no state, only a sign of life
        self._messages += 1
        self._saying = None if message.retain else self._messages
        if not message.retain:
            self._note_sign()
            self._online = True  # its old will may have come after it (wallbox-mqtt-bridge#107)
        self._tell()

    def _note_sign(self) -> None:
        self._spoke = True
        self._signs += 1

    def _tell(self) -> None:
        self._news.set()
        for wake in self._wakes:
            wake()

    def _complain(self, complaint: str) -> None:
        if not self._complained:
            _log.warning("%s sent %s", self._topic, complaint)
        self._complained = True
