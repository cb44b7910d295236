"""The promise of every codec, on arbitrary bytes and on spoiled good messages."""

import os
import random

import pytest
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from tests.drivers.fuzz_targets import FUZZ_TARGETS, SEEDS

EXAMPLES = int(os.environ.get("LOPHOC_FUZZ_EXAMPLES", "200"))


def spoil(noise: bytes, chance: int, seeds: tuple[bytes, ...]) -> bytes:
    """Good messages, some cut, some with a byte changed, with noise between them."""
    dice = random.Random(chance)
    parts = []
    for _ in range(dice.randint(1, 4)):
        message = bytearray(dice.choice(seeds))
        if dice.random() < 0.5:
            message[dice.randrange(len(message))] = dice.randrange(256)
        if dice.random() < 0.3:
            del message[dice.randrange(len(message)) :]
        parts.append(bytes(message))
    cut = dice.randint(0, len(noise))
    return noise[:cut].join(parts) + noise[cut:]


@pytest.mark.timeout(900)  # the large sizes take their time
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.binary(max_size=300), st.integers(0, 2**32))
@example(b"", 0)
def test_any_bytes(noise, chance):
    """One draw for all codecs: to draw costs more than to decode."""
    for codec, target in FUZZ_TARGETS.items():
        note(codec)
        target(noise)
        target(spoil(noise, chance, SEEDS[codec]))


@pytest.mark.parametrize("codec", FUZZ_TARGETS)
@pytest.mark.parametrize("byte", [*b"\x00\x02\r%PMA\xaa\xff[{"])
def test_a_long_run_of_one_byte(codec, byte):
    FUZZ_TARGETS[codec](bytes([byte]) * 5000)


@pytest.mark.parametrize("codec", FUZZ_TARGETS)
def test_seeds_are_good_messages(codec):
    for seed in SEEDS[codec]:
        FUZZ_TARGETS[codec](seed)
