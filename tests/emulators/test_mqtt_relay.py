import json

import pytest

from drivers.emulators.emulator import Fault, Settings
from drivers.emulators.mqtt_client import Broker, Heard
from drivers.emulators.mqtt_relay import MqttRelayEmulator, Screen

TOPIC = "lophoc/a1-05/relays/one"


def test_a_screen_needs_its_time_and_can_be_stopped_anywhere(clock) -> None:
    screen = Screen(clock)
    assert screen.value() == "up"
    screen.take("down")
    clock.pass_(5)
    assert (screen.value(), screen.down) == ("moving", 0.25)
    screen.take("stop")
    clock.pass_(100)
    assert (screen.value(), screen.down) == ("stopped", 0.25)
    screen.take("down")
    assert screen.settles_in_s() == 15
    clock.pass_(15)
    assert screen.value() == "down"
    screen.take("down")
    assert screen.value() == "down"
    screen.take("up")
    clock.pass_(19.9)
    assert screen.value() == "moving"
    clock.pass_(0.2)
    assert screen.state() == {"screen": "up", "down_percent": 0}
    assert not screen.take("left")


@pytest.fixture
async def room(broker, mqtt):
    client = mqtt(broker, "room")
    await client.subscribe(f"{TOPIC}/+")
    return client


class Hands:
    """Sends commands to the relay and hears what it reports."""

    def __init__(self, room, relay: MqttRelayEmulator) -> None:
        self.room, self.relay, self.count = room, relay, 0

    def send(self, value: str, **more) -> None:
        self.count += 1
        command = {"id": f"c{self.count}", "value": value, "expires_in_ms": 5000, **more}
        self.send_raw(json.dumps(command).encode())

    def send_raw(self, payload: bytes, *, retain: bool = False) -> None:
        self.room.paho.publish(f"{TOPIC}/set", payload, qos=1, retain=retain)

    async def report(self) -> object:
        while True:
            topic, payload, _ = await self.room.next()
            if topic == f"{TOPIC}/state":
                return json.loads(payload)["value"]

    async def status(self) -> bytes:
        while True:
            topic, payload, _ = await self.room.next()
            if topic == f"{TOPIC}/status":
                return payload


@pytest.fixture
async def hands(broker, room):
    running = []

    async def build(kind: str) -> Hands:
        host, _, port = broker.rpartition(":")
        settings = Settings(id="one", kind=kind, fast=True)
        relay = MqttRelayEmulator(settings, Broker(host, int(port)))
        running.append(relay)
        assert await relay.start() == TOPIC
        hands = Hands(room, relay)
        assert await hands.status() == b"online"
        return hands

    yield build
    for relay in running:
        await relay.close()


async def test_a_relay_reports_itself_at_once_and_after_each_command(hands) -> None:
    relay = await hands("relay")
    assert await relay.report() == "off"
    relay.send("on")
    assert await relay.report() == "on"
    assert relay.relay.state() == {"online": True, "power": "on"}


async def test_state_and_status_are_retained(hands, broker, mqtt) -> None:
    relay = await hands("relay")
    relay.send("on")
    while await relay.report() != "on":
        pass
    late = mqtt(broker, "late")
    await late.subscribe(f"{TOPIC}/+")
    assert sorted([await late.next(), await late.next()]) == [
        (f"{TOPIC}/state", b'{"value": "on"}', True),
        (f"{TOPIC}/status", b"online", True),
    ]


async def test_a_screen_reports_moving_and_then_where_it_came_to(hands) -> None:
    screen = await hands("screen")
    assert await screen.report() == "up"
    screen.send("down")
    assert await screen.report() == "moving"
    assert await screen.report() == "down"
    screen.send("up")
    assert await screen.report() == "moving"
    screen.send("stop")
    assert await screen.report() == "stopped"


async def test_a_buzzer_counts_its_beeps_and_tells_each(hands) -> None:
    buzzer = await hands("buzzer")
    for pattern in ("ok", "other", "again", "refused", "ok"):
        buzzer.send(pattern)
        assert await buzzer.report() == pattern
    state = buzzer.relay.state()
    assert state["beeps"] == 1 + 2 + 0 + 3 + 1
    assert (state["other"], state["again"], state["refused"], state["last"]) == (1, 1, 1, "ok")


async def test_twice_delivered_expired_retained_and_foreign_commands_do_nothing(hands) -> None:
    relay = await hands("relay")
    await relay.report()
    relay.send("on", id="same")
    assert await relay.report() == "on"
    relay.send("off", id="same")
    relay.send("off", expires_in_ms=0)
    relay.send("left")
    relay.send("off", id=7)
    relay.send("off", expires_in_ms="soon")
    for payload in (b"", b"\xff\xfe", b"[]", b"{}", b'{"id": "x"}', b"null"):
        relay.send_raw(payload)
    relay.send("on", id="last")
    assert await relay.report() == "on"


async def test_a_retained_command_is_an_old_one(hands, broker, mqtt) -> None:
    before = mqtt(broker, "before")
    await before.subscribe(f"{TOPIC}/set")
    before.paho.publish(f"{TOPIC}/set", b'{"id": "old", "value": "on"}', qos=1, retain=True)
    await before.next()
    relay = await hands("relay")
    assert await relay.report() == "off"
    relay.send("off")
    assert await relay.report() == "off"


async def test_faults(hands) -> None:
    relay = await hands("relay")
    await relay.report()
    await relay.relay.set_fault(Fault.SILENT)
    relay.relay._take(Heard(f"{TOPIC}/set", b'{"id": "c", "value": "on"}', retain=False))
    assert relay.relay.state()["power"] == "off"
    await relay.relay.set_fault(Fault.HALF)
    while True:
        topic, payload, _ = await relay.room.next()
        if topic.endswith("/state"):
            break
    assert payload == b'{"value"'
    await relay.relay.set_fault(Fault.UNPLUGGED)
    assert await relay.status() == b"offline"
    relay.send("on")  # nobody there: it is not kept for later
    await relay.relay.set_fault(Fault.NONE)
    assert await relay.status() == b"online"
    assert await relay.report() == "off"


def test_a_kind_that_does_not_exist_is_told() -> None:
    with pytest.raises(ValueError, match="screen, a buzzer"):
        MqttRelayEmulator(Settings(kind="lamp"), Broker("127.0.0.1", 1))
