import pytest

from devices.errors import MalformedReplyError
from drivers.codecs import pjlink
from drivers.codecs.framing import MalformedReply


def read(received: bytes) -> list:
    return pjlink.framer().feed(received)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"PJLINK 0\r", pjlink.Greeting("0")),
        (b"PJLINK 1 498e4a67\r", pjlink.Greeting("1", "498e4a67")),
        (b"pjlink 1 498E4A67\r", pjlink.Greeting("1", "498E4A67")),
        (b"PJLINK 2 0123456789abcdef\r", pjlink.Greeting("2")),
        (b"PJLINK ERRA\r", pjlink.DigestRefused()),
        (b"%1POWR=OK\r", pjlink.Answer("POWR", "OK")),
        ("%2innm=HDMI trước\r".encode(), pjlink.Answer("INNM", "HDMI trước")),
        (b"%1name=\r", pjlink.Answer("NAME", "")),
        (b"%1P\0OWR=\x001\r", pjlink.Answer("POWR", "1")),
        (b"\0\0\n%1CLSS=Class 1\r", pjlink.Answer("CLSS", "Class 1")),
    ],
)
def test_lines(line, message):
    assert read(line) == [message]


@pytest.mark.parametrize(
    "line", [b"PJLINK 1 xyz\r", b"PJLINK\r", b"%3POWR=1\r", b"%1POWR 1\r", b"HTTP/1.1 400\r"]
)
def test_lines_that_are_not_pjlink(line):
    (only,) = read(line)
    assert isinstance(only, MalformedReply)


def test_a_line_without_end_is_malformed_at_1024_bytes():
    assert read(b"%1NAME=" + b"x" * 1016) == []
    (only,) = read(b"%1NAME=" + b"x" * 1017)
    assert isinstance(only, MalformedReply)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"%2INST=" + b"31 " * 50 + b"\r", pjlink.Answer("INST", "31 " * 50)),
        (b"PJLINK 0 \r", pjlink.Greeting("0")),
        (b"PJLINK 1 98e4a67\r", pjlink.Greeting("1", "98e4a67")),
        (b"PJLINK 1 498e4a67 \r", pjlink.Greeting("1", "498e4a67")),
        (b"%1powr=1\r", pjlink.Answer("POWR", "1")),
    ],
)
def test_lines_longer_or_looser_than_the_specification(line, message):
    assert read(line) == [message]


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("Phòng máy", "utf-8"),
        ("Entrée", "latin-1"),
        ("ENTRÉE À 2", "latin-1"),
        ("コンピュータ", "cp932"),
        ("ﾋﾞﾃﾞｵ 1", "cp932"),
    ],
)
def test_names_in_old_charsets_are_read_by_trial(name, charset):
    (answer,) = read(b"%2INNM=" + name.encode(charset) + b"\r")
    assert answer == pjlink.Answer("INNM", name)
    assert pjlink.is_readable(answer.value)


def test_a_name_in_no_known_charset_is_said_to_be_unreadable():
    (answer,) = read(b"%2INNM=\x81\xff\xfe\x80\r")
    assert not pjlink.is_readable(answer.value)


def test_the_next_good_line_after_garbage_is_read():
    garbage, answer = read(b"\xfe\xffnoise%1POWR=0\r")
    assert isinstance(garbage, MalformedReply)
    assert answer == pjlink.Answer("POWR", "0")


def test_digest_of_the_specification():
    assert pjlink.digest("498e4a67", "JBMIAProjectorLink") == b"5d8409bc1c3fa39749434aa3a5c38682"


def test_encode():
    assert pjlink.encode("POWR") == b"%1POWR ?\r"
    assert pjlink.encode("INNM", "?31", of_class=2) == b"%2INNM ?31\r"


@pytest.mark.parametrize("value", ["x" * 129, "1\r%1POWR 0"])
def test_encode_refuses_what_would_break_the_line(value):
    with pytest.raises(ValueError, match="does not fit"):
        pjlink.encode("NAME", value)


def test_values():
    assert pjlink.decode_class("Class 1") == 1
    assert pjlink.decode_class("2") == 2
    assert pjlink.decode_inputs("11 21 3a") == ("11", "21", "3A")
    assert pjlink.decode_muting("30") == (False, False)
    assert pjlink.decode_muting("11") == (True, False)
    assert pjlink.decode_errors("010200") == (0, 1, 0, 2, 0, 0)
    assert pjlink.decode_lamps("1234 1 88 0") == (1234, 88)
    assert pjlink.decode_hours("77") == 77


@pytest.mark.parametrize(
    ("decode", "value"),
    [
        (pjlink.decode_input, "71"),
        (pjlink.decode_input, "30"),
        (pjlink.decode_inputs, "11 banana"),
        (pjlink.decode_muting, "12"),
        (pjlink.decode_errors, "01020"),
        (pjlink.decode_errors, "000003"),
        (pjlink.decode_lamps, "1234"),
        (pjlink.decode_lamps, "1 2"),
        (pjlink.decode_lamps, " ".join(["1 1"] * 9)),
        (pjlink.decode_hours, "-1"),
        (pjlink.decode_hours, "١٢"),
    ],
)
def test_values_that_are_none(decode, value):
    with pytest.raises(MalformedReplyError):
        decode(value)
