"""The promise of every codec, on arbitrary bytes and on spoiled good messages."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drivers.fuzz_targets import FUZZ_TARGETS, SEEDS

EXAMPLES = int(os.environ.get("LOPHOC_FUZZ_EXAMPLES", "200"))
_often = settings(max_examples=EXAMPLES, deadline=None, database=None)


@st.composite
def spoiled(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Good messages, some cut, some with a byte changed, with noise between them."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        message = bytearray(draw(st.sampled_from(seeds)))
        if draw(st.booleans()):
            message[draw(st.integers(0, len(message) - 1))] = draw(st.integers(0, 255))
        if draw(st.booleans()):
            del message[draw(st.integers(0, len(message))) :]
        parts += [bytes(message), draw(st.binary(max_size=6))]
    return b"".join(parts)


@pytest.mark.parametrize("codec", FUZZ_TARGETS)
def test_arbitrary_bytes(codec):
    @_often
    @given(st.binary(max_size=300))
    def holds(received):
        FUZZ_TARGETS[codec](received)

    holds()


@pytest.mark.parametrize("codec", FUZZ_TARGETS)
def test_spoiled_messages(codec):
    @_often
    @given(spoiled(SEEDS[codec]))
    def holds(received):
        FUZZ_TARGETS[codec](received)

    holds()


@pytest.mark.parametrize("codec", FUZZ_TARGETS)
def test_a_long_run_of_one_byte(codec):
    for byte in b"\x00\x02\r%PMA\xaa\xff[{":
        FUZZ_TARGETS[codec](bytes([byte]) * 5000)
