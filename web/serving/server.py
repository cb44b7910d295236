"""Runs one ASGI application quietly: uvicorn, its port told, TCP_NODELAY, a graceful stop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import Server

STOP_WITHIN_S = 3
KEEP_ALIVE_S = 65


class AddressError(Exception):
    """The server cannot listen where it was told to: address, reason, cure."""


@dataclass(frozen=True, slots=True)
class Tls:
    """A server certificate with its chain, and its key, as PEM files."""

    certificate: Path
    key: Path


class WebServer:
    """One listener.

    Args:
        app: the guarded application.
        address: `host:port`; port 0 takes a free one.
        tls: certificate and key for https; None = plain http.
        before_stop: called first when stopping, such as `EventStream.close`.
    """

    def __init__(
        self,
        app: ASGIApp,
        address: str,
        *,
        tls: Tls | None = None,
        before_stop: tuple[Callable[[], None], ...] = (),
    ) -> None:
        self._address = address
        self._tls = tls
        self._before_stop = before_stop
        self._server = _Quiet(_config(app, tls))
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Base address, without a slash at the end; right after `start`."""
        host = self._address.rpartition(":")[0]
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    async def start(self) -> int:
        """Listen; returns the port.

        Raises:
            AddressError: the address is malformed, taken, or not this machine's.
        """
        listener = bind(self._address)
        self.port = listener.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="web server")
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            ready.cancel()
            listener.close()
            await self._task
        return self.port

    async def wait(self) -> None:
        """Wait until the server has stopped."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Answer what is under way, at most 3 s, and close."""
        for call in self._before_stop:
            call()
        self._server.leave.set()
        if self._task is not None:
            await self._task

    async def run(self) -> None:
        """Start, and stop when cancelled: for a supervisor."""
        await self.start()
        try:
            await self.wait()
        finally:
            await self.stop()


def bind(address: str) -> socket.socket:
    """A listening socket on `host:port`, for names, IPv4 and `[IPv6]`.

    Raises:
        AddressError: the address is malformed, taken, or not this machine's.
    """
    host, _, port = address.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise AddressError(f"{address!r} is not an address to listen on; write host:port.")
    try:
        family, kind, proto, _, where = socket.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise AddressError(f"cannot listen on {address}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(where)
    except OSError as error:
        listener.close()
        raise AddressError(f"cannot listen on {address}: {error.strerror or error}") from error
    return listener


class _Quiet(Server):
    """uvicorn without signal handlers, banner, and ten wake-ups a second."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.leave = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Wait to be told to stop."""
        await self.leave.wait()


def _config(app: ASGIApp, tls: Tls | None) -> Config:
    return Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_context_factory=_tls_13 if tls else None,
    )


def _tls_13(_: Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
