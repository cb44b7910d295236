"""Panasonic projectors on a serial line.

Source: protocol notes §2.5, confirmed by the second notes §3.1. In standby the input is not told
(ER401). Left out, because no source says more than that it exists: the range of the volume, `AMT`
(sound) and `OFZ` (still picture).
"""

from collections.abc import Mapping
from typing import Final

from devices.capability import Capability, Offer, ValueKind
from devices.power import Power
from devices.reading import Value
from drivers.codecs import stx_etx as codec
from drivers.families.family import Family, Identity, Row, Times
from drivers.families.readings import Choice, Decimal, Text, sends

INPUTS: Final[Mapping[str, str]] = {
    "HD1": "HDMI 1",
    "HD2": "HDMI 2",
    "RG1": "Computer 1",
    "RG2": "Computer 2",
    "VID": "Video",
    "SVD": "S-Video",
    "DVI": "DVI",
    "DL1": "Digital Link",
    "NWP": "Network",
    "MV1": "Memory Viewer",
}


def _unknown(_: bytes) -> Value:
    return Power.UNKNOWN


_POWER_OFFER: Final = Offer(
    Capability.POWER,
    ValueKind.CHOICE,
    writable=True,
    choices={"on": "", "off": ""},
    settles_within_s=130.0,  # §1.3: warming at most 90 s, cooling at most 120 s, and a little
)

FAMILY: Final = Family(
    maker="a Panasonic projector",
    dialect=codec.DIALECT,
    times=Times(answer_within_s=10.0, gap_s=0.5),  # §2.5
    rows=(
        Row(
            _POWER_OFFER,
            ask=b"Q$S",
            reads=Choice(
                {b"0": Power.OFF, b"1": Power.WARMING, b"2": Power.ON, b"3": Power.COOLING},
                other=_unknown,
            ),
            writes=sends({"on": b"PON", "off": b"POF"}),
        ),
        Row(
            _POWER_OFFER,
            ask=b"QPW",
            reads=Choice({b"000": Power.OFF, b"001": Power.ON}, other=_unknown),
        ),
        Row(
            Offer(Capability.INPUTS, ValueKind.CHOICE, writable=True, choices=INPUTS),
            ask=b"QIN",
            reads=Text(),
            writes=sends({code: b"IIS:" + code.encode("ascii") for code in INPUTS}),
            only_on=True,
        ),
        Row(
            # shutter or AV mute, by model
            Offer(Capability.BLANK, ValueKind.SWITCH, writable=True),
            ask=b"QSH",
            reads=Choice({b"1": True, b"0": False}),
            writes=sends({True: b"OSH:1", False: b"OSH:0"}),
            only_on=True,
        ),
        Row(
            Offer(Capability.LAMP, ValueKind.NUMBER, high=99_999, unit="h"),
            ask=b"Q$L",
            reads=Decimal(),
        ),
    ),
    identity=(Identity("model", b"QID", Text()),),
)
