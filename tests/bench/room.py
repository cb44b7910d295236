"""A room for measuring: the real agent with one card reader on a pty and one projector on TCP."""

import asyncio
import contextlib
import json
import os
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.measure import free_port, running

ROOM = """schema = 1
[room]
id = "bench"
name = "Bench"
main_display = "projector"
[panel]
listen = "127.0.0.1:{port}"
[[device]]
id = "projector"
name = "Máy chiếu"
driver = "pjlink"
address = "tcp:127.0.0.1:{projector}"
[[reader]]
id = "door"
name = "Cửa"
driver = "rdm6300"
address = "serial:{pty}"
[reader.options]
frames_per_touch = 1  # measured is the way of a touch, not the 65 ms until a reader says it again
"""


@dataclass
class Pty:
    """A pty whose far end is a reader's serial port."""

    master: int
    path: str
    slave: int

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> Iterator["Pty"]:
        master, slave = os.openpty()
        tty.setraw(slave)
        try:
            yield cls(master, os.ttyname(slave), slave)
        finally:
            os.close(master)
            os.close(slave)

    def touch(self, number: int) -> int:
        """Send one EM4100 frame; returns when (perf_counter_ns)."""
        body = f"01{number:08X}"
        check = 0
        for byte in bytes.fromhex(body):
            check ^= byte
        frame = b"\x02" + body.encode() + f"{check:02X}".encode() + b"\x03"
        now_ns = time.perf_counter_ns()
        os.write(self.master, frame)
        return now_ns


@dataclass
class InstantProjector:
    """A PJLink class 1 projector that is on and answers at once; notes when a set came."""

    port: int = 0
    muted: str = "30"
    set_at_ns: int = 0
    silent: bool = False
    _server: asyncio.Server | None = field(default=None, repr=False)

    async def __aenter__(self) -> "InstantProjector":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def blank(self) -> bool:
        """Whether its picture is off."""
        return self.muted in {"11", "31"}

    async def _serve(self, reader, writer) -> None:
        writer.write(b"PJLINK 0\r")
        over = (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError)
        with contextlib.suppress(*over):  # Python 3.11 prints a cancelled connection's traceback
            while True:
                line = (await reader.readuntil(b"\r")).decode().strip()
                if not self.silent:
                    writer.write(self._answer(line).encode())
        writer.close()

    def _answer(self, line: str) -> str:
        command, _, value = line[2:].partition(" ")
        if command == "AVMT" and value != "?":
            self.set_at_ns = time.perf_counter_ns()
            self.muted = "30" if value.endswith("0") else value
            return "%1AVMT=OK\r"
        known = {"POWR": "1", "AVMT": self.muted, "CLSS": "1", "INST": "31", "INPT": "31"}
        return f"%1{command}={known.get(command, 'ERR1')}\r"


HUNG = """
[hub]
url = "https://127.0.0.1:{hub}"
root = "root.pem"
[mqtt]
broker = "127.0.0.1:{dead}"
[[device]]
id = "hung"
name = "Máy chiếu 2"
driver = "pjlink"
address = "tcp:127.0.0.1:{silent}"
[[device]]
id = "screen"
name = "Màn chiếu"
driver = "mqtt-relay"
address = "mqtt:screen"
options = {{ kind = "screen" }}
"""
"""A projector that never answers, a dead broker, a hub that takes connections and says nothing."""


@contextlib.contextmanager
def agent(folder: Path, pty: str, projector: int, more: str = ""):
    """The agent; yields (process, port)."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = folder / "room.toml"
    config.write_text(ROOM.format(port=port, pty=pty, projector=projector) + more)
    state = folder / "state"
    command = ["edge.cli.main", "agent", "--config", str(config)]
    with running(command, LOPHOC_STATE=str(state), LOPHOC_LOG="ERROR") as process:
        yield process, port


def is_json(line: bytes, **wanted: object) -> bool:
    """Whether an event's data has these values at its top."""
    data = json.loads(line.removeprefix(b"data:"))
    return all(data.get(key) == value for key, value in wanted.items())
