import pytest

from drivers.codecs import rdm6300
from drivers.codecs.framing import MalformedReply

FRAME = b"\x02100086F44426\x03"
CARD = rdm6300.Card("100086F444")


def read(received: bytes) -> list:
    return rdm6300.framer().feed(received)


def test_the_card_of_the_notes():
    assert read(FRAME) == [CARD]
    assert rdm6300.encode_card("100086F444") == FRAME
    assert int(CARD.uid[2:], 16) == 8844356


@pytest.mark.parametrize("frame", [b"\x02100086f44426\x03", b"\x02100086F44426\r\n\x03"])
def test_clones(frame):
    assert read(frame) == [CARD]


@pytest.mark.parametrize(
    "frame",
    [
        b"\x02100086F44427\x03",
        b"\x02100086F4442G\x03",
        b"\x02100086F44426\x04",
        b"\x02100086F44426\r\x03",
        b"boot text\r\n",
    ],
)
def test_frames_that_are_not_cards(frame):
    assert all(isinstance(message, MalformedReply) for message in read(frame))
    assert read(frame)


def test_a_raw_check_byte_is_the_same_card():
    """13 bytes (esphome/issues#3610)."""
    (card,) = read(b"\x02100086F444\x26\x03")
    assert (card, card.has_raw_check) == (CARD, True)
    (usual,) = read(FRAME)
    assert not usual.has_raw_check
    (wrong,) = read(b"\x02100086F444\x27\x03")
    assert isinstance(wrong, MalformedReply)
    assert read(b"\x02100086F444\x26\x03" + FRAME) == [CARD, CARD]


def test_listening_from_the_middle_of_a_frame():
    noise, card = read(FRAME[5:] + FRAME)
    assert isinstance(noise, MalformedReply)
    assert card == CARD


def test_a_new_start_inside_a_broken_frame_is_a_start():
    assert read(FRAME[:6] + FRAME)[-1] == CARD


@pytest.mark.parametrize("uid", ["100086F4", "100086F44426", "xx00000000"])
def test_encode_refuses_other_numbers(uid):
    with pytest.raises(ValueError, match=r"hex"):
        rdm6300.encode_card(uid)
