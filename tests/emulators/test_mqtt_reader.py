import json

import pytest

from drivers.emulators.emulator import Fault, Settings
from drivers.emulators.mqtt_client import Broker
from drivers.emulators.mqtt_reader import MqttReaderEmulator

TOPIC = "lophoc/a1-05/readers/desk"


@pytest.fixture
async def room(broker, mqtt):
    client = mqtt(broker, "room")
    await client.subscribe(f"{TOPIC}/#")
    return client


@pytest.fixture
async def reader(broker, room):
    host, _, port = broker.rpartition(":")
    emulator = MqttReaderEmulator(Settings(id="desk"), Broker(host, int(port)))
    assert await emulator.start() == TOPIC
    assert await room.next() == (f"{TOPIC}/status", b"online", False)
    yield emulator
    await emulator.close()


async def card(room) -> dict:
    topic, payload, retain = await room.next()
    assert (topic, retain) == (f"{TOPIC}/card", False)
    return json.loads(payload)


async def test_touches_are_numbered_within_one_boot(reader, room) -> None:
    await reader.touch("04a1b2c3")
    await reader.touch("04A1B2C3D4E5F6")
    first, second = await card(room), await card(room)
    assert (first["uid"], first["n"]) == ("04A1B2C3", 1)
    assert (second["uid"], second["n"]) == ("04A1B2C3D4E5F6", 2)
    assert first["boot"] == second["boot"]
    assert set(first) == {"uid", "n", "boot"}


async def test_it_shows_what_became_of_its_touch(reader, room) -> None:
    await reader.touch("04A1B2C3")
    await card(room)
    for payload in (b"\xff", b"[]", b"{}", b'{"outcome": "late", "n": null}'):
        room.paho.publish(f"{TOPIC}/feedback", payload, qos=1)
        await room.next()
    assert reader.state()["last_outcome"] is None
    room.paho.publish(f"{TOPIC}/feedback", b'{"tap_id": "x", "outcome": "present", "n": 1}', qos=1)
    await room.next()
    await reader.touch("04A1B2C3")  # the broker has served the reader before this one
    await card(room)
    room.paho.publish(f"{TOPIC}/feedback", b'{"outcome": "repeat", "n": 2}', qos=1)
    await room.next()
    await reader.close()
    assert await room.next() == (f"{TOPIC}/status", b"offline", False)
    assert reader.state()["last_outcome"] == "repeat"


async def test_faults(reader, room) -> None:
    await reader.set_fault(Fault.SILENT)
    await reader.touch("04A1B2C3")
    await reader.set_fault(Fault.HALF)
    await reader.touch("04A1B2C3")
    topic, payload, _ = await room.next()
    assert topic == f"{TOPIC}/card"
    assert payload.startswith(b'{"uid": "04A1')
    with pytest.raises(json.JSONDecodeError):
        json.loads(payload)
    await reader.set_fault(Fault.GARBAGE)
    await reader.touch("04A1B2C3")
    assert (await room.next())[1][:2] != b'{"'
    await reader.set_fault(Fault.NONE)
    await reader.touch("04A1B2C3")
    assert (await card(room))["n"] == 4
    assert reader.state()["unsent"] == 1


@pytest.mark.parametrize("fault", [Fault.UNPLUGGED, Fault.WRONG_PASSWORD])
async def test_unplugged_leaves_its_will_and_comes_back(reader, room, fault: Fault) -> None:
    await reader.set_fault(fault)
    assert await room.next() == (f"{TOPIC}/status", b"offline", False)
    await reader.touch("04A1B2C3")
    assert reader.state()["unsent"] == 1
    await reader.set_fault(Fault.NONE)
    assert await room.next() == (f"{TOPIC}/status", b"online", False)
    await reader.touch("04A1B2C3")
    assert (await card(room))["n"] == 2


@pytest.mark.parametrize("uid", ["", "04", "04A1B2C3D4E5", "zzzzzzzz", "04 A1 B2 C3"])
async def test_other_cards_cannot_be_read(reader, uid: str) -> None:
    with pytest.raises(ValueError, match="hex digits"):
        await reader.touch(uid)
