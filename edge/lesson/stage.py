"""Runs one scene at a time; a newer one takes the place of the one that runs."""

import asyncio
from collections.abc import Awaitable, Callable

from edge.lesson.ports import Devices
from edge.lesson.runner import Runner
from edge.lesson.scene import Scene

Prelude = Callable[[], Awaitable[None]]


class Stage:
    """Where scenes are run.

    Attributes:
        runner: the scene of late, with its steps; None before the first.
    """

    def __init__(self, devices: Devices, changed: Callable[[], None]) -> None:
        self.runner: Runner | None = None
        self._devices = devices
        self._changed = changed
        self._prelude: Prelude | None = None
        self._wake = asyncio.Event()

    def begin(self, scene: Scene, prelude: Prelude | None = None) -> None:
        """Have a scene run; returns at once.

        Args:
            scene: its steps.
            prelude: waited for first, such as until the devices have been read.
        """
        self.runner = Runner(scene, self._devices, self._changed)
        self._prelude = prelude
        self._wake.set()

    async def run(self) -> None:
        """Run scenes until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            task = asyncio.create_task(self._play(self.runner, self._prelude))
            newer = asyncio.create_task(self._wake.wait())
            try:
                await asyncio.wait({task, newer}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                newer.cancel()
                if not task.done():
                    task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()

    async def _play(self, runner: Runner | None, prelude: Prelude | None) -> None:
        if prelude is not None:
            await prelude()
        if runner is not None:
            await runner.run()
