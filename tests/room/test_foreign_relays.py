"""Screens and relays of others behind Debian's Mosquitto: what they said once is no news."""

import asyncio
import json
from contextlib import AsyncExitStack, suppress

import pytest

from devices.capability import Capability
from devices.link import Link
from drivers.mqtt_relay import MqttRelay
from drivers.tables.mqtt_relay import KINDS, RelayTimes
from edge.room.command import CommandState
from edge.room.health import HealthFacts, StoreState, findings
from tests.drivers.ends import HandClock, Mosquitto, running, soon
from tests.room.foreign import Hand

TOPIC = "lophoc/a1-05/relays/it"


class Wall:
    """A screen that speaks plain MQTT, and the room's keeper of it."""

    def __init__(self, broker: Mosquitto, stack: AsyncExitStack) -> None:
        self.broker = broker
        self.stack = stack

    async def start(self, kind: str = "screen", *said: tuple[str, str]) -> None:
        self.device = await self.stack.enter_async_context(running(self.broker.link("device")))
        for what, word in said:
            await self.say(what, word)
        self.room_link = await self.stack.enter_async_context(running(self.broker.link("room")))
        self.driver = MqttRelay(
            self.room_link, TOPIC, KINDS[kind], id_prefix="p", times=RelayTimes(heard_within_s=1.0)
        )
        self.hand = Hand(self.driver, HandClock())
        await self.hand.settle()

    async def say(self, what: str, word: str) -> None:
        """Say a state or a status, as every device does: retained."""
        payload = word if what == "status" else json.dumps({"value": word})
        await self.device.publish(f"{TOPIC}/{what}", payload.encode(), retain=True)

    async def says(self, word: str) -> None:
        """Say a state and wait until the room's driver has it."""
        before = self.driver._messages
        await self.say("state", word)
        await soon(lambda: self.driver._messages > before)


@pytest.fixture
async def wall(tmp_path):
    kept = ("persistence true", f"persistence_location {tmp_path}/")
    broker = Mosquitto(tmp_path, "allow_anonymous true", *kept)
    broker.start()
    async with AsyncExitStack() as stack:
        one = Wall(broker, stack)
        yield one
        await one.driver.close()
        broker.kill()


async def test_what_the_broker_kept_confirms_no_wish(wall):
    """The wish is what it said before: only its own word after the wish counts."""
    await wall.start("screen", ("status", "online"), ("state", "down"))
    command = wall.hand.ask("down", "screen")
    await wall.hand.rounds(3, seconds=1)
    assert command.state is CommandState.RUNNING
    await wall.says("down")
    await wall.hand.rounds()
    assert command.state is CommandState.DONE


async def test_what_it_said_before_the_wish_confirms_none(wall):
    await wall.start("relay", ("status", "online"))
    await wall.says("on")
    await wall.hand.rounds()
    command = wall.hand.ask("on", "relay")
    await wall.hand.rounds(3, seconds=1)
    assert command.state is CommandState.RUNNING
    await wall.hand.rounds(2, seconds=10)
    assert (command.state, command.reason) == (CommandState.FAILED, "not_confirmed")


async def test_what_the_broker_kept_is_stale_until_the_device_is_heard(wall):
    await wall.start("screen", ("status", "online"), ("state", "down"))
    reading = wall.hand.reading("screen")
    assert (reading.value, reading.quality.value, reading.at_ms) == ("down", "stale", None)
    await wall.says("down")
    await wall.hand.rounds()
    assert wall.hand.reading("screen").quality.value == "confirmed"
    heard_ms = wall.hand.reading("screen").at_ms
    await wall.hand.rounds(10, seconds=10)
    reading = wall.hand.reading("screen")
    assert (reading.quality.value, reading.at_ms) == ("confirmed", heard_ms)


async def test_a_broker_that_is_restored_without_the_device(wall):
    """mosquitto#477: its memory is as old as what the device said itself."""
    await wall.start("screen", ("status", "online"))
    await wall.says("down")
    await wall.hand.rounds()
    heard_ms = wall.hand.reading("screen").at_ms
    wall.broker.freeze(15)  # SIGTERM: it writes its memory down
    await soon(lambda: not wall.room_link.connected)
    wall.broker.kill()
    wall.broker.start()
    await soon(lambda: wall.room_link.connected)
    await wall.hand.rounds(3, seconds=5)
    reading = wall.hand.reading("screen")
    assert (reading.value, reading.quality.value) == ("down", "stale")
    assert reading.at_ms == heard_ms


async def test_an_old_will_after_online_is_outlived_by_a_live_state(wall):
    """wallbox-mqtt-bridge#107: the broker tells the old will after the new `online`."""
    await wall.start("screen", ("status", "online"), ("state", "up"))
    await wall.say("status", "offline")
    await soon(lambda: wall.driver._online is False)
    await wall.hand.rounds(2, seconds=1)
    assert wall.hand.keeper.link is Link.UNREACHABLE
    await wall.says("moving")
    await wall.hand.rounds()
    assert wall.hand.keeper.link is Link.ONLINE
    assert wall.hand.reading("screen").value == "moving"
    command = wall.hand.ask("down", "screen")
    await wall.hand.rounds()
    await wall.says("down")
    await wall.hand.rounds()
    assert command.state is CommandState.DONE


