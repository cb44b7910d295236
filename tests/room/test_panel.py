"""What the panel hears of a press: that it is under way, unless the device has answered by then."""

import asyncio
from types import SimpleNamespace

import pytest

from devices.capability import Capability
from edge.api.panel import UNDER_WAY_S, Panel, Sources
from edge.room.command import Command
from edge.room.keeper import Identity, Keeper, Surround
from edge.room.room import Room, Wish
from tests.room.scripted import ScriptedDriver

PROJECTOR = Identity("projector", "Máy chiếu", "projector", "scripted", "a script")


class Stage:
    """One device, the panel, and what the panel's stream told."""

    def __init__(self) -> None:
        self.driver = ScriptedDriver()
        surround = Surround(
            lambda: 1_000_000,
            lambda: 0.0,
            self._device_changed,
            self._command_changed,
        )
        self.keeper = Keeper(PROJECTOR, self.driver, surround)
        self.room = Room([self.keeper], [], lambda: 1_000_000)
        moment = SimpleNamespace(wall_ms=1_000_000, mono_ms=1_000_000)
        clock = SimpleNamespace(now=lambda: moment)
        sources = Sources(self.room, None, clock, str, list, dict, dict, dict)
        self.panel = Panel(sources)
        self.told: list[tuple[str, str]] = []
        publish = self.panel.stream.publish

        def listen(name, data):
            said = data["command"]["state"] if name == "command" else name
            self.told.append((name, said))
            return publish(name, data)

        self.panel.stream.publish = listen

    def _device_changed(self, name: str) -> None:
        self.panel.device_changed(name)

    def _command_changed(self, command: Command) -> None:
        self.panel.command_changed(command)

    async def press(self, value: str) -> None:
        self.room.command(Wish("projector", "inputs", value, "panel"), f"c{value}")
        await self.keeper._round()


@pytest.fixture
async def stage():
    stage = Stage()
    await stage.keeper._round()
    await asyncio.sleep(0)
    stage.told.clear()
    return stage


async def test_a_device_that_answers_at_once_is_told_of_once(stage):
    stage.driver.state[Capability.INPUTS] = "32"
    await stage.press("32")
    await asyncio.sleep(2 * UNDER_WAY_S)
    assert stage.told == [("command", "done"), ("device", "device")]


async def test_a_slow_device_is_shown_as_asked_meanwhile(stage):
    await stage.press("32")
    assert stage.told == []
    await asyncio.sleep(2 * UNDER_WAY_S)
    assert stage.told == [("command", "running"), ("device", "device")]
    stage.told.clear()
    stage.driver.state[Capability.INPUTS] = "32"
    await stage.keeper._round()
    await asyncio.sleep(0)
    assert stage.told == [("command", "done"), ("device", "device")]
