"""Runs the demo: writes its files, keeps its three processes, says where they are."""

import asyncio
import secrets
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.demo.cast import Cast, Programs
from edge.demo.files import make_plan, refresh_school, write_files
from edge.demo.folders import DemoLock, Folders, choose_ports

Say = Callable[..., str]
"""The text of a word of the demo's catalogue, with its parameters."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for.

    Attributes:
        root: folder of the data.
        port: of the panel; 0 = any.
        hub_port: of the hub's page; 0 = any.
        fast: device times divided by 20.
    """

    root: Path
    port: int = 8080
    hub_port: int = 8090
    fast: bool = False


class Demo:
    """One demo.

    Args:
        options: what was asked for.
        programs: how its processes are started.
        say: its words.
    """

    def __init__(self, options: Options, programs: Programs, say: Say) -> None:
        self._options = options
        self._programs = programs
        self._say = say
        self._folders = Folders(options.root.absolute())
        self._lock = DemoLock(self._folders.root)

    async def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP.

        Raises:
            DemoError: it cannot run here, or one of its processes does not come up.
        """
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, over.set)
        self._folders.make()
        self._lock.take()
        try:
            print(self._say("demo.starting", folder=self._folders.root), flush=True)
            await self._run(self._prepare(), over)
        finally:
            self._folders.notice_file.unlink(missing_ok=True)
            self._lock.release()

    def _prepare(self) -> Cast:
        options, folders = self._options, self._folders
        folders.notice_file.unlink(missing_ok=True)
        ports = choose_ports(folders.root, options.port, options.hub_port, secrets.randbelow)
        now = datetime.now(UTC) + timedelta(milliseconds=_offset_ms(folders))
        school = refresh_school(folders, now, secrets.token_bytes)
        plan = make_plan(folders, ports, school, fast=options.fast)
        write_files(folders, ports, plan)
        self._programs.introduce(folders)
        return Cast(folders, ports, plan, self._programs)

    async def _run(self, cast: Cast, over: asyncio.Event) -> None:
        life = asyncio.create_task(cast.live())
        end = asyncio.create_task(over.wait())
        try:
            ready = asyncio.create_task(cast.until_ready())
            await asyncio.wait({ready, life, end}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                await ready
                self._print(cast)
                await asyncio.wait({life, end}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            if life.done():
                await life  # says why the processes cannot be kept
            print(self._say("demo.stopping"), flush=True)
            self._folders.clock_offset_file.unlink(missing_ok=True)
        finally:
            for task in (life, end):
                task.cancel()
            await asyncio.gather(life, end, return_exceptions=True)

    def _print(self, cast: Cast) -> None:
        notice = cast.notice()
        lines = [self._say("demo.ready")]
        for word, key in (
            ("demo.panel", "panel"),
            ("demo.hub", "hub"),
            ("demo.token", "hub_token"),
            ("demo.bench", "bench"),
        ):
            lines.append(f"  {self._say(word)}: {notice[key]}")
        lines.append(self._say("demo.stop", folder=self._folders.root))
        print("\n".join(lines), flush=True)


def _offset_ms(folders: Folders) -> int:
    try:
        return int(folders.clock_offset_file.read_text())
    except (OSError, ValueError):
        return 0
