import pytest

from drivers.codecs import samsung_mdc as mdc
from drivers.codecs.framing import MalformedReply


def reply(display_id: int, ack: bytes, command: int, content: bytes = b"") -> bytes:
    counted = bytes([0xFF, display_id, len(content) + 2]) + ack + bytes([command]) + content
    return b"\xaa" + counted + bytes([sum(counted) & 0xFF])


@pytest.mark.parametrize(
    ("sent", "frame"),
    [
        (mdc.encode(0x11, 0, b"\x01"), "AA 11 00 01 01 13"),
        (mdc.encode(0x11, 0, b"\x00"), "AA 11 00 01 00 12"),
        (mdc.encode(0x11, 0), "AA 11 00 00 11"),
        (mdc.encode(0x14, 0, b"\x21"), "AA 14 00 01 21 36"),
        (mdc.encode(0x12, 0, b"\x1e"), "AA 12 00 01 1E 31"),
        (mdc.encode(0x13, 0, b"\x01"), "AA 13 00 01 01 15"),
        (mdc.encode(0x00, 0), "AA 00 00 00 00"),
        (mdc.encode(0x0D, 0), "AA 0D 00 00 0D"),
    ],
)
def test_frames_of_the_notes(sent, frame):
    assert sent == bytes.fromhex(frame)


def test_accepted_and_refused():
    framer = mdc.framer()
    assert framer.feed(reply(3, b"A", 0x11, b"\x01")) == [mdc.Answer(3, 0x11, True, b"\x01")]
    assert framer.feed(reply(3, b"N", 0x11, b"\x02")) == [mdc.Answer(3, 0x11, False, b"\x02")]


def test_the_secured_greeting_is_known():
    assert mdc.framer().feed(b"MDCSTART<<TLS>>") == [mdc.SecuredStart()]


@pytest.mark.parametrize(
    "frame",
    [
        reply(0, b"A", 0x11, b"\x01")[:-1] + b"\x00",
        reply(0, b"B", 0x11, b"\x01"),
        bytes.fromhex("AA FF 00 01 41 41"),
        bytes.fromhex("AA 11 00 01 01 13"),
        b"MDCSTOP",
    ],
)
def test_frames_that_are_not_answers(frame):
    assert isinstance(mdc.framer().feed(frame)[0], MalformedReply)


def test_a_good_frame_inside_a_bad_one_is_found():
    good = reply(0, b"A", 0x12, b"\x1e")
    found = mdc.framer().feed(b"\xaa\xff\x00\x02" + good)
    assert found[-1] == mdc.Answer(0, 0x12, True, b"\x1e")
