import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from edge.demo.proxy import Proxy, Way


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while got := await reader.read(1024):
                writer.write(got)
            writer.write(b"bye")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def proxy(echo: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(0, echo)
    await proxy.start()
    yield proxy
    await proxy.close()


async def dial(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def is_lost(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 5) == b""
    except ConnectionError:
        return True


async def test_it_passes_bytes_and_ends_both_ways(proxy: Proxy) -> None:
    reader, writer = await dial(proxy)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    writer.write_eof()
    assert await reader.read(-1) == b"bye"
    writer.close()


async def test_cut_resets_and_refuses_and_is_mended_on_the_same_port(proxy: Proxy) -> None:
    reader, writer = await dial(proxy)
    writer.write(b"hello")
    await reader.readexactly(5)
    await proxy.set_way(Way.CUT)
    assert await is_lost(reader)
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await dial(proxy)
    await proxy.set_way(Way.UP)
    reader, writer = await dial(proxy)
    writer.write(b"again")
    assert await reader.readexactly(5) == b"again"
    writer.close()


async def test_hang_takes_connections_and_passes_nothing_until_mended(proxy: Proxy) -> None:
    old_reader, old_writer = await dial(proxy)
    old_writer.write(b"one")
    assert await old_reader.readexactly(3) == b"one"
    await proxy.set_way(Way.HANG)
    new_reader, new_writer = await dial(proxy)
    old_writer.write(b"two")
    new_writer.write(b"new")
    waiting = [asyncio.create_task(r.readexactly(3)) for r in (old_reader, new_reader)]
    done, _ = await asyncio.wait(waiting, timeout=0.3)
    assert not done
    await proxy.set_way(Way.UP)
    assert await asyncio.wait_for(waiting[0], 5) == b"two"
    assert await asyncio.wait_for(waiting[1], 5) == b"new"
    old_writer.close()
    new_writer.close()


async def test_a_hub_that_is_away_looks_like_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    proxy = Proxy(0, port)
    await proxy.start()
    reader, writer = await dial(proxy)
    assert await is_lost(reader)
    writer.close()
    await proxy.close()
