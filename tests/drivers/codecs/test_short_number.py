"""A number without its zeros is never read as another card's: it only says what it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs.short_number import possible_decimal, possible_hex


def test_the_number_of_the_report():
    """`ac8c5ea`: which of four bytes lost its zero cannot be told."""
    assert set(possible_hex("ac8c5ea", 4)) == {"0AC8C5EA", "AC08C5EA", "AC8C05EA", "AC8C5E0A"}


@given(st.binary(min_size=4, max_size=4))
def test_the_card_is_among_what_its_digits_may_be(card):
    printed = "".join(f"{byte:x}" for byte in card)
    if len(printed) < 8:
        assert card.hex().upper() in possible_hex(printed, 4)
    whole = f"{int.from_bytes(card):x}"
    if 4 <= len(whole) < 8:
        assert card.hex().upper() in possible_hex(whole, 4)


@given(st.text(max_size=12), st.sampled_from([4, 5, 7, 10]))
def test_any_text_may_be_whole_numbers_or_nothing(text, size):
    for number in (*possible_hex(text, size), *possible_decimal(text, size)):
        assert len(bytes.fromhex(number)) == size


@pytest.mark.parametrize("digits", ["", "04A1B2C3", "04A1B2C3D4", "zz", "a", "1"])
def test_whole_numbers_and_scraps_may_be_nothing(digits):
    assert possible_hex(digits, 4) == ()


def test_decimal():
    assert possible_decimal("180143850", 4) == ("0ABCC6EA",)
    assert possible_decimal("99999999999", 4) == ()
