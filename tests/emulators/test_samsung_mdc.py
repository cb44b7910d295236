from pathlib import Path

import pytest

from drivers.emulators.emulator import Fault, Settings
from drivers.emulators.samsung_mdc import MdcSerialEmulator, MdcTalk, MdcTcpEmulator
from drivers.emulators.samsung_mdc_model import MdcModel

ON = bytes.fromhex("AA1100010113")
OFF = bytes.fromhex("AA1100010012")
ASK_POWER = bytes.fromhex("AA11000011")


@pytest.fixture
def talk(clock) -> MdcTalk:
    return MdcTalk(MdcModel(clock), 0)


def frame(text: str) -> bytes:
    """Hex with the checksum left to us."""
    raw = bytes.fromhex(text)
    return raw + bytes([sum(raw[1:]) & 0xFF])


def test_power_on_shows_after_some_seconds(talk, clock) -> None:
    assert talk.hear(ON) == [frame("AA FF 00 03 41 11 01")]
    assert talk.hear(ASK_POWER) == [frame("AA FF 00 03 41 11 00")]
    assert talk.model.state()["power"] == "warming"
    clock.pass_(5)
    assert talk.hear(ASK_POWER) == [frame("AA FF 00 03 41 11 01")]
    assert talk.hear(OFF) == [frame("AA FF 00 03 41 11 00")]
    assert talk.hear(ASK_POWER) == [frame("AA FF 00 03 41 11 00")]


def test_settings_are_refused_until_it_is_ready(talk, clock) -> None:
    louder = bytes.fromhex("AA1200011E31")
    assert talk.hear(louder) == [frame("AA FF 00 03 4E 12 01")]
    talk.hear(ON)
    clock.pass_(7)
    assert talk.hear(louder) == [frame("AA FF 00 03 4E 12 01")]
    clock.pass_(1)
    assert talk.hear(louder) == [frame("AA FF 00 03 41 12 1E")]
    assert talk.model.state()["volume"] == 30


def test_settings_and_status_when_on(talk, clock) -> None:
    talk.hear(ON)
    clock.pass_(8)
    assert talk.hear(bytes.fromhex("AA1400012136")) == [frame("AA FF 00 03 41 14 21")]
    assert talk.hear(bytes.fromhex("AA1300010115")) == [frame("AA FF 00 03 41 13 01")]
    assert talk.hear(frame("AA F9 00 01 01")) == [frame("AA FF 00 03 41 F9 01")]
    assert talk.hear(bytes.fromhex("AA00000000")) == [
        frame("AA FF 00 09 41 00 01 14 01 21 10 00 00")
    ]
    assert talk.hear(bytes.fromhex("AA0D00000D")) == [frame("AA FF 00 08 41 0D 00 00 00 00 24 00")]
    assert talk.model.state()["blank"] is True


@pytest.mark.parametrize(
    "wish",
    ["AA 12 00 01 65", "AA 14 00 01 22", "AA 14 00 01 77", "AA 13 00 01 02", "AA 11 00 01 07",
     "AA 77 00 00", "AA 77 00 01 01", "AA 12 00 02 01 01", "AA 0D 00 01 01"],
)  # fmt: skip
def test_what_it_cannot_do_it_refuses(talk, clock, wish: str) -> None:
    talk.hear(ON)
    clock.pass_(8)
    command = bytes.fromhex(wish)[1]
    assert talk.hear(frame(wish)) == [frame(f"AA FF 00 03 4E {command:02x} 01")]


def test_texts(talk) -> None:
    assert talk.hear(frame("AA 0B 00 00")) == [frame("AA FF 00 09 41 0B" + b"EMU0002".hex())]


def test_another_display_is_not_answered_and_everybody_obeys_silently(talk) -> None:
    assert talk.hear(frame("AA 11 01 00")) == []
    assert talk.hear(frame("AA 11 FE 01 01")) == []
    assert talk.model.state()["power"] == "warming"


def test_reboot_starts_again(talk, clock) -> None:
    talk.hear(ON)
    clock.pass_(60)
    talk.hear(frame("AA 11 00 01 02"))
    assert talk.hear(ASK_POWER) == [frame("AA FF 00 03 41 11 00")]
    clock.pass_(5)
    assert talk.hear(ASK_POWER) == [frame("AA FF 00 03 41 11 01")]


