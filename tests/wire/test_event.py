"""One fact, one encoding: the same bytes stored, hashed and sent, on every machine."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.wire.event import Event, content_hash, encode_body, event_id, parse_event_id

BOOT = "b0" * 16
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(TEXT, VALUES, max_size=5)


@given(BODIES)
def test_a_body_reads_back_as_it_was(body) -> None:
    assert json.loads(encode_body(body)) == body


@given(BODIES, st.randoms())
def test_the_order_of_keys_does_not_matter(body, chance) -> None:
    keys = list(body)
    chance.shuffle(keys)
    assert encode_body({key: body[key] for key in keys}) == encode_body(body)


@given(BODIES)
def test_encoding_what_was_decoded_changes_no_byte(body) -> None:
    encoded = encode_body(body)
    assert encode_body(json.loads(encoded)) == encoded


def test_the_encoding_is_the_documented_one() -> None:
    body = {"tên": "Đỗ", "b": [1, True, None], "a": {"y": 2, "x": -1}}
    assert encode_body(body) == '{"a":{"x":-1,"y":2},"b":[1,true,null],"tên":"Đỗ"}'.encode()


@given(BODIES, st.floats(), st.integers(0, 2))
def test_a_float_anywhere_is_refused(body, number, depth) -> None:
    inner: object = number
    for _ in range(depth):
        inner = [inner]
    with pytest.raises(ValueError, match="float"):
        encode_body({**body, "x": inner})


@pytest.mark.parametrize(
    "body",
    [{"x": b"bytes"}, {"x": {1, 2}}, {"x": object()}, {1: 2}, {"x": {None: 1}}, {"x": "\ud800"}],
)
def test_what_json_has_no_word_for_is_refused(body) -> None:
    with pytest.raises(ValueError, match=r"body|surrogates"):
        encode_body(body)


def test_the_hash_is_the_documented_one() -> None:
    """Worked out apart with: printf 'tap\\n<boot>\\n7\\n{}' | sha256sum | cut -c1-16."""
    assert content_hash("tap", BOOT, 7, b"{}").hex() == "f14d89cc33bdac71"


@given(
    st.binary(max_size=40), st.binary(max_size=40), st.integers(0, 1 << 50), st.integers(0, 1 << 50)
)
def test_another_content_is_another_hash_and_the_wall_clock_is_no_content(
    one, two, at, then
) -> None:
    def event(body: bytes, mono_ms: int, wall_ms: int) -> Event:
        return Event(1, "tap", BOOT, mono_ms, wall_ms, "none", body)

    assert (event(one, at, 0).sha8 == event(two, then, 0).sha8) == ((one, at) == (two, then))
    assert event(one, at, 1).sha8 == event(one, at, 2).sha8


@given(st.integers(0, (1 << 64) - 1), st.integers(1, 10**18))
def test_an_id_reads_back(incarnation, seq) -> None:
    assert parse_event_id(event_id(incarnation, seq)) == (incarnation, seq)


@given(st.text(max_size=40))
def test_any_text_is_an_id_or_refused(text) -> None:
    try:
        incarnation, seq = parse_event_id(text)
    except ValueError as error:
        assert "is not an event id" in str(error)
    else:
        assert event_id(incarnation, seq) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00ff00ff00ff00ff-0",
        "00ff00ff00ff00ff-01",
        "00FF00ff00ff00ff-1",
        "ff-1",
        "00ff00ff00ff00ff-1\n",
    ],
)
def test_near_misses_are_no_ids(text) -> None:
    with pytest.raises(ValueError, match="is not an event id"):
        parse_event_id(text)
