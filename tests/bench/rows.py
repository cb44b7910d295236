"""The rows of the table: each measures ours and its limit in turn, in one run."""

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sync.hub.authority import open_authority
from tests.bench.measure import (
    ROOT,
    Row,
    Sample,
    Stream,
    free_port,
    read_answer,
    request,
    running,
    send,
    until_served,
)
from tests.bench.room import HUNG, InstantProjector, Pty, agent
from tests.bench.starting import start_rows

MS = 1e6
ROUNDS = 5
TAPS_A_BLOCK = 60
PRESSES_A_BLOCK = 60
HUNG_A_BLOCK = 200  # a p99 wants more of them
SETTLED_S = 8.0  # imports of the first seconds are the start's: rows e have them


async def tap_row(folder: Path) -> list[Row]:
    """a: bytes of a tap → durable → on the panel's stream."""
    ours: list[float] = []
    limit: list[float] = []
    with Pty.open() as our_pty, Pty.open() as bare_pty:
        bare_port = free_port()
        options = ["--pty", bare_pty.path, "--db", str(folder / "bare.db")]
        async with InstantProjector() as projector:
            with (
                agent(folder / "a", our_pty.path, projector.port) as (_, port),
                running(["tests.bench.bare", str(bare_port), *options]),
            ):
                await until_served(port)
                await until_served(bare_port)
                await _until_taps_count(port, our_pty)
                await asyncio.sleep(SETTLED_S)
                async with Stream.listening(port) as mine, Stream.listening(bare_port) as theirs:
                    for block in range(ROUNDS):
                        first = 1000 + block * TAPS_A_BLOCK
                        ours += await _taps(our_pty, mine, first)
                        limit += await _taps(bare_pty, theirs, first)
    return [_timed("a", "tap bytes → durable → panel's stream", ours, limit, 1.5)]


async def _until_taps_count(port: int, pty: Pty) -> None:
    async with Stream.listening(port) as stream:
        for number in range(1, 60):
            pty.touch(number)
            try:
                await stream.next(lambda line: b'"tap_id"' in line, 0.5)
            except TimeoutError:
                continue
            return
    raise TimeoutError("the agent's reader heard nothing")


async def _taps(pty: Pty, stream: Stream, first: int) -> list[float]:
    """Each tap's own line: one of an earlier card that comes late is not taken for it."""
    times = []
    for number in range(first, first + TAPS_A_BLOCK):
        mark = f"{number:04X}".encode()
        sent_ns = pty.touch(number)
        times.append((await stream.next(lambda line, m=mark: m in line) - sent_ns) / MS)
        await asyncio.sleep(0.01)
    return times[5:]


async def press_row(folder: Path) -> list[Row]:
    """b: press → bytes at a TCP device; → confirmed on the panel."""
    wire: dict[str, list[float]] = {"ours": [], "bare": []}
    seen: dict[str, list[float]] = {"ours": [], "bare": []}
    echo = _Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    bare_port = free_port()
    tcp = str(server.sockets[0].getsockname()[1])
    with Pty.open() as pty:
        async with InstantProjector() as projector:
            with (
                agent(folder / "b", pty.path, projector.port) as (_, port),
                running(["tests.bench.bare", str(bare_port), "--tcp", tcp]),
            ):
                await until_served(port)
                await until_served(bare_port)
                await _until_projector(port)
                await asyncio.sleep(SETTLED_S)
                for _ in range(ROUNDS):
                    await _our_presses(port, projector, wire["ours"], seen["ours"])
                    await _bare_presses(bare_port, echo, wire["bare"], seen["bare"])
    server.close()
    return [
        _timed("b1", "press → bytes at the device", wire["ours"], wire["bare"], 2.0),
        _timed("b2", "press → confirmed on the panel", seen["ours"], seen["bare"], 2.0),
    ]


class _Echo:
    """The bare device: says back what it was told."""

    set_at_ns = 0

    async def serve(self, reader, writer) -> None:
        while line := await reader.readline():
            self.set_at_ns = time.perf_counter_ns()
            writer.write(line)


async def _until_projector(port: int) -> None:
    for _ in range(200):
        answer = await request(port, "GET", "/api/devices/projector")
        if b'"link":"online"' in answer:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("the projector did not come online")


