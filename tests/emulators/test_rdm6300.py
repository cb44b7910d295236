import asyncio
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.emulators.emulator import Fault, Settings
from drivers.emulators.rdm6300 import Rdm6300Emulator, frame_of

CARD = "100086F444"
FRAME = b"\x02100086F44426\x03"


def test_the_example_of_the_document() -> None:
    assert frame_of(bytes.fromhex(CARD)) == FRAME


@given(st.binary(min_size=5, max_size=5))
def test_every_card_gives_fourteen_bytes_whose_parts_cancel_out(card: bytes) -> None:
    frame = frame_of(card)
    assert len(frame) == 14
    assert (frame[0], frame[-1]) == (0x02, 0x03)
    total = 0
    for byte in bytes.fromhex(frame[1:-1].decode()):
        total ^= byte
    assert total == 0


@pytest.fixture
async def reader(tmp_path):
    emulator = Rdm6300Emulator(Settings(), tmp_path / "door")
    await emulator.start()
    yield emulator
    await emulator.close()


async def test_the_frame_repeats_while_the_card_lies_there(reader, open_port, tmp_path) -> None:
    port = open_port(str(tmp_path / "door"))
    await reader.lay(CARD, 0.2)
    frames = reader.state()["frames"]
    assert isinstance(frames, int)
    assert frames >= 2
    assert await port.exactly(14 * frames) == FRAME * frames
    assert reader.state() == {"card": None, "touches": 1, "frames": frames}


async def test_one_frame_is_the_least(reader, open_port, tmp_path) -> None:
    port = open_port(str(tmp_path / "door"))
    await reader.lay(CARD.lower(), 0)
    assert await port.exactly(14) == FRAME


@pytest.mark.parametrize("uid", ["", "12", "04A1B2C3", "100086F44", "zz0086F444", "10 00 86 F4 44"])
async def test_other_cards_cannot_be_read(reader, uid: str) -> None:
    with pytest.raises(ValueError, match="ten hex digits"):
        await reader.touch(uid)


async def test_faults(reader, open_port, tmp_path) -> None:
    port = open_port(str(tmp_path / "door"))
    await reader.set_fault(Fault.HALF)
    await reader.lay(CARD, 0)
    assert await port.exactly(7) == FRAME[:7]
    await reader.set_fault(Fault.SILENT)
    await reader.lay(CARD, 0)
    await reader.set_fault(Fault.GARBAGE)
    assert len(await port.exactly(48)) == 48  # without any card
    await reader.set_fault(Fault.UNPLUGGED)
    await port.lost.wait()
    assert not (tmp_path / "door").is_symlink()
    await reader.lay(CARD, 0)  # into the air
    await reader.set_fault(Fault.WRONG_PASSWORD)  # it has none: as if nothing were wrong
    again = open_port(str(tmp_path / "door"))
    await reader.lay(CARD, 0)
    assert await again.exactly(14) == FRAME


async def test_what_nobody_fetches_is_lost_as_on_a_real_line(
    reader, open_port, tmp_path, monkeypatch
) -> None:
    flushed = asyncio.Event()
    real = termios.tcflush

    def flush(port: int, queue: int) -> None:
        real(port, queue)
        flushed.set()

    monkeypatch.setattr(termios, "tcflush", flush)
    await reader.lay(CARD, 0)
    await asyncio.wait_for(flushed.wait(), 5)
    port = open_port(str(tmp_path / "door"))
    await reader.lay("0000000001", 0)
    assert await port.exactly(14) == frame_of(bytes.fromhex("0000000001"))
