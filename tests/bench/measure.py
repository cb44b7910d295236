"""Clients and sums that both sides of a measurement share, so that neither has a lighter one."""

import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_WITHIN_S = 60.0


@dataclass(frozen=True)
class Sample:
    """One series of times or sizes."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p99(self) -> float:
        return sorted(self.values)[min(len(self.values) - 1, int(len(self.values) * 0.99))]


@dataclass(frozen=True)
class Row:
    """One line of the table: ours, the limit beside it in the same run, and the goal."""

    id: str
    what: str
    unit: str
    ours: float
    limit: float
    goal: float
    p99_ours: float | None = None
    p99_limit: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.limit

    @property
    def met(self) -> bool:
        return self.ratio <= self.goal


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command: Sequence[str], **environment: str):
    """A process of ours while the block lasts; its stderr is ours."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def request(port: int, method: str, path: str, body: str = "", **headers: str) -> bytes:
    """One request on a connection of its own; returns head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await send(writer, port, method, path, body, **headers)
        return await read_answer(reader)
    finally:
        writer.close()


async def send(writer, port: int, method: str, path: str, body: str = "", **headers: str) -> None:
    """Write one request to an open connection."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


async def read_answer(reader) -> bytes:
    """One whole answer with a Content-Length, or chunked."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = head.lower()
    if b"content-length:" in fields:
        size = int(fields.split(b"content-length:")[1].split(b"\r\n")[0])
        return head + await reader.readexactly(size)
    return head


async def until_served(port: int, path: str = "/") -> None:
    """Wait until a page is served."""
    give_up = time.monotonic() + START_WITHIN_S
    while time.monotonic() < give_up:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if b" 200 " in (await request(port, "GET", path))[:20]:
                return
        await asyncio.sleep(0.002)
    raise TimeoutError(f"nothing was served at port {port}")


class Stream:
    """One listener of an event stream, noting when each data line came."""

    def __init__(self, reader, writer) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @contextlib.asynccontextmanager
    async def listening(cls, port: int) -> AsyncIterator["Stream"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        await send(writer, port, "GET", "/events")
        await reader.readuntil(b"\r\n\r\n")
        stream = cls(reader, writer)
        try:
            yield stream
        finally:
            writer.close()

    async def next(self, wanted: Callable[[bytes], bool], limit_s: float = 10.0) -> int:
        """Nanoseconds (perf_counter) at which a wanted data line came."""
        async with asyncio.timeout(limit_s):
            while True:
                line = await self._reader.readline()
                if line.startswith(b"data:") and wanted(line):
                    return time.perf_counter_ns()
                if not line:
                    raise ConnectionError("the stream ended")
