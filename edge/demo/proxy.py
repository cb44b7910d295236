"""The room's way to the hub, which the bench can cut or let hang."""

import asyncio
from enum import StrEnum

_CHUNK = 65_536


class Way(StrEnum):
    """State of the way."""

    UP = "up"
    CUT = "cut"  # connections are reset and new ones refused
    HANG = "hang"  # connections are taken and nothing passes


class Proxy:
    """Passes TCP connections on to one port on loopback.

    Args:
        listen: port that the room connects to.
        target: the hub's port.
    """

    def __init__(self, listen: int, target: int) -> None:
        self.way = Way.UP
        self._listen = listen
        self._target = target
        self._server: asyncio.Server | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._listen)
            self._listen = self._server.sockets[0].getsockname()[1]

    @property
    def port(self) -> int:
        """The port that the room connects to."""
        return self._listen

    async def set_way(self, way: Way) -> None:
        """Cut the way, let it hang, or mend it; what hung goes on when it is mended."""
        self.way = way
        if way is Way.CUT:
            await self.close()
            return
        await self.start()
        if way is Way.HANG:
            self._flows.clear()
        else:
            self._flows.set()

    async def close(self) -> None:
        """Refuse new connections and reset those that are there."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        connections = dict(self._connections)
        for task, writer in connections.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._pass_on(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(lambda done: self._connections.pop(done, None))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._flows.wait()
            hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(self._pump(reader, hub_writer), self._pump(hub_reader, writer))
        except OSError:
            writer.transport.abort()
        finally:
            hub_writer.transport.abort()
            writer.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(_CHUNK):
            await self._flows.wait()
            sink.write(chunk)
            await sink.drain()
        await self._flows.wait()
        if sink.can_write_eof():
            sink.write_eof()
