"""Ids that room, hub and office derive alike."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.ids import (
    group_key,
    lesson_id,
    parse_lesson_id,
    provisional_lesson_id,
    run_id,
    slotless,
)
from school.records import Session

KEYS = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)


def test_lesson_id_of_the_design():
    assert lesson_id(date(2026, 11, 23), Session.MORNING, 2, "10a1") == "20261123-S-2-10a1"
    assert lesson_id(date(2026, 11, 23), Session.EVENING, slotless(495), "7-3") == (
        "20261123-T-x0815-7-3"
    )


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(Session), KEYS, st.data())
def test_a_lesson_id_says_what_it_was_made_of(day, session, group, data):
    slots = st.one_of(st.integers(1, 99), st.integers(0, 1439).map(slotless))
    slot = data.draw(slots)
    key = parse_lesson_id(lesson_id(day, session, slot, group))
    assert (key.day, key.session, key.slot, key.group_key) == (day, session, str(slot), group)
    assert (key.number is None) == str(slot).startswith("x")


def test_provisional_ids():
    run = run_id("0123456789abcdef" * 2, 3)
    assert run == "b01234567-3"
    key = parse_lesson_id(provisional_lesson_id(run, "7-3"))
    assert (key.day, key.slot, key.group_key, key.number) == (None, run, "7-3", None)


@pytest.mark.parametrize(
    "text",
    ["", "x", "20261123-S-2", "20261123-S-0-10a1", "20261123-X-1-10a1", "20261323-S-1-10a1",
     "20261123-S-x2460-10a1", "20261123-S-x0860-10a1", "20261123-S-1-10A1", "b0123-1-10a1"],
)  # fmt: skip
def test_what_is_no_lesson_id(text):
    with pytest.raises(ValueError, match=r"lesson|month|day|range"):
        parse_lesson_id(text)


@given(st.text(max_size=30))
def test_any_text_is_a_lesson_id_or_a_value_error(text):
    try:
        parse_lesson_id(text)
    except ValueError:
        return
    assert text[0] in "b0123456789"


@pytest.mark.parametrize(
    ("name", "key"),
    [("10A1", "10a1"), ("7/3", "7-3"), ("3.2", "3-2"), ("Đội tuyển Toán", "doi-tuyen-toan")],
)
def test_group_key_of_a_name(name, key):
    assert group_key(name) == key


def test_a_name_without_letters_has_no_key():
    with pytest.raises(ValueError, match="letter"):
        group_key("?!")
