"""An emulated MQTT card reader: it numbers its touches and shows what became of them.

Source: our own topics, design §4 (readers) and protocol notes §5.9 and §6.1.
"""

import json

from drivers.emulators.emulator import Fault, Settings, State, spoil
from drivers.emulators.mqtt_client import Broker, DeviceMqtt, Heard

_CARD_SIZES = (4, 5, 7, 10)  # bytes; it reads both 13.56 MHz and 125 kHz


class MqttReaderEmulator:
    """A reader behind the room's broker.

    With `wrong_password` the broker would not let it in, so it stays away as if unplugged.

    Args:
        settings: room, id, chance.
        broker: the room's broker.
    """

    def __init__(self, settings: Settings, broker: Broker) -> None:
        self.fault = Fault.NONE
        self._settings = settings
        self._boot = settings.noise(4).hex()
        self._touches = 0
        self._unsent = 0
        self._answers: dict[int, str] = {}
        topic = f"lophoc/{settings.room}/readers/{settings.id}"
        self._topic = topic
        self._mqtt = DeviceMqtt(broker, topic, "feedback", self._take_feedback, _nothing)

    async def start(self) -> str:
        """Connect and stay connected; gives the reader's topic."""
        self._mqtt.plug_in()
        return self._topic

    async def close(self) -> None:
        """Leave the broker in order."""
        await self._mqtt.leave()

    async def set_fault(self, fault: Fault) -> None:
        """Break it or mend it."""
        self.fault = fault
        if fault in (Fault.UNPLUGGED, Fault.WRONG_PASSWORD):
            await self._mqtt.pull_out()
        else:
            self._mqtt.plug_in()

    def state(self) -> State:
        """What the reader believes of itself."""
        last = self._answers.get(self._touches)
        return {
            "online": self._mqtt.up,
            "touches": self._touches,
            "unsent": self._unsent,
            "last_outcome": last,
        }

    async def touch(self, uid: str) -> None:
        """Report one card; a touch without a broker is lost, and the reader counts it so.

        Raises:
            ValueError: the number is not 8, 10, 14 or 20 hex digits.
        """
        card = _card(uid)
        self._touches += 1
        report = {"uid": card, "n": self._touches, "boot": self._boot}
        payload = spoil(json.dumps(report).encode(), self.fault, self._settings.noise)
        if not payload or not self._mqtt.publish("card", payload, retain=False):
            self._unsent += 1

    def _take_feedback(self, heard: Heard) -> None:
        if heard.retain or self.fault is Fault.SILENT:
            return
        try:
            feedback = json.loads(heard.payload)
            number, outcome = feedback["n"], str(feedback["outcome"])
        except (ValueError, TypeError, KeyError):
            return  # not for this touch, or not from our room
        if isinstance(number, int):
            self._answers = {number: outcome}


def _nothing() -> None:
    """The reader has nothing to say when it comes up."""


def _card(uid: str) -> str:
    try:
        size = len(bytes.fromhex(uid)) if uid == uid.strip() and " " not in uid else 0
    except ValueError:
        size = 0
    if size not in _CARD_SIZES:
        raise ValueError(
            f"this reader's cards have 8, 14 or 20 hex digits (MIFARE) or 10 (EM4100), not {uid!r}"
        )
    return uid.upper()
