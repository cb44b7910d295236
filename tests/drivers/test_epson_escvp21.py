"""What the transcript does not show: ESC/VP.net, passwords, late colons, the list of inputs."""

import asyncio

import pytest

from devices.capability import Capability
from devices.errors import PasswordRefusedError, SilentError, UnreachableError
from drivers.codecs.escvp21 import NetLogin
from drivers.families.epson_escvp21 import FAMILY
from drivers.families.family import Times
from drivers.table_driver import Setup, TableDriver
from drivers.transports.serial_port import Line, SerialTransport
from drivers.transports.tcp import TcpTransport

HELLO = b"ESC/VP.net\x10\x03\x00\x00\x00"
WITH_ZEROS = HELLO + b"\x01\x01\x01" + b"secret" + bytes(10)
WITH_BLANKS = HELLO + b"\x01\x01\x01" + b"secret" + b" " * 10
TIMES = Times(answer_within_s=0.2, serial_quiet_s=0.05)


def welcome(status: int = 0x20) -> bytes:
    return HELLO[:14] + bytes((status, 0))


def on_network(address, clock, password=None) -> TableDriver:
    return TableDriver(FAMILY, TcpTransport(address), clock, Setup(login=NetLogin(password)))


async def test_without_a_password(tcp_device, clock):
    driver = on_network(tcp_device.address, clock)
    reading = asyncio.create_task(driver.read_fast())
    end = await tcp_device.met()
    await end.answer(HELLO + b"\x00", welcome())
    await end.answer(b"PWR?\r", b"PWR=04\r:")
    assert await reading == {Capability.POWER: "off"}
    await driver.close()


async def test_a_password_is_filled_up_with_zeros_then_with_blanks_and_remembered(
    tcp_device, clock
):
    driver = on_network(tcp_device.address, clock, "secret")
    for first in (True, False):
        reading = asyncio.create_task(driver.read_fast())
        end = await tcp_device.met()
        if first:
            await end.answer(WITH_ZEROS, welcome(0x43))
            end = await tcp_device.met()
        await end.answer(WITH_BLANKS, welcome())
        await end.answer(b"PWR?\r", b"PWR=01\r:")
        assert await reading == {Capability.POWER: "on"}
        await driver.close()


@pytest.mark.parametrize(
    ("password", "status", "error", "words"),
    [
        (None, 0x41, PasswordRefusedError, "asks for a password"),
        (None, 0x53, UnreachableError, "another controller"),
        (None, 0x40, UnreachableError, "status 40"),
    ],
)
async def test_not_let_in(tcp_device, clock, password, status, error, words):
    driver = on_network(tcp_device.address, clock, password)
    reading = asyncio.create_task(driver.read_fast())
    end = await tcp_device.met()
    await end.answer(HELLO + b"\x00", welcome(status))
    with pytest.raises(error, match=words):
        await reading
    await driver.close()


async def test_a_password_that_is_wrong_in_either_way(tcp_device, clock):
    driver = on_network(tcp_device.address, clock, "secret")
    reading = asyncio.create_task(driver.read_fast())
    for hello in (WITH_ZEROS, WITH_BLANKS):
        end = await tcp_device.met()
        await end.answer(hello, welcome(0x43))
    with pytest.raises(PasswordRefusedError, match="refused the password"):
        await reading
    await driver.close()


@pytest.fixture
async def projector(pty_device, clock):
    """One on a serial line that is given up on soon."""
    wire = SerialTransport(pty_device.address, Line())
    driver = TableDriver(FAMILY, wire, clock, Setup(keeps_open=True, times=TIMES))
    yield driver
    await driver.close()


async def asked(driver, device, said: str) -> dict:
    reading = asyncio.create_task(driver.read_fast())
    await device.answer(b"PWR?\r", f"PWR={said}\r:".encode())
    return await reading


@pytest.mark.parametrize(
    ("said", "power"),
    [("00", "off"), ("02", "warming"), ("05", "fault"), ("09", "off"), ("7F", "unknown")],
)
async def test_power(projector, pty_device, said, power):
    assert await asked(projector, pty_device, said) == {Capability.POWER: power}


async def test_a_colon_that_comes_late_answers_no_question(projector, pty_device):
    projector.offers  # noqa: B018 - asked for as the room does
    with pytest.raises(SilentError):
        await projector._ask(b"PWR ON", 0.1)
    reading = asyncio.create_task(projector.read_fast())
    await pty_device.answer(b"PWR ON\r")
    await pty_device.answer(b"PWR?\r", b":", b"PWR=02\r:")
    assert await reading == {Capability.POWER: "warming"}


async def test_a_list_that_cannot_be_read_leaves_the_usual_inputs(projector, pty_device):
    reading = asyncio.create_task(projector.read_all())
    on = {
        "SOURCE?": "30",
        "VOL?": "20",
        "MUTE?": "ON",
        "FREEZE?": "OFF",
        "LAMP?": "7 9",
        "ERR?": "0C",
    }
    await pty_device.answer(b"PWR?\r", b"PWR=01\r:")
    for question, said in on.items():
        await pty_device.answer(f"{question}\r".encode(), f"{question[:-1]}={said}\r:".encode())
    await pty_device.answer(b"SNO?\r", b"ERR\r:")
    await pty_device.answer(b"SOURCELIST?\r", b"SOURCELIST=30 HDMI1 A0\r:")
    reports = await reading
    assert reports[Capability.FAULTS] == "other"
    assert reports[Capability.LAMP] == 7
    inputs = next(one for one in projector.offers if one.capability is Capability.INPUTS)
    assert inputs.choices == FAMILY.inputs