async def _our_presses(port, projector, wire, seen, presses: int = PRESSES_A_BLOCK) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with Stream.listening(port) as stream:
        for number in range(presses):
            on = not projector.blank
            body = json.dumps({"capability": "blank", "value": on, "command_id": str(uuid.uuid4())})
            path = "/api/devices/projector/commands"
            pressed_ns = time.perf_counter_ns()
            await send(writer, port, "POST", path, body)
            mark = b'"blank":{"value":' + (b"true" if on else b"false") + b","
            confirmed_ns = await stream.next(
                lambda line, mark=mark: b'"device":{' in line and mark in line
            )
            await read_answer(reader)
            if number >= 5:
                wire.append((projector.set_at_ns - pressed_ns) / MS)
                seen.append((confirmed_ns - pressed_ns) / MS)
            await asyncio.sleep(0.01)
    writer.close()


async def _bare_presses(port, echo, wire, seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with Stream.listening(port) as stream:
        for number in range(PRESSES_A_BLOCK):
            body = json.dumps({"value": str(number)})
            pressed_ns = time.perf_counter_ns()
            await send(writer, port, "POST", "/press", body)
            mark = f"data: {number}".encode()
            confirmed_ns = await stream.next(lambda line, mark=mark: line.strip() == mark)
            await read_answer(reader)
            if number >= 5:
                wire.append((echo.set_at_ns - pressed_ns) / MS)
                seen.append((confirmed_ns - pressed_ns) / MS)
            await asyncio.sleep(0.01)
    writer.close()


async def disk_rows(folder: Path) -> list[Row]:
    """i: bytes written for a fact, at group sizes 1, 10 and 100."""
    rows = []
    for group in (1, 10, 100):
        ours = _bytes("ours", folder / f"i{group}", group)
        limit = _bytes("bare", folder / f"j{group}", group)
        what = f"bytes written for a tap, {group} a commit"
        rows.append(Row(f"i{group}", what, "B", ours, limit, 1.2))
    return rows


def _bytes(which: str, folder: Path, group: int) -> float:
    folder.mkdir()
    command = [
        sys.executable,
        "-m",
        "tests.bench.stored",
        which,
        str(folder),
        "--group",
        str(group),
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["bytes_per_event"]


async def hung_rows(folder: Path) -> list[Row]:
    """l: other routes and devices while a projector, the broker and the hub hang."""
    authority = open_authority(folder / "hub", ["127.0.0.1"], datetime.now(UTC))
    (folder / "l").mkdir()
    (folder / "l" / "root.pem").write_bytes(authority.root.read_bytes())
    mute = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    hub = mute.sockets[0].getsockname()[1]
    asked: dict[str, list[float]] = {"hung": [], "well": []}
    pressed: dict[str, list[float]] = {"hung": [], "well": []}
    with Pty.open() as one, Pty.open() as two:
        async with (
            InstantProjector() as first,
            InstantProjector() as second,
            InstantProjector(silent=True) as silent,
        ):
            hung = HUNG.format(hub=hub, dead=free_port(), silent=silent.port)
            with (
                agent(folder / "l", one.path, first.port, hung) as (_, hung_port),
                agent(folder / "m", two.path, second.port) as (_, well_port),
            ):
                rooms = {"hung": (hung_port, first), "well": (well_port, second)}
                for port, _ in rooms.values():
                    await until_served(port)
                    await _until_projector(port)
                await asyncio.sleep(SETTLED_S)
                for _ in range(ROUNDS):
                    for name, (port, projector) in rooms.items():
                        await _questions(port, asked[name])
                        await _our_presses(port, projector, [], pressed[name], HUNG_A_BLOCK)
    mute.close()
    return [
        _p99("l1", "GET /api/room while others hang, p99", asked),
        _p99("l2", "press → confirmed while others hang, p99", pressed),
    ]


def _p99(row: str, what: str, both: dict[str, list[float]]) -> Row:
    hung, well = Sample(tuple(both["hung"])).p99, Sample(tuple(both["well"])).p99
    return Row(row, what, "ms", hung, well, 1.2)


async def _say_nothing(reader, writer) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(600)


async def _questions(port: int, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(HUNG_A_BLOCK):
        started_ns = time.perf_counter_ns()
        await send(writer, port, "GET", "/api/room")
        await read_answer(reader)
        times.append((time.perf_counter_ns() - started_ns) / MS)
        await asyncio.sleep(0.01)
    writer.close()


def _timed(row: str, what: str, ours: list[float], limit: list[float], goal: float) -> Row:
    mine, theirs = Sample(tuple(ours)), Sample(tuple(limit))
    return Row(row, what, "ms", mine.median, theirs.median, goal, mine.p99, theirs.p99)


ROWS = {"a": tap_row, "b": press_row, "e": start_rows, "i": disk_rows, "l": hung_rows}


async def measure(names: list[str]) -> list[Row]:
    """The rows asked for, one after the other."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            rows += await ROWS[name](Path(folder))
    return rows
