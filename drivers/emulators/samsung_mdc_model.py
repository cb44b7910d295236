"""An emulated Samsung display as MDC sees it, without a wire. Source: protocol notes §3.1."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.power import Power
from drivers.emulators.emulator import State

START_S = 5.0  # from power on to a picture; the room reads "off" until then
READY_S = 8.0  # from power on to the first setting that is taken

_STATUS, _SERIAL, _ERRORS, _SOFTWARE, _MODEL, _POWER = 0x00, 0x0B, 0x0D, 0x0E, 0x10, 0x11
_VOLUME, _MUTE, _INPUT, _NAME, _PANEL = 0x12, 0x13, 0x14, 0x8A, 0xF9
_HDMI_1 = 0x21
_INPUTS = {
    0x14: "PC", 0x18: "DVI", 0x21: "HDMI 1", 0x23: "HDMI 2", 0x31: "HDMI 3", 0x33: "HDMI 4",
    0x25: "DisplayPort 1", 0x26: "DisplayPort 2", 0x27: "DisplayPort 3", 0x50: "OPS",
    0x55: "HDBaseT", 0x60: "MagicInfo S", 0x61: "Mirroring", 0x62: "USB", 0x63: "URL",
    0x64: "IWB", 0x65: "Browser",
}  # fmt: skip


class NotTakenError(Exception):
    """The display answers N: it does not know the command or cannot do it now."""


@dataclass(slots=True)
class Needs:
    """What is wrong inside the display; the bytes of the errors command.

    Attributes:
        lamp: 1 = its light is broken.
        temperature: 1 = too hot.
        bright_sensor: 1 = broken.
        no_sync: 1 = no signal at the chosen input.
        celsius: temperature inside.
        fan: 1 = broken.
    """

    lamp: int = 0
    temperature: int = 0
    bright_sensor: int = 0
    no_sync: int = 0
    celsius: int = 36
    fan: int = 0


class MdcModel:
    """The display itself.

    Args:
        now_s: seconds of the device's own clock.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self.needs = Needs()
        self.volume = 20
        self.muted = False
        self.input = _HDMI_1
        self.dark = False
        self._now_s = now_s
        self._on_since_s: float | None = None

    @property
    def power(self) -> Power:
        """`off`, `warming` (its start) or `on`."""
        if self._on_since_s is None:
            return Power.OFF
        return Power.ON if self._now_s() - self._on_since_s >= START_S else Power.WARMING

    @property
    def ready(self) -> bool:
        """Whether settings are taken."""
        return self._on_since_s is not None and self._now_s() - self._on_since_s >= READY_S

    def answer(self, command: int, values: bytes) -> bytes:
        """What the display says to one command: the data after the command's echo.

        Raises:
            NotTakenError: it answers N.
        """
        if not values and command in _ASK:
            return _ASK[command](self)
        if len(values) != 1 or command not in _TAKE:
            raise NotTakenError
        _TAKE[command](self, values[0])
        return values

    def press_power(self, *, on: bool) -> None:
        """The remote control's power key."""
        if not on:
            self._on_since_s = None
        elif self._on_since_s is None:
            self._on_since_s = self._now_s()

    def reboot(self) -> None:
        """Start again from the beginning."""
        self._on_since_s = self._now_s()

    def state(self) -> State:
        """What the display believes of itself."""
        return {
            "power": self.power.value,
            "input": f"{self.input:02x}",
            "input_name": _INPUTS[self.input],
            "volume": self.volume,
            "mute": self.muted,
            "blank": self.dark,
            "temperature_c": self.needs.celsius,
        }


def _ask_status(box: MdcModel) -> bytes:
    return bytes([_shown_power(box), box.volume, box.muted, box.input, 0x10, 0, 0])


def _ask_errors(box: MdcModel) -> bytes:
    needs = box.needs
    switches = (needs.lamp, needs.temperature, needs.bright_sensor, needs.no_sync)
    return bytes([*switches, needs.celsius, needs.fan])


def _shown_power(box: MdcModel) -> int:
    return int(box.power is Power.ON)


def _take_power(box: MdcModel, value: int) -> None:
    if value not in (0, 1, 2):
        raise NotTakenError
    if value == 2:
        box.reboot()
    else:
        box.press_power(on=value == 1)


def _take_volume(box: MdcModel, value: int) -> None:
    _only_when_ready(box, allowed=value <= 100)
    box.volume = value


def _take_mute(box: MdcModel, value: int) -> None:
    _only_when_ready(box, allowed=value in (0, 1))
    box.muted = value == 1


def _take_input(box: MdcModel, value: int) -> None:
    _only_when_ready(box, allowed=value in _INPUTS)
    box.input = value


def _take_panel(box: MdcModel, value: int) -> None:
    _only_when_ready(box, allowed=value in (0, 1))
    box.dark = value == 1  # 01 turns the backlight off


def _only_when_ready(box: MdcModel, *, allowed: bool) -> None:
    if not (allowed and box.ready):
        raise NotTakenError


_ASK: Mapping[int, Callable[[MdcModel], bytes]] = {
    _STATUS: _ask_status,
    _ERRORS: _ask_errors,
    _POWER: lambda box: bytes([_shown_power(box)]),
    _VOLUME: lambda box: bytes([box.volume]),
    _MUTE: lambda box: bytes([box.muted]),
    _INPUT: lambda box: bytes([box.input]),
    _PANEL: lambda box: bytes([box.dark]),
    _SERIAL: lambda _: b"EMU0002",
    _SOFTWARE: lambda _: b"EMU-1.0",
    _MODEL: lambda _: b"EMU-M65",
    _NAME: lambda _: b"LOPHOC board",
}
_TAKE: Mapping[int, Callable[[MdcModel, int], None]] = {
    _POWER: _take_power,
    _VOLUME: _take_volume,
    _MUTE: _take_mute,
    _INPUT: _take_input,
    _PANEL: _take_panel,
}
