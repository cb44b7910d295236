"""The bare paths that ours are measured beside: the least that could do the same, nothing more.

Run as a process of its own: `python -m tests.bench.bare PORT [--pty PATH --db FILE] [--tcp PORT]`.
"""

import argparse
import asyncio
import os
import sqlite3
import tty
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, StreamingResponse

FRAME = 14


class Bare:
    """One page, one stream, one row a tap, one write a press."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.listeners: set[asyncio.Queue[bytes]] = set()
        self.writer: asyncio.StreamWriter | None = None
        self._thread = ThreadPoolExecutor(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, line: bytes) -> None:
        for listener in self.listeners:
            listener.put_nowait(b"data: " + line + b"\n\n")

    async def start(self) -> None:
        if self.options.pty:
            self._db = sqlite3.connect(self.options.db, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("CREATE TABLE IF NOT EXISTS tap (seq INTEGER PRIMARY KEY, body BLOB)")
            self._tty = os.open(self.options.pty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self._tty)
            self._rest = b""
            asyncio.get_running_loop().add_reader(self._tty, self._read)
        if self.options.tcp:
            reader, self.writer = await asyncio.open_connection("127.0.0.1", self.options.tcp)
            self._keep(self._answers(reader))

    def _keep(self, work) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _read(self) -> None:
        self._rest += os.read(self._tty, 4096)
        while len(self._rest) >= FRAME:
            frame, self._rest = self._rest[:FRAME], self._rest[FRAME:]
            self._keep(self._store(frame))

    async def _store(self, frame: bytes) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._commit, frame)
        self.tell(frame[1:11])

    def _commit(self, frame: bytes) -> None:
        self._db.execute("INSERT INTO tap (body) VALUES (?)", (frame,))
        self._db.commit()

    async def _answers(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self.tell(line.strip())


def make_app(options: argparse.Namespace) -> FastAPI:
    """The bare application."""
    bare = Bare(options)

    @asynccontextmanager
    async def lifespan(_: FastAPI):
        await bare.start()
        yield

    app = FastAPI(lifespan=lifespan)
    page = "<!doctype html><title>bare</title>"

    @app.get("/")
    async def home() -> HTMLResponse:
        return HTMLResponse(page)

    @app.get("/events")
    async def events() -> StreamingResponse:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        bare.listeners.add(queue)

        async def lines() -> AsyncIterator[bytes]:
            yield b"data: ready\n\n"
            while True:
                yield await queue.get()

        return StreamingResponse(lines(), media_type="text/event-stream")

    @app.post("/press")
    async def press(request: Request) -> dict[str, str]:
        body = await request.json()
        assert bare.writer is not None
        bare.writer.write(f"{body['value']}\n".encode())
        return {"state": "accepted"}

    return app


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--pty", type=Path)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--tcp", type=int)
    options = parser.parse_args()
    uvicorn.run(make_app(options), host="127.0.0.1", port=options.port, log_level="error")


if __name__ == "__main__":
    main()
