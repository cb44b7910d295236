"""Card numbers in one form, hashed with the school's key."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.cards import canonical_uid, is_random_uid, last4, uid_hash


def test_canonical_form():
    assert canonical_uid("04:a1-b2 c3") == "04A1B2C3"
    assert last4("04A1B2C3") == "B2C3"


@pytest.mark.parametrize(
    ("text", "technology"),
    [("", ""), ("04A", ""), ("04A1", ""), ("04A1B2C3", "em4100"), ("0" * 22, ""), ("GG112233", "")],
)
def test_what_is_no_card_number(text, technology):
    with pytest.raises(ValueError, match=r"hex digits|bytes"):
        canonical_uid(text, technology)


def test_hash_is_keyed_and_knows_the_technology():
    key, uid = bytes(32), "0563537489"
    expected = hmac.new(key, b"em4100\0" + bytes.fromhex(uid), hashlib.sha256).digest()[:16].hex()
    assert uid_hash(key, "em4100", uid) == expected
    assert uid_hash(key, "mifare", uid) != expected
    assert uid_hash(b"\1" * 32, "em4100", uid) != expected


def test_numbers_made_up_by_phones():
    assert is_random_uid("mifare", "08AABBCC")
    assert not is_random_uid("mifare", "04AABBCC")
    assert not is_random_uid("mifare", "08AABBCCDDEEFF")
    assert not is_random_uid("em4100", "08AABBCC")


@given(st.binary(min_size=3, max_size=10))
def test_any_number_of_bytes_comes_back(uid):
    assert bytes.fromhex(canonical_uid(uid.hex())) == uid
