import asyncio
import socket

import pytest

from devices.address import TcpAddress
from devices.errors import UnreachableError
from drivers.transports.tcp import TcpTransport
from tests.drivers.ends import soon


@pytest.fixture
async def wire(tcp_device):
    wire = TcpTransport(tcp_device.address)
    await wire.open()
    yield wire
    wire.close()


async def test_bytes_go_both_ways_and_small_ones_leave_at_once(wire, tcp_device):
    end = await tcp_device.met()
    await wire.write(b"ask")
    await end.expect(b"ask")
    end.say(b"answer")
    assert await wire.read() == b"answer"
    connected = wire._transport.get_extra_info("socket")
    assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


async def test_opening_twice_is_one_connection(wire, tcp_device):
    await wire.open()
    assert tcp_device.connections == 1


async def test_the_device_closes(wire, tcp_device):
    reading = asyncio.create_task(wire.read())
    (await tcp_device.met()).close()
    with pytest.raises(UnreachableError, match="closed by the device"):
        await reading
    assert not wire.is_open
    with pytest.raises(UnreachableError, match="is not connected"):
        await wire.write(b"?")
    await wire.open()
    assert wire.is_open


async def test_closing_wakes_the_reader(wire):
    reading = asyncio.create_task(wire.read())
    await asyncio.sleep(0)
    wire.close()
    wire.close()
    with pytest.raises(UnreachableError):
        await reading


async def test_a_flood_that_nobody_reads_is_bounded(wire, tcp_device):
    end = await tcp_device.met()
    end.say(b"x" * 300_000 + b"end")
    end.close()
    await soon(lambda: not wire.is_open)
    left = await wire.read()
    assert len(left) == 64 * 1024
    assert left.endswith(b"end")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".x", "..", "127.0.0.1"])
async def test_what_cannot_be_reached(host):
    with socket.socket() as bound:  # bound and not listening: nobody else can be there
        bound.bind(("127.0.0.1", 0))
        wire = TcpTransport(TcpAddress(host, bound.getsockname()[1]))
        with pytest.raises(UnreachableError, match=r"cannot be reached|did not take"):
            await wire.open()
    assert not wire.is_open


async def test_a_full_backlog_ends_after_the_connect_limit():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = TcpAddress(*deaf.getsockname())
        fillers = [TcpTransport(address, connect_within_s=0.1) for _ in range(4)]
        results = await asyncio.gather(
            *(filler.open() for filler in fillers), return_exceptions=True
        )
        assert any(isinstance(result, UnreachableError) for result in results)
        for filler in fillers:
            filler.close()
