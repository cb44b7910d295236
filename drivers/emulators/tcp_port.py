"""A TCP port of an emulated device: it can be pulled out and plugged in again."""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.emulators.emulator import Fault, Settings

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class TcpPort:
    """A listener that keeps its address while it is closed and opened again.

    Args:
        port: TCP port on loopback; 0 picks a free one at the first `open`.
        serve: speaks with one caller until it returns; its connection is closed then.
    """

    def __init__(self, port: int, serve: Serve) -> None:
        self.port = port
        self._serve = serve
        self._server: asyncio.Server | None = None
        self._callers: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Listen; does nothing where it listens already.

        Raises:
            OSError: the port is taken.
        """
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse new callers and drop those that are here."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self.drop_callers()
        if server is not None:
            await server.wait_closed()

    async def drop_callers(self) -> None:
        """Reset every open connection."""
        callers = dict(self._callers)
        for task, writer in callers.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*callers, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve_one(reader, writer))
        self._callers[task] = writer
        task.add_done_callback(lambda done: self._callers.pop(done, None))

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError):
            return  # the caller went away, or said nothing for too long
        finally:
            writer.close()


class TcpDevice:
    """What every device behind a TCP port shares: it is started, broken, mended, closed.

    Args:
        settings: id, times, chance.
        port: TCP port; 0 picks a free one.
        serve: speaks with one caller.
    """

    def __init__(self, settings: Settings, port: int, serve: Serve) -> None:
        self.fault = Fault.NONE
        self._settings = settings
        self._port = TcpPort(port, serve)

    async def start(self) -> str:
        """Open the port; gives `127.0.0.1:PORT`.

        Raises:
            OSError: the port is taken.
        """
        await self._port.open()
        return self._port.address

    async def close(self) -> None:
        """Close the port and every connection."""
        await self._port.close()

    async def set_fault(self, fault: Fault) -> None:
        """Break it or mend it; callers are dropped where another password is asked for now."""
        asks_anew = Fault.WRONG_PASSWORD in (fault, self.fault) and fault != self.fault
        self.fault = fault
        if fault is Fault.UNPLUGGED:
            await self._port.close()
            return
        await self._port.open()
        if asks_anew:
            await self._port.drop_callers()
