"""Runs a scene: steps of a group together, groups in order; one failing step stops no other."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from devices.errors import DeviceError
from devices.reading import Value
from edge.lesson.ports import Devices, StepFailedError
from edge.lesson.scene import Scene, Step


class StepState(StrEnum):
    """Where a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


ENDED = frozenset({StepState.DONE, StepState.FAILED, StepState.SKIPPED})


@dataclass(slots=True)
class StepResult:
    """A step and how it stands.

    Attributes:
        id: unique within the scene.
        step: what is wished.
        state: where it is.
        reason: why it failed or was skipped; a word or a device's own sentence.
    """

    id: str
    step: Step
    state: StepState = StepState.WAITING
    reason: str = ""


class Runner:
    """One scene being run.

    Attributes:
        results: the steps that this room can do, in order.
    """

    def __init__(self, scene: Scene, devices: Devices, changed: Callable[[], None]) -> None:
        self._devices = devices
        self._changed = changed
        can = [s for s in scene.steps if devices.offers(s.device, s.capability)]
        can.sort(key=lambda step: step.group)
        self.results = tuple(
            StepResult(f"{n}-{step.device}-{step.capability}", step) for n, step in enumerate(can)
        )

    @property
    def ended(self) -> bool:
        """Whether no step is waiting or running any more."""
        return all(result.state in ENDED for result in self.results)

    async def run(self) -> None:
        """Run all steps; what is left when cancelled counts as skipped."""
        try:
            for _, group in groupby(self.results, key=lambda result: result.step.group):
                await asyncio.gather(*(self._run(result) for result in group))
        finally:
            for result in self.results:
                if result.state not in ENDED:
                    self._set(result, StepState.SKIPPED, "cancelled")

    async def _run(self, result: StepResult) -> None:
        step = result.step
        if step.only_if is not None and not self._is(step, step.only_if):
            self._set(result, StepState.SKIPPED, "so already")
            return
        self._set(result, StepState.RUNNING)
        try:
            async with asyncio.timeout(step.limit_s):
                await self._devices.command(step.device, step.capability, step.value)
            is_so = step.wait_for is None or await self._devices.wait_until(
                step.device, step.capability, step.wait_for, step.limit_s
            )
        except (StepFailedError, DeviceError) as error:
            self._set(result, StepState.FAILED, str(error))
        except TimeoutError:
            self._set(result, StepState.FAILED, "no_answer")
        else:
            state = StepState.DONE if is_so else StepState.FAILED
            self._set(result, state, "" if is_so else "no_answer")

    def _is(self, step: Step, value: Value) -> bool:
        return self._devices.reading(step.device, step.capability).value == value

    def _set(self, result: StepResult, state: StepState, reason: str = "") -> None:
        result.state, result.reason = state, reason
        self._changed()
