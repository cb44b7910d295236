"""Rows e and f on the demo's room: MQTT, a hub, two classes; the first start and later ones.

The demo starts an agent that was killed again by itself; the clock runs from the birth of its
process, as the kernel has it, until the panel's page is served.
"""

import asyncio
import os
import time
from pathlib import Path

import psutil

from tests.bench.measure import Row, Sample, free_port, running, until_served
from tests.whole.demo import Demo

ROUNDS = 5
SETTLED_S = 8.0  # what is loaded behind the page counts too

Series = dict[str, list[float]]


async def start_rows(folder: Path) -> list[Row]:
    """e: birth → panel page served; f: resident memory, without cameras."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a room keeps its bytecode
    starts: Series = {"first": [], "later": [], "bare": []}
    memory: Series = {"first": [], "later": [], "bare": []}
    demo = Demo(folder / "demo")
    demo.start()
    try:
        await _round(demo, "later", {"later": []}, {"later": []})  # bytecode is written now
        for _ in range(ROUNDS):
            await _round(demo, "first", starts, memory)
            await _round(demo, "later", starts, memory)
            await _bare_round(starts, memory)
    finally:
        demo.stop()
    return [
        _row("e1", "first start → panel page served", "ms", starts, "first"),
        _row("e2", "later start → panel page served", "ms", starts, "later"),
        _row("f1", "resident memory after the first start, no cameras", "MiB", memory, "first"),
        _row("f2", "resident memory after later starts, no cameras", "MiB", memory, "later"),
    ]


async def _round(demo: Demo, which: str, starts: Series, memory: Series) -> None:
    if which == "first":
        for path in (demo.state / "room").glob("room.db*"):
            path.unlink()
    before = demo.pid("agent")
    demo.kill("agent")
    await asyncio.to_thread(demo.until, lambda: demo.pid("agent") != before, "the agent is born")
    pid = demo.pid("agent")
    await until_served(int(demo.info["panel"].rpartition(":")[2]))
    starts[which].append(_since_birth_ms(pid))
    await asyncio.sleep(SETTLED_S)
    memory[which].append(_resident_mib(pid))


async def _bare_round(starts: Series, memory: Series) -> None:
    port = free_port()
    with running(["tests.bench.bare", str(port)]) as process:
        await until_served(port)
        starts["bare"].append(_since_birth_ms(process.pid))
        await asyncio.sleep(SETTLED_S)
        memory["bare"].append(_resident_mib(process.pid))


def _since_birth_ms(pid: int) -> float:
    return (time.time() - psutil.Process(pid).create_time()) * 1000


def _resident_mib(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / (1 << 20)


def _row(name: str, what: str, unit: str, series: Series, which: str) -> Row:
    ours, bare = (Sample(tuple(series[one])).median for one in (which, "bare"))
    return Row(name, what, unit, ours, bare, 1.5)
