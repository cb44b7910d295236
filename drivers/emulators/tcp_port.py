"""A TCP port of an emulated device: it can be pulled out and plugged in again."""

import asyncio
from collections.abc import Awaitable, Callable

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
