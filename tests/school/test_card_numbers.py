"""Every form of a card number, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.card_numbers import (
    PARTIAL,
    Decode,
    Trust,
    decodes_between,
    encode,
    forms,
    read,
    readings,
    trust_of,
    wiegand_bits,
    wiegand_bytes,
)

PAIR = "51E69621"


def test_the_known_pair_both_ways():
    assert encode(PAIR, Decode.DECIMAL_LE) == "0563537489"
    assert read("0563537489", Decode.DECIMAL_LE) == PAIR
    assert decodes_between("0563537489", PAIR) == (Decode.DECIMAL_LE,)


@pytest.mark.parametrize(
    ("decode", "uid", "text"),
    [
        (Decode.HEX, PAIR, "51E69621"),
        (Decode.HEX_REVERSED, PAIR, "2196E651"),
        (Decode.DECIMAL_BE, PAIR, "1374066209"),
        (Decode.DECIMAL_LE, PAIR, "0563537489"),
        (Decode.FACILITY, "AA4D7603", "077,30211"),
        (Decode.FACILITY_REVERSED, "03764DAA", "077,30211"),
        (Decode.FACILITY8, "AA4D7603", "07730211"),
        (Decode.EM_PRINT, "100086F444", "0008844356"),
        (Decode.FACILITY, "100086F444", "134,62532"),
        (Decode.DECIMAL_BE, "000086F444", "0000008844356"),
        (Decode.WIEGAND26, "AA4D7603", "0" + f"{0x4D7603:024b}" + "0"),
        (Decode.WIEGAND34, PAIR, "1" + f"{0x51E69621:032b}" + "1"),
        (Decode.WIEGAND34_REVERSED, PAIR, "0" + f"{0x2196E651:032b}" + "0"),
    ],
)
def test_forms_of_known_cards(decode, uid, text):
    if decode in (Decode.WIEGAND26, Decode.WIEGAND34, Decode.WIEGAND34_REVERSED):
        assert encode(uid, decode)[1:-1] == text[1:-1]
    else:
        assert encode(uid, decode) == text
    kept = read(encode(uid, decode), decode)
    assert kept == uid or decode in PARTIAL


def test_parity_of_a_wiegand_frame_by_hand():
    # Facility 1, number 1: one bit in the first half, one in the last.
    assert wiegand_bits(bytes([1, 0, 1])) == "1" + "00000001" + "0000000000000001" + "0"
    assert wiegand_bits(bytes(4)) == "0" + "0" * 32 + "1"
    with pytest.raises(ValueError, match="parity"):
        wiegand_bytes("0" * 26)
    with pytest.raises(ValueError, match="26 or 34"):
        wiegand_bytes("0" * 27)


def test_one_touch_is_shown_in_all_readings():
    shown = {r.decode: r.uid for r in readings("0563537489", "mifare")}
    assert shown[Decode.DECIMAL_LE] == PAIR
    assert shown[Decode.DECIMAL_BE] == "2196E651"
    assert shown[Decode.HEX] == "0563537489"
    assert forms(PAIR)[Decode.HEX_REVERSED] == "2196E651"
    assert Decode.EM_PRINT not in forms(PAIR)
    assert readings("xyz") == ()


def test_numbers_that_must_not_be_bound():
    assert trust_of("08AABBCC", "mifare", Decode.HEX) is Trust.RANDOM
    assert trust_of("04AABBCC", "mifare", Decode.HEX) is Trust.WHOLE
    assert trust_of("AABBCC", "mifare", Decode.HEX) is Trust.TRUNCATED
    assert trust_of("8804AABB", "mifare", Decode.HEX) is Trust.TRUNCATED
    assert trust_of("AA4D7603", "mifare", Decode.FACILITY) is Trust.TRUNCATED
    assert trust_of("0086F444", "em4100", Decode.DECIMAL_BE) is Trust.TRUNCATED
    assert trust_of("100086F444", "em4100", Decode.HEX) is Trust.WHOLE
    assert trust_of("08AABBCCDDEEFF", "mifare", Decode.HEX) is Trust.WHOLE


@pytest.mark.parametrize("text", ["", "256,00001", "001,65536", "1,2,3", "9" * 26, "12a4", "٣٣"])
def test_what_is_no_number(text):
    for decode in (Decode.DECIMAL_LE, Decode.FACILITY, Decode.FACILITY8, Decode.EM_PRINT):
        with pytest.raises(ValueError, match=r"."):
            read(text, decode)


@given(st.binary(min_size=4, max_size=10).filter(lambda b: len(b) in (4, 5, 7, 10)))
def test_every_form_leads_back_to_what_it_carries(raw):
    uid = raw.hex().upper()
    for decode, text in forms(uid).items():
        back = bytes.fromhex(read(text, decode))
        if decode in PARTIAL or len(back) < len(raw):
            assert back in raw
        else:
            assert back == raw
        assert decode in decodes_between(text, uid)


@given(st.text(max_size=30))
def test_any_text_has_readings_or_none(text):
    for reading in readings(text):
        assert bytes.fromhex(reading.uid)
