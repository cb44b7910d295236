import asyncio

import pytest

from drivers.emulators.ascii_reader import AsciiReaderEmulator, Print
from drivers.emulators.emulator import Fault, Settings

CARD = "04A1B2C3"
LINE = b"04A1B2C3\r\n"


@pytest.mark.parametrize(
    ("form", "card", "line"),
    [
        (Print(), "04a1b2c3", LINE),
        (Print(before=b"\x02", after=b"\x03"), "100086F444", b"\x02100086F444\x03"),
        (Print(decimal=True, after=b"\r"), "0086F444", b"0008844356\r"),
        (Print(decimal=True, backwards=True), "44F48600", b"0008844356\r\n"),
        (Print(backwards=True, before=b"ID "), "04A1B21A2B6C80", b"ID 806C2B1AB2A104\r\n"),
        (Print(decimal=True), "00" * 10, b"0" * 25 + b"\r\n"),
    ],
)
def test_lines(form: Print, card: str, line: bytes) -> None:
    assert form.line_of(bytes.fromhex(card)) == line


@pytest.fixture
async def reader(tmp_path):
    emulator = AsciiReaderEmulator(Settings(), tmp_path / "door")
    await emulator.start()
    yield emulator
    await emulator.close()


async def test_a_card_is_printed_once(reader, open_port, tmp_path) -> None:
    port = open_port(str(tmp_path / "door"))
    touch = asyncio.create_task(reader.touch(CARD.lower()))
    assert await port.exactly(len(LINE)) == LINE
    assert reader.state() == {"card": CARD, "touches": 1}
    await touch
    assert reader.state() == {"card": None, "touches": 1}
    await reader.touch("0000000001")
    assert await port.exactly(12) == b"0000000001\r\n"


@pytest.mark.parametrize("uid", ["", "12", "04A1B2C", "04A1B2C3D4E5", "zzA1B2C3", "04 A1 B2 C3"])
async def test_other_cards_cannot_be_read(reader, uid: str) -> None:
    with pytest.raises(ValueError, match="hex digits"):
        await reader.touch(uid)


async def test_faults(reader, open_port, tmp_path) -> None:
    port = open_port(str(tmp_path / "door"))
    await reader.set_fault(Fault.HALF)
    await reader.touch(CARD)
    assert await port.exactly(5) == LINE[:5]
    await reader.set_fault(Fault.SILENT)
    await reader.touch(CARD)
    await reader.set_fault(Fault.GARBAGE)
    await reader.touch(CARD)
    assert len(await port.exactly(16)) == 16
    await reader.set_fault(Fault.UNPLUGGED)
    await port.lost.wait()
    assert not (tmp_path / "door").is_symlink()
    await reader.touch(CARD)  # into the air
    await reader.set_fault(Fault.WRONG_PASSWORD)  # it has none: as if nothing were wrong
    again = open_port(str(tmp_path / "door"))
    await reader.touch(CARD)
    assert await again.exactly(len(LINE)) == LINE
