"""Our MQTT screens, buzzers and relays, behind Debian's Mosquitto."""

import asyncio
import json

import pytest

from devices.capability import Capability
from devices.errors import RefusedError, SilentError, UnreachableError
from drivers.mqtt_relay import MqttRelay
from drivers.tables.mqtt_relay import KINDS, RelayTimes
from tests.drivers.ends import running, soon


class Wall:
    """The device's end, and the room's driver."""

    def __init__(self, link, device) -> None:
        self.link, self.device = link, device
        self.topic = "lophoc/a1-05/relays/it"
        self.wishes: asyncio.Queue = asyncio.Queue()
        self.drivers: list[MqttRelay] = []
        device.subscribe(f"{self.topic}/set", self.wishes.put)

    def driver(self, kind: str, heard_within_s: float = 10.0) -> MqttRelay:
        times = RelayTimes(heard_within_s=heard_within_s)
        one = MqttRelay(self.link, self.topic, KINDS[kind], id_prefix="p", times=times)
        self.drivers.append(one)
        return one

    async def status(self, word: str) -> None:
        await self.device.publish(f"{self.topic}/status", word.encode(), retain=True)

    async def state(self, value: object) -> None:
        payload = json.dumps({"value": value}).encode()
        await self.device.publish(f"{self.topic}/state", payload, retain=True)


@pytest.fixture
async def wall(own_broker):
    async with running(own_broker.link("room")) as link, running(own_broker.link("it")) as device:
        one = Wall(link, device)
        yield one
        for driver in one.drivers:
            await driver.close()
            await driver.close()


async def test_a_screen(wall):
    await wall.status("online")
    await wall.state("moving")
    screen = wall.driver("screen")
    assert await screen.read_all() == {Capability.SCREEN: "moving"}
    await screen.write(Capability.SCREEN, "stop")
    message = await wall.wishes.get()
    wish = json.loads(message.payload)
    assert wish == {"id": "p-1", "value": "stop", "expires_in_ms": 5000}
    assert (message.qos, message.retain) == (1, False)


async def test_a_relay_speaks_in_switches(wall):
    await wall.state("on")
    relay = wall.driver("relay")
    assert await relay.read_all() == {Capability.RELAY: True}
    await relay.write(Capability.RELAY, False)
    assert json.loads((await wall.wishes.get()).payload)["value"] == "off"


async def test_a_buzzer_is_written_only(wall):
    await wall.status("online")
    buzzer = wall.driver("buzzer")
    assert await buzzer.read_all() == {}
    (offer,) = buzzer.offers
    assert not offer.confirms
    for pattern in ("ok", "again", "other", "refused"):
        await buzzer.write(Capability.BEEPER, pattern)
    values = [json.loads((await wall.wishes.get()).payload) for _ in range(4)]
    assert [one["value"] for one in values] == ["ok", "again", "other", "refused"]
    assert len({one["id"] for one in values}) == 4


async def test_news_wakes_the_room(wall):
    await wall.state("up")
    screen = wall.driver("screen")
    woken = asyncio.Event()
    screen.on_news(woken.set)
    await screen.read_all()
    woken.clear()
    await wall.state("down")
    await woken.wait()
    assert await screen.read_fast() == {Capability.SCREEN: "down"}


async def test_never_heard_of(wall):
    screen = wall.driver("screen", heard_within_s=0.1)
    with pytest.raises(SilentError, match="was not heard of"):
        await screen.read_all()


async def test_online_without_a_state_says_nothing_of_it(wall):
    await wall.status("online")
    screen = wall.driver("screen", heard_within_s=0.2)
    assert await screen.read_all() == {}


async def test_offline(wall):
    await wall.state("up")
    await wall.status("offline")
    screen = wall.driver("screen")
    with pytest.raises(UnreachableError, match="is offline"):
        await screen.read_all()
    with pytest.raises(UnreachableError, match="is offline"):
        await screen.write(Capability.SCREEN, "down")
    await wall.status("online")
    await soon(lambda: screen._online)
    assert await screen.read_all() == {Capability.SCREEN: "up"}


async def test_a_broker_that_dies(wall, own_broker):
    await wall.state("up")
    screen = wall.driver("screen")
    await screen.read_all()
    woken = asyncio.Event()
    screen.on_news(woken.set)
    own_broker.kill()
    await woken.wait()
    with pytest.raises(UnreachableError, match="not connected"):
        await screen.read_fast()
    with pytest.raises(UnreachableError):
        await screen.write(Capability.SCREEN, "down")
    own_broker.start()
    await soon(lambda: wall.link.connected and wall.device.connected)
    await wall.state("down")
    assert await screen.read_all() == {Capability.SCREEN: "down"}
    assert wall.wishes.empty()


async def test_malformed_payloads_are_said_once_and_harm_nothing(wall, caplog):
    await wall.state("up")
    screen = wall.driver("screen")
    await screen.read_all()
    for payload in (b"", b"{", b'{"value": 7}', b'{"value": "sideways"}', b"x" * 5000):
        await wall.device.publish(f"{wall.topic}/state", payload)
    await wall.device.publish(f"{wall.topic}/status", b"perhaps")
    await wall.state("down")
    await soon(lambda: screen._value == "down")
    assert len([one for one in caplog.records if one.name == "drivers.mqtt_relay"]) == 1


@pytest.mark.parametrize(
    ("capability", "value"), [(Capability.SCREEN, "sideways"), (Capability.RELAY, True)]
)
async def test_wishes_that_never_reach_the_broker(wall, capability, value):
    screen = wall.driver("screen")
    with pytest.raises(RefusedError, match="takes no"):
        await screen.write(capability, value)
    assert wall.wishes.empty()
