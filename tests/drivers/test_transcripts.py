"""Each driver's transcript, replayed over a real port or a real broker."""

import asyncio
import json
from contextlib import suppress
from dataclasses import asdict

import pytest

from devices import errors
from devices.address import MqttAddress
from devices.capability import Capability
from devices.driving import DeviceSettings
from drivers.catalogue import CATALOGUE, Surroundings, entry
from tests.drivers import transcript
from tests.drivers.ends import running, soon

ROOM = "a1-05"


def settings_of(driver, script, address) -> DeviceSettings:
    return DeviceSettings(
        id="device",
        driver=driver,
        address=address,
        password=script.head.get("password"),
        options=json.loads(script.head.get("options", "{}")),
    )


class WireStage:
    """A device's end of a TCP connection or a serial line."""

    def __init__(self, script, tcp_device, pty_device) -> None:
        self._script = script
        self._tcp = tcp_device if script.head["wire"] == "tcp" else None
        self._end = None if self._tcp else pty_device
        self.address = (self._tcp or pty_device).address
        self.link = None

    async def play(self, line) -> None:
        if line.mark == "+":
            self._end = await self._tcp.met()
        elif line.mark == ">":
            await self._end.expect(self._script.bytes_of(line))
        elif line.mark == "<":
            self._end.say(self._script.bytes_of(line))
        elif line.mark == "x":
            assert await self._end.heard.read() == b""


class MqttStage:
    """A device behind the broker."""

    def __init__(self, script, link, device_link) -> None:
        self.link = link
        self.address = MqttAddress(script.head["name"])
        self._device = device_link
        self._heard: asyncio.Queue = asyncio.Queue()
        for topic in ("set", "feedback"):
            device_link.subscribe(f"lophoc/{ROOM}/+/+/{topic}", self._heard.put)

    async def play(self, line) -> None:
        topic, _, payload = line.text.partition(" ")
        if line.mark == ">":
            async with asyncio.timeout(10):
                message = await self._heard.get()
            assert (message.topic, message.retain) == (topic, False)
            assert json.loads(message.payload) == json.loads(payload)
        else:
            await self._device.publish(topic, payload.encode(), retain=line.mark == "<r")


@pytest.fixture
async def stage_for(tcp_device, pty_device, own_broker):
    links = []

    async def build(script):
        if script.head["wire"] != "mqtt":
            return WireStage(script, tcp_device, pty_device)
        for name in ("room", "device"):
            context = running(own_broker.link(name))
            links.append((context, await context.__aenter__()))
        return MqttStage(script, links[0][1], links[1][1])

    yield build
    for context, _ in links:
        await context.__aexit__(None, None, None)


def surroundings(stage, clock) -> Surroundings:
    return Surroundings(ROOM, stage.link, clock, lambda: 0.0)


async def act(driver, action: str, clock) -> object:
    verb, *words = action.split(" ", 2)
    if verb == "after":
        return clock.pass_s(float(words[0]))
    if verb == "show":
        return await driver.show(json.loads(action.removeprefix("show ")))
    if verb == "write":
        capability = Capability(words[0])
        offer = next(one for one in driver.offers if one.capability is capability)
        with suppress(ValueError):  # what the offer refuses, the driver must refuse too
            return await driver.write(capability, offer.parse(words[1]))
        return await driver.write(capability, words[1])
    return await getattr(driver, verb)()


@pytest.mark.parametrize("name", [one.name for one in CATALOGUE.values() if one.build])
async def test_device(name, stage_for, clock):
    script = transcript.read(name)
    stage = await stage_for(script)
    driver = entry(name).build(settings_of(name, script, stage.address), surroundings(stage, clock))
    for action, *lines in script.steps:
        assert action.mark == "@"
        doing = asyncio.create_task(act(driver, action.text, clock))
        failure = next((line.text for line in lines if line.mark == "!"), None)
        for line in lines:
            if line.mark not in "=!":
                await stage.play(line)
        if failure is not None:
            with pytest.raises(getattr(errors, failure)):
                await doing
            continue
        reports = await doing
        for line in lines:
            if line.mark == "=":
                assert reports == json.loads(line.text), action.text
    await driver.close()


@pytest.mark.parametrize("name", [one.name for one in CATALOGUE.values() if one.build_reader])
async def test_reader(name, stage_for, clock):
    script = transcript.read(name)
    stage = await stage_for(script)
    reader = entry(name).build_reader(
        settings_of(name, script, stage.address), surroundings(stage, clock)
    )
    cards, heard = [], []

    async def take(card) -> None:
        cards.append(card)

    tasks, taken = [], 0
    for line in [line for step in script.steps for line in step]:
        if (line.mark, line.text) == ("@", "run"):
            tasks.append(asyncio.create_task(reader.run(take, lambda: heard.append(1))))
        elif line.mark == "@":
            await act(reader, line.text, clock)
        elif line.mark == "~":
            await soon(lambda: len(heard) == int(line.text))  # noqa: B023 - ends in this turn
        elif line.mark == "=":
            taken += 1
            await soon(lambda: len(cards) >= taken)  # noqa: B023 - ends in this turn
            assert asdict(cards[-1]) == card_of(line.text)
        else:
            await stage.play(line)
    assert len(cards) == taken
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await reader.close()


def card_of(text: str) -> dict[str, object]:
    card = json.loads(text)
    key = card.get("device_key")
    return card | {"device_key": tuple(key) if key else None}
