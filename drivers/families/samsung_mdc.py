"""Samsung panels and boards, MDC on a serial line or over TCP.

Source: protocol notes §3.1 (samsung-mdc and the MDC manual 15 that it ships); where they give no
figure the row says that it is ours. In standby some refuse the status or do not answer it
(samsung-mdc#14): power is then asked alone.
"""

from typing import Final

from devices.capability import Capability, Offer, ValueKind
from devices.power import Power
from devices.reading import Value
from drivers.codecs import samsung_mdc as codec
from drivers.codecs.samsung_mdc import Command
from drivers.families.family import Family, Identity, Row, Times
from drivers.families.readings import At, Byte, Choice, Faults, Text, sends, sends_number

_STATUS: Final = bytes((Command.STATUS,))
_POWER: Final = bytes((Command.POWER,))
_ERRORS: Final = bytes((Command.ERRORS,))
_NO_SOUND: Final = 0xFF
_STATUS_BYTES: Final = 4  # what follows the input is not used
_ERROR_BYTES: Final = 6

INPUTS: Final = (
    ("hdmi1", "HDMI 1", 0x21),
    ("hdmi2", "HDMI 2", 0x23),
    ("hdmi3", "HDMI 3", 0x31),
    ("hdmi4", "HDMI 4", 0x33),
    ("dp1", "DisplayPort 1", 0x25),
    ("dp2", "DisplayPort 2", 0x26),
    ("dp3", "DisplayPort 3", 0x27),
    ("ops", "OPS", 0x50),
    ("pc", "PC", 0x14),
    ("dvi", "DVI", 0x18),
    ("hdbaset", "HDBaseT", 0x55),
    ("magicinfo", "MagicInfo S", 0x60),
    ("mirroring", "Mirroring", 0x61),
    ("usb", "USB", 0x62),
    ("url", "URL", 0x63),
    ("iwb", "IWB", 0x64),
    ("browser", "Browser", 0x65),
)
"""Our word, the plain name, the code that we send."""

# The PC variants of the four HDMI inputs: read, never sent.
_PC_VARIANTS: Final = ((0x22, "hdmi1"), (0x24, "hdmi2"), (0x32, "hdmi3"), (0x34, "hdmi4"))


def _unknown(_: bytes) -> Value:
    return Power.UNKNOWN


_POWER_CODES: Final = Choice({b"\x00": Power.OFF, b"\x01": Power.ON}, other=_unknown)
_MUTE_CODES: Final = Choice(
    {b"\x01": True, b"\x00": False, bytes((_NO_SOUND,)): None}, other=lambda _: False
)
_INPUT_CODES: Final = Choice(
    {bytes((code,)): word for word, _, code in INPUTS}
    | {bytes((code,)): word for code, word in _PC_VARIANTS},
    other=bytes.hex,
)


def _in_status(place: int, of: Choice | Byte) -> At:
    return At(place, of, least=_STATUS_BYTES)


def _command(command: Command, content: int) -> bytes:
    return bytes((command, content))


_POWER_OFFER: Final = Offer(
    Capability.POWER,
    ValueKind.CHOICE,
    writable=True,
    choices={"on": "", "off": ""},
    settles_within_s=40.0,  # ours: the 15 s of quiet after power-on, a status, and room to spare
)

FAMILY: Final = Family(
    maker="a Samsung display",
    dialect=codec.DIALECT,
    times=Times(answer_within_s=2.0, quiet_after_on_s=15.0),  # 2 s: ours; 15 s: §3.1
    numbers=range(0xFE),
    rows=(
        Row(
            _POWER_OFFER,
            ask=_STATUS,
            reads=_in_status(0, _POWER_CODES),
            writes=sends({"on": _command(Command.POWER, 1), "off": _command(Command.POWER, 0)}),
        ),
        Row(_POWER_OFFER, ask=_POWER, reads=At(0, _POWER_CODES)),
        Row(
            Offer(
                Capability.INPUTS,
                ValueKind.CHOICE,
                writable=True,
                choices={word: name for word, name, _ in INPUTS},
            ),
            ask=_STATUS,
            reads=_in_status(3, _INPUT_CODES),
            writes=sends({word: _command(Command.INPUT, code) for word, _, code in INPUTS}),
        ),
        Row(
            Offer(Capability.VOLUME, ValueKind.NUMBER, writable=True, unit="%"),
            ask=_STATUS,
            reads=_in_status(1, Byte(absent=_NO_SOUND)),
            writes=sends_number(lambda level: _command(Command.VOLUME, level)),
        ),
        Row(
            Offer(Capability.MUTE, ValueKind.SWITCH, writable=True),
            ask=_STATUS,
            reads=_in_status(2, _MUTE_CODES),
            writes=sends({True: _command(Command.MUTE, 1), False: _command(Command.MUTE, 0)}),
        ),
        Row(
            Offer(Capability.BLANK, ValueKind.SWITCH, writable=True, confirms=False),
            # 01 turns the panel off: the corrected notes, from the manual
            writes=sends({True: _command(Command.PANEL, 1), False: _command(Command.PANEL, 0)}),
            option="blank",
        ),
        Row(
            Offer(Capability.TEMPERATURE, ValueKind.NUMBER, high=255, unit="°C"),
            ask=_ERRORS,
            reads=At(4, Byte(), least=_ERROR_BYTES),
        ),
        Row(
            Offer(Capability.FAULTS, ValueKind.TEXT),
            ask=_ERRORS,
            reads=Faults({0: "lamp", 1: "temperature", 2: "sensor", 5: "fan"}, _ERROR_BYTES),
        ),
    ),
    identity=(
        Identity("serial", bytes((Command.SERIAL,)), Text()),
        Identity("software", bytes((Command.SOFTWARE,)), Text()),
        Identity("model", bytes((Command.MODEL,)), Text()),
    ),
)