def test_frames_are_found_between_rubbish_and_byte_by_byte(talk) -> None:
    stream = b"\x00\x12" + ASK_POWER[:-1] + b"\x77" + ASK_POWER + b"\xff"
    answers = [answer for byte in stream for answer in talk.hear(bytes([byte]))]
    assert answers == [frame("AA FF 00 03 41 11 00")]


@pytest.fixture
async def board(tmp_path: Path):
    emulator = MdcSerialEmulator(Settings(id="0", fast=True), tmp_path / "board")
    await emulator.start()
    yield emulator
    await emulator.close()


async def test_on_a_serial_line(board, open_port, tmp_path) -> None:
    port = open_port(str(tmp_path / "board"))
    port.say(ASK_POWER[:2])
    port.say(ASK_POWER[2:])
    assert await port.exactly(8) == frame("AA FF 00 03 41 11 00")


async def test_the_room_may_close_and_open_its_port(board, open_port, tmp_path) -> None:
    for _ in range(3):
        port = open_port(str(tmp_path / "board"))
        port.say(ASK_POWER)
        assert await port.exactly(8) == frame("AA FF 00 03 41 11 00")
        port.close()


async def test_serial_faults(board, open_port, tmp_path) -> None:
    port = open_port(str(tmp_path / "board"))
    await board.set_fault(Fault.HALF)
    port.say(ASK_POWER)
    assert await port.exactly(4) == bytes.fromhex("AAFF0003")
    await board.set_fault(Fault.GARBAGE)
    port.say(ASK_POWER)
    assert len(await port.exactly(16)) == 16
    await board.set_fault(Fault.SILENT)
    port.say(ON)
    await board.set_fault(Fault.WRONG_PASSWORD)  # there is none on a serial line
    port.say(ASK_POWER)
    await port.exactly(8)


async def test_unplugged_takes_port_and_link_away_and_brings_them_back(
    board, open_port, tmp_path
) -> None:
    link = tmp_path / "board"
    port = open_port(str(link))
    await board.set_fault(Fault.UNPLUGGED)
    await port.lost.wait()
    assert not link.is_symlink()
    await board.set_fault(Fault.NONE)
    again = open_port(str(link))
    again.say(ASK_POWER)
    assert await again.exactly(8) == frame("AA FF 00 03 41 11 00")


async def test_a_file_in_the_links_place_is_not_overwritten(tmp_path) -> None:
    (tmp_path / "board").write_text("mine")
    emulator = MdcSerialEmulator(Settings(id="0"), tmp_path / "board")
    with pytest.raises(FileExistsError):
        await emulator.start()
    assert (tmp_path / "board").read_text() == "mine"


async def test_on_tcp_with_its_faults(call) -> None:
    emulator = MdcTcpEmulator(Settings(id="3"), 0)
    address = await emulator.start()
    caller = await call(address)
    await caller.say(frame("AA 11 03 00"))
    assert await caller.exactly(8) == frame("AA FF 03 03 41 11 00")
    await emulator.set_fault(Fault.WRONG_PASSWORD)
    assert await caller.rest() == b""
    locked = await call(address)
    assert await locked.exactly(15) == b"MDCSTART<<TLS>>"
    await emulator.set_fault(Fault.UNPLUGGED)
    assert await locked.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        await call(address)
    await emulator.set_fault(Fault.NONE)
    again = await call(address)
    await again.say(frame("AA 11 03 00"))
    assert await again.exactly(8) == frame("AA FF 03 03 41 11 00")
    await emulator.close()


@pytest.mark.parametrize("number", ["254", "-1", "x", ""])
def test_a_number_that_no_display_has_is_told(tmp_path, number: str) -> None:
    with pytest.raises(ValueError, match="0 to 253"):
        MdcSerialEmulator(Settings(id=number), tmp_path / "board")
    with pytest.raises(ValueError, match="0 to 253"):
        MdcTcpEmulator(Settings(id=number), 0)
