import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs.ascii_reader import IDLE, LINE_SIGNS, Card, Form, decode_card, framer
from drivers.codecs.framing import MalformedReply

HEX = Form(4)
CARD = Card("04A1B2C3")


def read(received: bytes, form: Form = HEX) -> list:
    return framer(form).feed(received)


@pytest.mark.parametrize(
    "line",
    [
        b"04A1B2C3\r",
        b"04A1B2C3\n",
        b"04A1B2C3\r\n",
        b"\x0204A1B2C3\x03",
        b"\x0204A1B2C3\r\n\x03",
        b"04a1b2c3\n",
        b"\r\n\x0304A1B2C3" + IDLE,
    ],
)
def test_every_end_of_a_line(line):
    assert read(line) == [CARD]
    assert read(line * 3) == [CARD] * 3


@pytest.mark.parametrize(
    ("form", "line", "uid"),
    [
        (HEX, b"04 A1 B2 C3", "04A1B2C3"),
        (HEX, b" 4-a1-b2-c3 ", "04A1B2C3"),
        (Form(7, is_reversed=True), b"80:6C:2B:1A:B2:A1:4", "04A1B21A2B6C80"),
        (Form(4, prefix="UID:", suffix="."), b"UID: 04 A1 B2 C3 .", "04A1B2C3"),
    ],
)
def test_marks_between_the_bytes(form, line, uid):
    assert decode_card(form, line) == Card(uid)


@pytest.mark.parametrize(
    ("form", "line"), [(HEX, b"0"), (HEX, b"00000000"), (Form(4, is_decimal=True), b"0")]
)
def test_zeros_alone_are_no_card_that_somebody_has(form, line):
    assert decode_card(form, line) == Card("00000000")


@pytest.mark.parametrize(
    ("form", "line", "uid"),
    [
        (Form(4, is_decimal=True), b"0008844356", "0086F444"),
        (Form(4, is_decimal=True, is_reversed=True), b"0008844356", "44F48600"),
        (Form(4, is_decimal=True), b"4294967295", "FFFFFFFF"),
        (Form(5, is_decimal=True), b"0068728321092", "100086F444"),
        (Form(7, is_reversed=True), b"806C2B1AB2A104", "04A1B21A2B6C80"),
        (Form(7, is_decimal=True), b"00000000000000001", "00000000000001"),
        (Form(10), b"00010203040506070809", "00010203040506070809"),
        (Form(10, is_decimal=True), b"0000000000000000000000000", "00" * 10),
        (Form(4, prefix="ID:", suffix=" ok"), b"ID:04A1B2C3 ok", "04A1B2C3"),
    ],
)
def test_forms(form, line, uid):
    assert decode_card(form, line) == Card(uid)


@pytest.mark.parametrize(
    ("form", "line", "reason"),
    [
        (HEX, b"04A1B2C\r", "7 signs for 8 digits"),
        (HEX, b"04A1B2C3D4\r", "10 signs for 8 digits"),
        (HEX, b"04A1B2CG\r", "not hex"),
        (HEX, b" 4A1B2C3\r", "not hex"),
        (HEX, b"04 1B C3\r", "not hex"),
        (HEX, b"04 A1:B2 C3\r", "11 signs for 8 digits"),
        (HEX, b"04 A1 B2 C3 D4\r", "14 signs for 8 digits"),
        (HEX, b"04 A1  B2 C3\r", "12 signs for 8 digits"),
        (HEX, b"\xff04A1B2C3\r", "not printable"),
        (HEX, b"04A1\x00B2C3\r", "not printable"),
        (HEX, b"04A1B2C3\x02", "without its end"),
        (HEX, b"x" * (LINE_SIGNS + 1), "more than 64"),
        (Form(4, is_decimal=True), b"8844356\r", "7 signs for 10 digits"),
        (Form(4, is_decimal=True), b"4294967296\r", "too large for 4 bytes"),
        (Form(4, is_decimal=True), b"+008844356\r", "not decimal"),
        (Form(4, is_decimal=True), b"0_08844356\r", "not decimal"),
        (Form(4, prefix="ID:"), b"04A1B2C3\r", "prefix or suffix"),
        (Form(4, suffix=";"), b"04A1B2C3\r", "prefix or suffix"),
        (Form(4, prefix="ab", suffix="ba"), b"aba\r", "0 signs for 8 digits"),
    ],
)
def test_lines_that_are_not_cards(form, line, reason):
    (message,) = read(line, form)
    assert isinstance(message, MalformedReply)
    assert reason in message.reason


@pytest.mark.parametrize("signs", [LINE_SIGNS - 8, LINE_SIGNS - 7, LINE_SIGNS, 200])
def test_the_end_of_a_long_line_is_no_card(signs):
    assert not [one for one in read(b"x" * signs + b"04A1B2C3\r") if isinstance(one, Card)]


def test_a_start_mends_what_stood_before_it():
    noise, card = read(b"04A1\x0204A1B2C3\x03")
    assert isinstance(noise, MalformedReply)
    assert card == CARD


@given(
    st.sampled_from([4, 5, 7, 10]).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
    st.booleans(),
    st.booleans(),
)
def test_every_card_in_every_form(card, is_decimal, is_reversed):
    form = Form(len(card), is_decimal, is_reversed, prefix="<", suffix=">")
    printed = card[::-1] if is_reversed else card
    number = str(int.from_bytes(printed)).zfill(form.digits) if is_decimal else printed.hex()
    assert read(f"<{number}>\r\n".encode(), form) == [Card(card.hex().upper())]
    fewer = read(f"<{number[1:]}>\r\n".encode(), form)
    assert not [one for one in fewer if isinstance(one, Card) and any(bytes.fromhex(one.uid))]
