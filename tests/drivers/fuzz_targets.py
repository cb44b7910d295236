"""One function for each codec that takes any bytes and raises only if the codec broke its promise.

The promise: any bytes, fed whole or one at a time, give messages, "need more", or one
malformed-reply error. `FUZZ_TARGETS` is what a soak run drives.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import pairwise

from devices.errors import MalformedReplyError
from drivers.codecs import ascii_reader, mqtt_reader, mqtt_relay, pjlink, rdm6300
from drivers.codecs.framing import BUFFER_BYTES, Framer, MalformedReply
from drivers.families import epson_escvp21, panasonic_serial, samsung_mdc
from drivers.families.family import Family


def _fed_both_ways(new_framer: Callable[[], Framer], received: bytes) -> list:
    whole, single = new_framer(), new_framer()
    found = whole.feed(received)
    one_by_one = [message for byte in received for message in single.feed(bytes([byte]))]
    assert found == one_by_one, (found, one_by_one)
    assert whole.pending == single.pending <= BUFFER_BYTES
    garbage = [isinstance(message, MalformedReply) for message in found]
    assert not any(a and b for a, b in pairwise(garbage)), found
    return [message for message in found if not isinstance(message, MalformedReply)]


def _reads_or_is_malformed(decode: Callable[[str], object], value: str) -> None:
    with suppress(MalformedReplyError):
        decode(value)


def fuzz_pjlink(received: bytes) -> None:
    """Lines, and each value decoder on what stood after the equals sign."""
    for message in _fed_both_ways(pjlink.framer, received):
        if isinstance(message, pjlink.Answer):
            _fuzz_pjlink_value(message.value)
    _fuzz_pjlink_value(received[:128].decode("utf-8", errors="replace"))


def _fuzz_pjlink_value(value: str) -> None:
    assert pjlink.decode_class(value) in (1, 2)
    for decode in (
        pjlink.decode_input,
        pjlink.decode_inputs,
        pjlink.decode_muting,
        pjlink.decode_errors,
        pjlink.decode_lamps,
        pjlink.decode_hours,
    ):
        _reads_or_is_malformed(decode, value)


class FamilyTarget:
    """Messages, what each says to each question, and each reading of any content."""

    def __init__(self, family: Family) -> None:
        self._dialect = family.dialect
        self._questions = sorted({row.ask for row in family.rows if row.ask})
        readings = [row.reads for row in family.rows if row.reads]
        self._reads = [one.read for one in (*readings, *(one.reads for one in family.identity))]

    def __call__(self, received: bytes) -> None:
        contents = {received}
        for message in _fed_both_ways(self._dialect.framer, received):
            replies = (self._dialect.reply(message, one, 0) for one in self._questions)
            contents.update(one.content for one in replies if one and one.refusal is None)
        for content in contents:
            for read in self._reads:
                with suppress(MalformedReplyError):
                    read(content)


fuzz_samsung_mdc = FamilyTarget(samsung_mdc.FAMILY)
fuzz_panasonic_serial = FamilyTarget(panasonic_serial.FAMILY)
_fuzz_epson_rows = FamilyTarget(epson_escvp21.FAMILY)


def fuzz_epson_escvp21(received: bytes) -> None:
    """The family's rows, and the list of inputs."""
    _fuzz_epson_rows(received)
    with suppress(MalformedReplyError):
        epson_escvp21.read_inputs(received)


def fuzz_rdm6300(received: bytes) -> None:
    """Frames; a card that was read gives its own frame again."""
    for card in _fed_both_ways(rdm6300.framer, received):
        assert rdm6300.framer().feed(rdm6300.encode_card(card.uid)) == [card]


ASCII_FORMS = (
    ascii_reader.Form(4),
    ascii_reader.Form(5, is_decimal=True, is_reversed=True, prefix="ID:", suffix=";"),
)


def fuzz_ascii_reader(received: bytes) -> None:
    """Lines of two forms; a card has its form's length and is upper-case hex."""
    for form in ASCII_FORMS:
        for card in _fed_both_ways(partial(ascii_reader.framer, form), received):
            assert bytes.fromhex(card.uid).hex().upper() == card.uid
            assert len(card.uid) == 2 * form.length


def fuzz_mqtt_reader(payload: bytes) -> None:
    """Payloads of the card topic."""
    with suppress(MalformedReplyError):
        card = mqtt_reader.decode_card(payload)
        assert bytes.fromhex(card.uid).hex().upper() == card.uid


def fuzz_mqtt_relay(payload: bytes) -> None:
    """Payloads of the state and status topics."""
    with suppress(MalformedReplyError):
        assert mqtt_relay.decode_state(payload).isascii()
    with suppress(MalformedReplyError):
        assert mqtt_relay.decode_online(payload) in (True, False)


FUZZ_TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "pjlink": fuzz_pjlink,
    "samsung-mdc": fuzz_samsung_mdc,
    "epson-escvp21": fuzz_epson_escvp21,
    "panasonic-serial": fuzz_panasonic_serial,
    "rdm6300": fuzz_rdm6300,
    "ascii-reader": fuzz_ascii_reader,
    "mqtt-reader": fuzz_mqtt_reader,
    "mqtt-relay": fuzz_mqtt_relay,
}

PAYLOADS = frozenset({"mqtt-reader", "mqtt-relay"})
"""Codecs whose messages come whole; the others cut them out of a stream."""

SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "pjlink": (
        b"PJLINK 0\r",
        b"PJLINK 1 498e4a67\r",
        b"PJLINK ERRA\r",
        b"%1POWR=1\r",
        b"%2INNM=HDMI\r",
        b"%1LAMP=1234 1 88 0\r",
        b"%1ERST=010200\r",
        b"%1AVMT=\x0030\r",
        b"%1INST=11 21 31 3A\r",
    ),
    "samsung-mdc": (
        bytes.fromhex("AAFF00094100011E002100000089"),
        bytes.fromhex("AAFF00034E110162"),
        b"MDCSTART<<TLS>>",
    ),
    "epson-escvp21": (
        b"PWR=01\r:",
        b"ERR\r:",
        b":",
        b"IMEVENT=0001 03 00000002 00000000\r:",
        b"SOURCELIST=30 HDMI1 A0 HDMI^2\r:",
        b"ESC/VP.net\x10\x03\x00\x00\x20\x00",
    ),
    "panasonic-serial": (b"\x02001\x03", b"\x02ER401\x03", b"\x02IIS:HD1\x03"),
    "rdm6300": (b"\x02100086F44426\x03", b"\x02100086f44426\r\n\x03"),
    "ascii-reader": (b"04A1B2C3\r\n", b"\x0204a1b2c3\x03", b"ID:0068728321092;\r"),
    "mqtt-reader": (b'{"uid": "04A1B2C3", "n": 7, "boot": "x1"}', b"[" * 4096),
    "mqtt-relay": (b'{"value": "down"}', b"online", b"offline"),
}
"""Where a fuzzer may begin: at least one good message of each kind."""
