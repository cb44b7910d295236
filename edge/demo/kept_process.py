"""One process of the demo: started, and started again a second after it ended for any reason."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RESTART_AFTER_S = 1.0
STOP_WITHIN_S = 1.5
_LOG_LIMIT_BYTES = 4 << 20
_LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a process is started.

    Attributes:
        name: for people, logs and `demo.json`.
        command: program and arguments.
        environment: added to the demo's own.
        log: file that its output is added to.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path


class KeptProcess:
    """A process in a group of its own that dies with the demo.

    Args:
        recipe: how it is started.
        spawned: called after each start.

    Attributes:
        pid: of the running process; None while there is none.
        ends: how often it has ended by itself.
    """

    def __init__(self, recipe: Recipe, spawned: Callable[[], None]) -> None:
        self.recipe = recipe
        self.pid: int | None = None
        self.ends = 0
        self._spawned = spawned

    async def run(self) -> None:
        """Keep it running until cancelled; then end it and its whole group."""
        while True:
            process = await self._spawn()
            self.pid = process.pid
            self._spawned()
            try:
                await process.wait()
            finally:
                await _end(process)
                self.pid = None
            self.ends += 1
            await asyncio.sleep(RESTART_AFTER_S)

    async def _spawn(self) -> asyncio.subprocess.Process:
        recipe = self.recipe
        leash = (sys.executable, "-I", str(_LEASH), str(os.getpid()))
        with _open_log(recipe.log) as log:
            return await asyncio.create_subprocess_exec(
                *leash,
                *recipe.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **recipe.environment},
                start_new_session=True,
            )


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process and everything in its group, at first politely."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()
    except TimeoutError:
        pass  # it is told once more below, and cannot refuse that
    finally:
        _signal_group(process.pid, signal.SIGKILL)
    await process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return  # nobody of the group is left


@contextlib.contextmanager
def _open_log(path: Path) -> Iterator[int]:
    """The log's descriptor; a log that has grown large is set aside first."""
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".old"))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
