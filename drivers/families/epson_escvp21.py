"""Epson projectors: ESC/VP21 on a serial line or its USB-B socket, ESC/VP.net on TCP 3629.

Source: protocol notes §2.2 and, where they differ, the second notes §1 (Epson's command guide,
Rev. W, models of about 2006 to 2021). Only `PWR ON`, `PWR?`, `LAMP?` and the like are taken in
standby. Never sent: `INITALL`, `BAUDRATE`, `RESET…`.
"""

from collections.abc import Mapping
from typing import Final

from devices.capability import Capability, Offer, ValueKind
from devices.errors import MalformedReplyError
from devices.power import Power
from devices.reading import Value
from drivers.codecs import escvp21 as codec
from drivers.families.family import Family, Identity, InputList, Row, Times
from drivers.families.readings import Choice, Decimal, Text, sends, sends_number

WIRE_VOLUME: Final = 255
"""Largest volume on the wire, whatever the menu counts to."""

_VOLUME_STEP: Final = 5
"""In percent: a menu of 20 steps rounds what was sent (second notes §0)."""

INPUTS: Final[Mapping[str, str]] = {
    "30": "HDMI 1",
    "A0": "HDMI 2",
    "C0": "HDMI 3",
    "11": "Computer 1",
    "21": "Computer 2",
    "41": "Video",
    "42": "S-Video",
    "51": "USB Display",
    "52": "USB",
    "53": "LAN",
    "56": "Screen Mirroring",
    "70": "DisplayPort",
    "80": "HDBaseT",
}
"""Offered until the projector lists its own, which those before 2018 cannot."""

_FAULT_WORDS: Final[Mapping[bytes, Value | None]] = {
    b"00": "",
    b"01": "fan",
    b"03": "lamp",
    b"04": "temperature",
    b"06": "lamp",
    b"07": "cover",
}


def _unknown(_: bytes) -> Value:
    return Power.UNKNOWN


def read_inputs(content: bytes) -> Mapping[str, str]:
    """Inputs of `SOURCELIST?`: code and name by turns, blanks in names sent as `^`.

    Raises:
        MalformedReplyError: it is no such list.
    """
    words = content.decode("ascii", errors="replace").split()
    codes, names = words[::2], words[1::2]
    if len(codes) != len(names) or any(len(code) != len("30") for code in codes):
        raise MalformedReplyError("the projector's list of inputs cannot be read")
    return {code: name.replace("^", " ") for code, name in zip(codes, names, strict=True)}


def _input_body(value: Value) -> bytes:
    code = str(value)
    if len(code) != len("30") or not code.isascii() or not code.isalnum():
        raise ValueError(f"an input is two signs such as 30 or A0, not {value!r}")
    return b"SOURCE " + code.encode("ascii")


def _volume_shown() -> Mapping[Value, tuple[Value, ...]]:
    near = _VOLUME_STEP
    return {level: tuple(range(level - near, level + near + 1)) for level in range(101)}


def _switch(key: bytes) -> Mapping[Value, bytes]:
    return {True: key + b" ON", False: key + b" OFF"}


_ON_OFF: Final = Choice({b"ON": True, b"OFF": False})

FAMILY: Final = Family(
    maker="an Epson projector",
    dialect=codec.DIALECT,
    times=Times(answer_within_s=5.0),  # §2.2: within 5 s where the signal is stable
    rows=(
        Row(
            Offer(
                Capability.POWER,
                ValueKind.CHOICE,
                writable=True,
                choices={"on": "", "off": ""},
                settles_within_s=130.0,  # §2.2: the colon after PWR ON within 100 s; §1.3
            ),
            ask=b"PWR?",
            reads=Choice(
                {
                    b"00": Power.OFF,  # standby, network off
                    b"01": Power.ON,
                    b"02": Power.WARMING,
                    b"03": Power.COOLING,
                    b"04": Power.OFF,  # standby, network on
                    b"05": Power.FAULT,  # abnormal standby
                    b"07": Power.OFF,  # standby of wireless HD
                    b"09": Power.OFF,  # A/V standby
                },
                other=_unknown,
            ),
            writes=sends({"on": b"PWR ON", "off": b"PWR OFF"}),
            within_s=10.0,  # §2.2: PWR OFF; a PWR ON whose colon comes later is looked after
        ),
        Row(
            Offer(
                Capability.INPUTS,
                ValueKind.CHOICE,
                writable=True,
                choices=INPUTS,
                settles_within_s=10.0,
            ),
            ask=b"SOURCE?",
            reads=Text(),
            writes=_input_body,
            only_on=True,
            within_s=10.0,
        ),
        Row(
            Offer(
                Capability.VOLUME,
                ValueKind.NUMBER,
                writable=True,
                unit="%",
                shown=_volume_shown(),
            ),
            ask=b"VOL?",
            reads=Decimal(WIRE_VOLUME, 100),
            writes=sends_number(lambda level: b"VOL %d" % level, wire_top=WIRE_VOLUME),
            only_on=True,
        ),
        Row(
            # A/V mute: the picture goes dark and the sound is off with it
            Offer(Capability.BLANK, ValueKind.SWITCH, writable=True),
            ask=b"MUTE?",
            reads=_ON_OFF,
            writes=sends(_switch(b"MUTE")),
            only_on=True,
        ),
        Row(
            Offer(Capability.FREEZE, ValueKind.SWITCH, writable=True),
            ask=b"FREEZE?",
            reads=_ON_OFF,
            writes=sends(_switch(b"FREEZE")),
            only_on=True,
        ),
        Row(
            Offer(Capability.LAMP, ValueKind.NUMBER, high=100_000, unit="h"),
            ask=b"LAMP?",
            reads=Decimal(),
        ),
        Row(
            Offer(Capability.FAULTS, ValueKind.TEXT),
            ask=b"ERR?",
            reads=Choice(_FAULT_WORDS, other=lambda _: "other"),
            only_on=True,
        ),
    ),
    identity=(Identity("serial", b"SNO?", Text()),),
    input_list=InputList(b"SOURCELIST?", read_inputs),
)
