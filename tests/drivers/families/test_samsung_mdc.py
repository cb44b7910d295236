"""What a Samsung display's contents say, by the rows of its family."""

import pytest

from devices.capability import Capability
from devices.errors import MalformedReplyError
from drivers.families.samsung_mdc import FAMILY


def read(ask: int, content: bytes) -> dict[str, object]:
    rows = [row for row in FAMILY.rows if row.ask == bytes([ask])]
    return {row.capability.value: row.reads.read(content) for row in rows}


def test_status():
    content = bytes([1, 30, 0, 0x21, 0, 0, 0])
    assert read(0, content) == {"power": "on", "inputs": "hdmi1", "volume": 30, "mute": False}
    without_sound = {"power": "on", "inputs": "99", "volume": None, "mute": None}
    assert read(0, bytes([1, 255, 255, 0x99])) == without_sound


def test_errors():
    content = bytes([1, 0, 0, 1, 41, 1])
    assert read(0x0D, content) == {"temperature": 41, "faults": "lamp,fan"}


def test_identity():
    assert FAMILY.identity[0].reads.read(b"QM55R\x00\xff ") == "QM55R"


@pytest.mark.parametrize(("ask", "content"), [(0, b"\1\2\3"), (0x0D, b"\0" * 5), (0x11, b"")])
def test_contents_that_are_too_short(ask, content):
    with pytest.raises(MalformedReplyError, match="too short"):
        read(ask, content)


def test_each_row_with_its_own_bytes_both_ways():
    for row in FAMILY.rows:
        if row.capability in {Capability.INPUTS, Capability.MUTE, Capability.POWER} and row.reads:
            for value in row.offer.choices or (True, False):
                shown = row.reads.show(value)
                assert shown
