import asyncio
import os
import subprocess
import sys
import threading

import pytest
import serial

from devices.address import SerialAddress
from devices.errors import UnreachableError
from devices.trouble import Trouble
from drivers.transports import serial_port
from drivers.transports.serial_port import Line, SerialTransport


@pytest.fixture
async def port(pty_device):
    wire = SerialTransport(pty_device.address, Line(dtr=False, rts=False))
    await wire.open()
    yield wire
    wire.close()


async def test_bytes_go_both_ways(port, pty_device):
    await port.write(b"ask")
    await pty_device.expect(b"ask")
    pty_device.say(b"answer")
    assert await port.read() == b"answer"


async def test_opening_twice_is_opening_once(port):
    await port.open()
    assert port.is_open


async def test_cancelling_a_read_loses_no_byte(port, pty_device):
    reading = asyncio.create_task(port.read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    pty_device.say(b"kept")
    assert await port.read() == b"kept"


async def test_discard_throws_away_what_waits_and_only_that(port, pty_device):
    assert port.discard() == 0
    pty_device.say(b"old")
    assert port.discard() == 3
    pty_device.say(b"new")
    assert await port.read() == b"new"


async def test_a_second_program_does_not_get_the_port(port, pty_device):
    other = SerialTransport(pty_device.address, Line())
    with pytest.raises(UnreachableError, match="cannot be opened"):
        await other.open()
    port.close()
    await other.open()
    other.close()


async def test_no_such_port(tmp_path):
    wire = SerialTransport(SerialAddress(str(tmp_path / "none")), Line())
    with pytest.raises(UnreachableError, match="cannot be opened: No such file"):
        await wire.open()
    assert not wire.is_open


async def test_a_file_is_no_port(tmp_path):
    (tmp_path / "file").write_text("")
    wire = SerialTransport(SerialAddress(str(tmp_path / "file")), Line())
    with pytest.raises(UnreachableError, match="cannot be opened"):
        await wire.open()


async def test_unplugged_while_reading(port, pty_device):
    reading = asyncio.create_task(port.read())
    await asyncio.sleep(0)
    pty_device.unplug()
    with pytest.raises(UnreachableError, match="was lost"):
        await reading
    assert not port.is_open


async def test_what_came_before_the_loss_can_still_be_read(port, pty_device):
    pty_device.say(b"last words")
    await asyncio.sleep(0.01)
    pty_device.unplug()
    assert await port.read() == b"last words"
    with pytest.raises(UnreachableError):
        await port.read()


async def test_writing_to_a_closed_port(port):
    port.close()
    port.close()
    with pytest.raises(UnreachableError, match="is not open"):
        await port.write(b"?")


async def test_a_long_message_waits_for_a_slow_reader(port, pty_device):
    message = os.urandom(100_000)
    await asyncio.gather(port.write(message), pty_device.expect(message))


async def test_cancelling_an_open_frees_the_port(pty_device):
    wire = SerialTransport(pty_device.address, Line())
    opening = asyncio.create_task(wire.open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    async with asyncio.timeout(10):
        while not wire.is_open:
            try:
                await wire.open()
            except UnreachableError:  # the thread of the first attempt still holds the lock
                await asyncio.sleep(0.01)
    wire.close()


@pytest.fixture
def stuck_close(monkeypatch):
    """An adapter whose close comes back only when it is let (serialx#7, satpulse#37)."""
    may_close, close = threading.Event(), serial.Serial.close

    def wait_and_close(port):
        if port.is_open:  # what is forgotten is closed once more, on any thread
            may_close.wait()
        close(port)

    monkeypatch.setattr(serial.Serial, "close", wait_and_close)
    yield may_close
    may_close.set()


async def test_a_close_that_blocks_holds_up_neither_the_loop_nor_others(stuck_close, pty_device):
    wire = SerialTransport(pty_device.address, Line())
    await wire.open()
    wire.close()
    assert not wire._closing.done()
    other = SerialTransport(pty_device.address, Line())
    await other.open()  # the lock is free though the close is not through
    other.close()
    opening = asyncio.create_task(wire.open())
    await asyncio.sleep(0.05)
    assert not opening.done()  # the same wire waits until its own close is through
    stuck_close.set()
    await opening
    wire.close()


async def test_a_close_that_never_comes_back_is_said(stuck_close, pty_device, monkeypatch):
    monkeypatch.setattr(serial_port, "_CLOSED_WITHIN_S", 0.05)
    wire = SerialTransport(pty_device.address, Line())
    await wire.open()
    wire.close()
    with pytest.raises(UnreachableError, match="does not close") as caught:
        await wire.open()
    assert caught.value.remark.trouble is Trouble.PORT_FAILED


async def test_an_open_that_does_not_come_back_is_said_and_begun_once(pty_device, monkeypatch):
    monkeypatch.setattr(serial_port, "_OPENED_WITHIN_S", 0.05)
    may_open, begun, open_port = threading.Event(), [], serial.Serial.open

    def wait_and_open(port):
        begun.append(port)
        may_open.wait()
        open_port(port)

    monkeypatch.setattr(serial.Serial, "open", wait_and_open)
    wire = SerialTransport(pty_device.address, Line())
    for _ in range(3):
        with pytest.raises(UnreachableError, match="does not open"):
            await wire.open()
    assert len(begun) == 1
    may_open.set()
    monkeypatch.setattr(serial_port, "_OPENED_WITHIN_S", 10)
    await wire.open()
    wire.close()


async def test_an_open_that_was_given_up_is_no_strangers_lock(pty_device, monkeypatch):
    """Cancelled while its thread has the port already: the next wire waits for it to be free."""
    has_port, go_on, open_port = threading.Event(), threading.Event(), serial.Serial.open

    def open_and_wait(port):
        open_port(port)
        has_port.set()
        go_on.wait()

    monkeypatch.setattr(serial.Serial, "open", open_and_wait)
    first = asyncio.create_task(SerialTransport(pty_device.address, Line()).open())
    await asyncio.to_thread(has_port.wait)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    other = SerialTransport(pty_device.address, Line())
    second = asyncio.create_task(other.open())
    await asyncio.sleep(0.05)
    go_on.set()
    await second
    other.close()


def test_the_program_ends_while_a_close_is_stuck(tmp_path):
    """As the agent does: a thread that is stuck in a driver is not waited for."""
    program = tmp_path / "agent.py"
    program.write_text(STUCK_PROGRAM)
    ended = subprocess.run([sys.executable, str(program)], timeout=30, check=False)
    assert ended.returncode == 0


STUCK_PROGRAM = """
import asyncio, os, pty, threading, serial
from devices.address import SerialAddress
from drivers.transports.serial_port import Line, SerialTransport

async def main():
    master, slave = pty.openpty()
    wire = SerialTransport(SerialAddress(os.ttyname(slave)), Line())
    await wire.open()
    serial.Serial.close = lambda port: threading.Event().wait()
    wire.close()

asyncio.run(main())
"""


async def test_each_reason_has_its_code(tmp_path, pty_device):
    missing = SerialTransport(SerialAddress(str(tmp_path / "none")), Line())
    first = SerialTransport(pty_device.address, Line())
    await first.open()
    held = SerialTransport(pty_device.address, Line())
    plain = tmp_path / "plain"
    plain.write_text("no port")
    failed = SerialTransport(SerialAddress(str(plain)), Line())
    for wire, trouble in [
        (missing, Trouble.PORT_MISSING),
        (held, Trouble.PORT_HELD),
        (failed, Trouble.PORT_FAILED),
    ]:
        with pytest.raises(UnreachableError) as caught:
            await wire.open()
        assert caught.value.remark.trouble is trouble
        assert set(caught.value.remark.params) == {"port"}
    first.close()
