import asyncio
import os
import sys
from pathlib import Path

import psutil

from edge.demo.kept_process import KeptProcess, Recipe

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def recipe(tmp_path: Path, code: str) -> Recipe:
    return Recipe("one", (sys.executable, "-c", code), {"WORD": "hello"}, tmp_path / "one.log")


async def until(holds) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - it is another process that we wait for
            await asyncio.sleep(0.02)


async def test_what_ends_is_started_again_with_its_environment(tmp_path: Path) -> None:
    starts = []
    code = "import os; print(os.environ['WORD'])"
    kept = KeptProcess(recipe(tmp_path, code), lambda: starts.append(kept.pid))
    task = asyncio.create_task(kept.run())
    await until(lambda: len(starts) == 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert kept.ends >= 1
    assert len(set(starts)) == 2
    assert (tmp_path / "one.log").read_text().startswith("hello\n")


async def test_the_whole_group_ends_even_where_it_does_not_want_to(tmp_path: Path) -> None:
    kept = KeptProcess(recipe(tmp_path, STUBBORN), lambda: None)
    task = asyncio.create_task(kept.run())
    log = tmp_path / "one.log"
    await until(lambda: log.exists() and log.read_text().endswith("\n"))
    grandchild = int(log.read_text())
    group = kept.pid
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: not psutil.pid_exists(grandchild) or is_zombie(grandchild))
    assert group is not None
    assert not psutil.pid_exists(group)
    assert kept.pid is None


def is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_a_large_log_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.touch()
    os.truncate(log, 5 << 20)
    kept = KeptProcess(recipe(tmp_path, "print('fresh')"), lambda: None)
    task = asyncio.create_task(kept.run())
    await until(lambda: log.exists() and log.read_text() == "fresh\n")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (tmp_path / "one.old").stat().st_size == 5 << 20
