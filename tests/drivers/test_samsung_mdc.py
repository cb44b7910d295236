"""What the transcript does not show: wrong ids, refusals, the secured protocol, noise."""

import asyncio

import pytest

from devices.capability import Capability
from devices.errors import MalformedReplyError, PasswordRefusedError, RefusedError, SilentError
from drivers.codecs import samsung_mdc as codec
from drivers.families.family import Times
from drivers.families.samsung_mdc import FAMILY
from drivers.table_driver import Setup, TableDriver
from drivers.transports.serial_port import Line, SerialTransport
from drivers.transports.tcp import TcpTransport

ON = bytes([1, 30, 0, 0x21, 0, 0, 0])


def reply(command: int, content: bytes, *, display_id: int = 0, ack: bytes = b"A") -> bytes:
    counted = bytes([0xFF, display_id, len(content) + 2]) + ack + bytes([command]) + content
    return b"\xaa" + counted + bytes([codec.checksum(counted)])


@pytest.fixture
async def board(pty_device, clock):
    """A board on a serial line that is given up on soon."""
    times = Times(answer_within_s=0.15, serial_quiet_s=0.1, quiet_after_on_s=15)
    setup = Setup(keeps_open=True, times=times)
    driver = TableDriver(FAMILY, SerialTransport(pty_device.address, Line()), clock, setup)
    yield driver
    await driver.close()


async def status(driver, device, *answers: bytes):
    reading = asyncio.create_task(driver.read_fast())
    await device.answer(codec.encode(0, 0), *answers)
    return await reading


async def test_status(board, pty_device):
    assert await status(board, pty_device, reply(0, ON)) == {
        Capability.POWER: "on",
        Capability.INPUTS: "hdmi1",
        Capability.VOLUME: 30,
        Capability.MUTE: False,
    }


async def test_a_display_without_sound_offers_none(board, pty_device):
    reports = await status(board, pty_device, reply(0, bytes([1, 255, 255, 0x99])))
    assert reports == {Capability.POWER: "on", Capability.INPUTS: "99"}
    assert Capability.VOLUME not in {offer.capability for offer in board.offers}
    with pytest.raises(RefusedError):
        await board.write(Capability.VOLUME, 1)


async def test_a_power_that_is_neither_on_nor_off_is_unknown(board, pty_device):
    reports = await status(board, pty_device, reply(0, bytes([7, 1, 0, 0x22])))
    assert reports[Capability.POWER] == "unknown"
    assert reports[Capability.INPUTS] == "hdmi1"


async def test_answers_of_other_displays_and_to_other_questions_are_passed_over(board, pty_device):
    others = reply(0, bytes(7), display_id=3) + reply(0x12, b"\x05")
    reports = await status(board, pty_device, others, reply(0, ON))
    assert reports[Capability.POWER] == "on"


async def test_noise_before_the_answer(board, pty_device):
    reports = await status(board, pty_device, b"\xaa\xff\x00\x02\x00noise", reply(0, ON))
    assert reports[Capability.POWER] == "on"


async def test_a_wrong_id_is_silence(board):
    with pytest.raises(SilentError):
        await board.read_fast()


async def test_half_an_answer(board, pty_device):
    with pytest.raises(MalformedReplyError):
        await status(board, pty_device, reply(0, ON)[:5])


async def test_a_status_that_is_too_short(board, pty_device):
    with pytest.raises(MalformedReplyError):
        await status(board, pty_device, reply(0, b"\x01"))


async def test_a_refused_status(board, pty_device):
    with pytest.raises(RefusedError, match="refused the command status"):
        await status(board, pty_device, reply(0, b"\x01", ack=b"N"))


async def test_health(board, pty_device):
    reading = asyncio.create_task(board.read_all())
    await pty_device.answer(codec.encode(0, 0), reply(0, ON))
    await pty_device.answer(codec.encode(0x0D, 0), reply(0x0D, bytes([1, 1, 1, 1, 61, 1])))
    for command in (0x0B, 0x0E, 0x10):
        await pty_device.answer(codec.encode(command, 0), reply(command, b"X1"))
    reports = await reading
    assert reports[Capability.TEMPERATURE] == 61
    assert reports[Capability.FAULTS] == "lamp,temperature,sensor,fan"
    assert board.notes == {"serial": "X1", "software": "X1", "model": "X1"}


async def test_health_that_is_too_short_hides_only_itself(board, pty_device):
    reading = asyncio.create_task(board.read_all())
    await pty_device.answer(codec.encode(0, 0), reply(0, ON))
    await pty_device.answer(codec.encode(0x0D, 0), reply(0x0D, b"\x01"))
    for command in (0x0B, 0x0E, 0x10):
        await pty_device.answer(codec.encode(command, 0), reply(command, b"\x01", ack=b"N"))
    assert Capability.TEMPERATURE not in await reading
    assert board.notes == {}


@pytest.mark.parametrize(
    ("capability", "value"),
    [(Capability.INPUTS, "hdmi9"), (Capability.VOLUME, 101), (Capability.BLANK, True)],
)
async def test_wishes_that_never_reach_the_wire(tcp_device, clock, capability, value):
    driver = TableDriver(FAMILY, TcpTransport(tcp_device.address), clock)
    with pytest.raises(RefusedError):
        await driver.write(capability, value)
    assert tcp_device.connections == 0


@pytest.mark.parametrize(
    ("blank", "frame"), [(True, "AA F9 00 01 01 FB"), (False, "AA F9 00 01 00 FA")]
)
async def test_blank_where_it_is_asked_for(pty_device, clock, blank, frame):
    """Source: MDC manual 15 (protocol notes §3.1, corrected): F9 turns the panel off with 01."""
    wire = SerialTransport(pty_device.address, Line())
    driver = TableDriver(FAMILY, wire, clock, Setup(options=frozenset(("blank",))))
    writing = asyncio.create_task(driver.write(Capability.BLANK, blank))
    await pty_device.answer(bytes.fromhex(frame), reply(0xF9, bytes((blank,))))
    await writing
    await driver.close()


async def test_another_display_id(pty_device, clock):
    wire = SerialTransport(pty_device.address, Line())
    driver = TableDriver(FAMILY, wire, clock, Setup(number=5))
    reading = asyncio.create_task(driver.read_fast())
    await pty_device.answer(codec.encode(0, 5), reply(0, ON, display_id=5))
    await reading
    await driver.close()


async def test_the_secured_protocol_is_named(tcp_device, clock):
    driver = TableDriver(FAMILY, TcpTransport(tcp_device.address), clock)
    reading = asyncio.create_task(driver.read_fast())
    (await tcp_device.met()).say(b"MDCSTART<<TLS>>")
    with pytest.raises(PasswordRefusedError, match="switch it off in the display's menu"):
        await reading


async def test_over_tcp(tcp_device, clock):
    driver = TableDriver(FAMILY, TcpTransport(tcp_device.address), clock)
    reading = asyncio.create_task(driver.read_fast())
    await (await tcp_device.met()).answer(codec.encode(0, 0), reply(0, ON))
    assert (await reading)[Capability.POWER] == "on"
    await driver.close()


async def test_no_power_on_means_no_quiet(board, pty_device):
    with pytest.raises(SilentError):  # the wish was not taken
        await board.write(Capability.POWER, "on")
    await pty_device.expect(codec.encode(0x11, 0, b"\x01"))
    reports = await status(board, pty_device, reply(0, ON))
    assert reports[Capability.POWER] == "on"
