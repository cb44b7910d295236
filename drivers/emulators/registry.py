"""Every emulated device by the name of its driver."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from drivers.emulators.ascii_reader import AsciiReaderEmulator
from drivers.emulators.emulator import Emulator, Settings
from drivers.emulators.mqtt_client import Broker
from drivers.emulators.mqtt_reader import MqttReaderEmulator
from drivers.emulators.mqtt_relay import MqttRelayEmulator
from drivers.emulators.pjlink import PjlinkEmulator
from drivers.emulators.rdm6300 import Rdm6300Emulator
from drivers.emulators.samsung_mdc import MdcSerialEmulator, MdcTcpEmulator
from drivers.emulators.table_fed import EscVp21Talk, EscVpNetTalk, StxEtxTalk, on_serial, on_tcp
from drivers.families import epson_escvp21, panasonic_serial

Place = int | Path | Broker
"""Where an emulator is to be: a TCP port, the link of a pseudo-terminal, or a broker."""

PLACE_WORDS: Mapping[type, str] = {
    int: "--tcp PORT",
    Path: "--pty LINK",
    Broker: "--mqtt HOST:PORT",
}
"""How each kind of place is written on the command line."""


@dataclass(frozen=True, slots=True)
class EmulatorEntry:
    """How one driver's other end is built.

    Attributes:
        tcp: builds it on a TCP port; None = it has none.
        pty: builds it on a serial line.
        mqtt: builds it behind a broker.
        default_id: the id it has where none is given.
    """

    tcp: Callable[[Settings, int], Emulator] | None = None
    pty: Callable[[Settings, Path], Emulator] | None = None
    mqtt: Callable[[Settings, Broker], Emulator] | None = None
    default_id: str = "1"

    def build(self, settings: Settings, place: Place) -> Emulator:
        """Make one; it is not started yet.

        Raises:
            ValueError: this device cannot be there, or its settings do not fit.
        """
        if isinstance(place, Broker) and self.mqtt is not None:
            return self.mqtt(settings, place)
        if isinstance(place, Path) and self.pty is not None:
            return self.pty(settings, place)
        if isinstance(place, int) and self.tcp is not None:
            return self.tcp(settings, place)
        raise ValueError(f"this device is reached by {' or '.join(self.places())}")

    def places(self) -> tuple[str, ...]:
        """Where it can be, as written on the command line."""
        kinds = {int: self.tcp, Path: self.pty, Broker: self.mqtt}
        return tuple(PLACE_WORDS[kind] for kind, build in kinds.items() if build is not None)


EMULATORS: Mapping[str, EmulatorEntry] = {
    "pjlink": EmulatorEntry(tcp=PjlinkEmulator),
    "samsung-mdc": EmulatorEntry(tcp=MdcTcpEmulator, pty=MdcSerialEmulator, default_id="0"),
    "epson-escvp21": EmulatorEntry(
        tcp=on_tcp(epson_escvp21.FAMILY, EscVpNetTalk),
        pty=on_serial(epson_escvp21.FAMILY, EscVp21Talk),
    ),
    "panasonic-serial": EmulatorEntry(pty=on_serial(panasonic_serial.FAMILY, StxEtxTalk)),
    "rdm6300": EmulatorEntry(pty=Rdm6300Emulator),
    "ascii-reader": EmulatorEntry(pty=AsciiReaderEmulator),
    "mqtt-reader": EmulatorEntry(mqtt=MqttReaderEmulator, default_id="reader"),
    "mqtt-relay": EmulatorEntry(mqtt=MqttRelayEmulator, default_id="relay"),
}