async def test_a_kept_state_does_not_outlive_a_will(wall):
    await wall.start("screen", ("state", "up"), ("status", "offline"))
    await wall.hand.rounds(2, seconds=1)
    assert wall.hand.keeper.link is Link.UNREACHABLE


@pytest.mark.parametrize("word", ["stopped", "up"])
async def test_a_stop_is_confirmed_by_standing_still(wall, word):
    """Tasmota#9896."""
    await wall.start("screen", ("status", "online"))
    await wall.says("moving")
    await wall.hand.rounds()
    command = wall.hand.ask("stop", "screen")
    await wall.hand.rounds(2, seconds=1)
    assert command.state is CommandState.RUNNING
    await wall.says(word)
    await wall.hand.rounds()
    assert command.state is CommandState.DONE
    assert wall.hand.keeper.book.wanted  # it was granted, so it is no wish of the past


async def test_news_ends_a_wait_at_once(wall):
    await wall.start("screen", ("status", "online"))
    task = asyncio.create_task(wall.hand.keeper.run())
    command = wall.hand.ask("down", "screen")
    assert await wall.hand.room.wait_until(lambda: command.state is CommandState.RUNNING, 5)
    await wall.says("down")
    assert await wall.hand.room.wait_until(lambda: command.state is CommandState.DONE, 5)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_screen_that_gives_no_sign_after_a_wish_needs_a_look(wall):
    """The broker kept `online` of a device that died with the power (mosquitto#1165)."""
    await wall.start("screen", ("status", "online"), ("state", "down"))
    keeper = wall.hand.keeper

    def found() -> list[str]:
        facts = HealthFacts(StoreState.OPEN, wall.hand.clock(), devices={"it": keeper})
        return [one.code for one in findings(facts)]

    assert found() == []
    command = wall.hand.ask("up", "screen")
    await wall.hand.rounds(4, seconds=20)
    assert (command.state, command.reason) == (CommandState.FAILED, "not_confirmed")
    assert found() == ["device_silent"]
    await wall.says("moving")
    await wall.hand.rounds()
    assert found() == []
    command = wall.hand.ask("up", "screen")
    await wall.hand.rounds()
    await wall.says("moving")
    await wall.hand.rounds(4, seconds=20)
    assert (command.state, command.reason) == (CommandState.FAILED, "not_confirmed")
    assert found() == []  # it is heard, and does not get there


def _found(wall: Wall) -> list[str]:
    facts = HealthFacts(StoreState.OPEN, wall.hand.clock(), devices={"it": wall.hand.keeper})
    return [one.code for one in findings(facts)]


async def test_a_buzzer_that_gives_no_sign_after_a_beep_needs_a_look(wall):
    """Its beeps are told as feedback and are never confirmed: nobody would hear of its end."""
    await wall.start("buzzer", ("status", "online"))
    for _ in range(3):  # class after class taps: a new beep gives it no new time
        wall.hand.ask("ok", "beeper")
        await wall.hand.rounds(2)
        assert _found(wall) == ["device_unheard"]
        wall.hand.clock.pass_s(3)
    assert _found(wall) == ["device_silent"]
    await wall.say("state", "ok")
    await soon(wall.driver.spoke)
    assert _found(wall) == []


@pytest.mark.parametrize("said", [("state", "ok"), ("status", "online")])
async def test_a_buzzer_that_said_something_after_a_beep_is_well(wall, said):
    await wall.start("buzzer", ("status", "online"))
    wall.hand.ask("ok", "beeper")
    await wall.hand.rounds(2)
    await wall.say(*said)
    await soon(wall.driver.spoke)
    await wall.hand.rounds(2, seconds=20)
    assert _found(wall) == []


async def test_a_buzzer_that_told_of_its_beeps_and_tells_no_more_needs_a_look(wall):
    await wall.start("buzzer")
    await wall.say("status", "online")
    await soon(wall.driver.spoke)
    await wall.hand.settle()
    wall.hand.ask("ok", "beeper")
    await wall.hand.rounds(2, seconds=20)
    assert _found(wall) == []  # it is heard, and never tells of its beeps
    await wall.say("state", "ok")
    await soon(lambda: wall.driver.saying(Capability.BEEPER) is not None)
    wall.hand.ask("ok", "beeper")
    await wall.hand.rounds(2, seconds=20)
    assert _found(wall) == ["device_silent"]


async def test_a_buzzer_that_only_the_broker_remembers_is_not_called_well(wall):
    await wall.start("buzzer", ("status", "online"))

    def found() -> list[str]:
        facts = HealthFacts(StoreState.OPEN, wall.hand.clock(), devices={"it": wall.hand.keeper})
        return [one.code for one in findings(facts)]

    assert wall.hand.keeper.link is Link.ONLINE
    assert found() == ["device_unheard"]
    await wall.say("status", "online")
    await soon(wall.driver.spoke)
    assert found() == []
