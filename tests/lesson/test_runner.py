"""Scenes: groups in order, steps of a group together, each step ends in one of three states."""

import asyncio

import pytest

from devices.capability import Capability
from devices.errors import NotNowError
from edge.lesson.ports import StepFailedError
from edge.lesson.runner import Runner
from edge.lesson.scene import Scene, Step
from edge.lesson.stage import Stage


class Wires:
    """Devices whose answers the test gives."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.errors: dict[str, Exception] = {}
        self.confirmed: dict[str, bool] = {}
        self.hold = asyncio.Event()
        self.hold.set()
        self.never: set[str] = set()

    def offers(self, device, capability):
        return device != "absent"

    async def command(self, device, capability, value):
        self.log.append(f"ask {device}")
        if device in self.never:
            await asyncio.Event().wait()
        if device in self.errors:
            raise self.errors[device]

    def reading(self, device, capability):
        raise NotImplementedError

    async def wait_until(self, device, capability, value, limit_s):
        await self.hold.wait()
        self.log.append(f"done {device}")
        return self.confirmed.get(device, True)

    async def heard(self, limit_s):
        self.log.append("heard")


def step(device, group=0, limit_s=5.0, wait_for="on"):
    return Step(device, Capability.POWER, "on", wait_for, limit_s, group, f"step.{device}")


def states(runner):
    return {r.step.device: (r.state.value, r.reason) for r in runner.results}


async def turns() -> None:
    """Let everything that can run, run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_groups_in_order_and_together():
    wires = Wires()
    wires.hold.clear()
    runner = Runner(Scene((step("c", 1), step("a"), step("b"))), wires, lambda: None)
    task = asyncio.create_task(runner.run())
    await turns()
    assert wires.log == ["ask a", "ask b"]
    wires.hold.set()
    await task
    assert wires.log[-2:] == ["ask c", "done c"]
    assert runner.ended


@pytest.mark.parametrize("error", [StepFailedError("not here"), NotNowError("not here")])
async def test_errors_are_reasons(error):
    wires = Wires()
    wires.errors["a"] = error
    runner = Runner(Scene((step("a"), step("b"), step("c", 1))), wires, lambda: None)
    await runner.run()
    assert states(runner) == {"a": ("failed", "not here"), "b": ("done", ""), "c": ("done", "")}


async def test_what_is_not_confirmed_or_not_taken_in_time_has_no_answer():
    wires = Wires()
    wires.confirmed["a"] = False
    wires.never = {"b"}
    runner = Runner(Scene((step("a"), step("b", limit_s=0.01), step("c", 1))), wires, lambda: None)
    await runner.run()
    assert states(runner)["a"] == ("failed", "no_answer")
    assert states(runner)["b"] == ("failed", "no_answer")
    assert states(runner)["c"] == ("done", "")


async def test_each_change_is_told_and_absent_devices_are_left_out():
    told = []
    runner = Runner(
        Scene((step("absent"), step("a", wait_for=None))), Wires(), lambda: told.append(1)
    )
    await runner.run()
    assert [r.step.device for r in runner.results] == ["a"]
    assert len(told) == 2


async def test_a_newer_scene_takes_the_place_of_the_old_one():
    wires = Wires()
    wires.hold.clear()
    stage = Stage(wires, lambda: None)
    task = asyncio.create_task(stage.run())
    stage.begin(Scene((step("a"), step("c", 1))))
    old = stage.runner
    await turns()
    stage.begin(Scene((step("b"),)), lambda: wires.heard(1.0))
    await turns()
    wires.hold.set()
    await turns()
    assert states(old) == {"a": ("skipped", "cancelled"), "c": ("skipped", "cancelled")}
    assert states(stage.runner) == {"b": ("done", "")}
    assert wires.log == ["ask a", "heard", "ask b", "done b"]
    task.cancel()
    await asyncio.wait({task})
