"""Our MQTT readers, behind Debian's Mosquitto."""

import asyncio
import json
from contextlib import suppress

import pytest

from devices.errors import UnreachableError
from drivers.mqtt_reader import MqttReader
from drivers.transports import mqtt as mqtt_module
from tests.drivers.ends import running, soon


class Door:
    """The reader's end: a device on the broker, and the room that listens."""

    def __init__(self, link, device, topic: str, clock) -> None:
        self.link, self.device, self.topic = link, device, topic
        self.reader = MqttReader(link, topic, clock)
        self.cards: list[tuple] = []
        self.technologies: list[str] = []
        self.failures = 0
        self.heard = 0
        self.run()

    def run(self) -> None:
        self.task = asyncio.create_task(self.reader.run(self.take, self.hear))

    def hear(self) -> None:
        self.heard += 1

    async def take(self, card) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is full")
        self.technologies.append(card.technology)
        self.cards.append((card.uid, card.device_key))

    async def status(self, word: str) -> None:
        await self.device.publish(f"{self.topic}/status", word.encode(), retain=True)

    async def touch(self, uid: str = "04A1B2C3", n: int = 1, **more) -> None:
        card = json.dumps({"uid": uid, "n": n, "boot": "x1"} | more)
        await self.device.publish(f"{self.topic}/card", card.encode())


@pytest.mark.parametrize(("uid", "technology"), [("100086F444", "em4100"), ("04A1B2C3", "mifare")])
async def test_the_number_tells_the_kind_of_card(door, uid, technology):
    await door.touch(uid)
    await soon(lambda: door.technologies == [technology])


@pytest.fixture
async def door(own_broker, clock):
    async with running(own_broker.link("room")) as link, running(own_broker.link("door")) as device:
        one = Door(link, device, "lophoc/a1-05/readers/door", clock)
        await one.status("online")
        await soon(lambda: one.heard)
        yield one
        one.task.cancel()
        with suppress(asyncio.CancelledError, UnreachableError):
            await one.task
        await one.reader.close()


async def test_a_touch(door):
    await door.touch()
    await soon(lambda: door.cards)
    assert door.cards == [("04A1B2C3", ("x1", 1))]


async def test_the_same_touch_delivered_again_is_dropped(door, clock):
    await door.touch(n=1)
    await soon(lambda: door.cards)
    clock.pass_s(60)
    await door.touch(n=1)
    await door.touch("04FFFFFF", n=2)
    await soon(lambda: len(door.cards) == 2)
    assert door.cards[1][0] == "04FFFFFF"


async def test_another_card_under_the_same_number_is_a_touch_of_its_own(door, clock):
    await door.touch(n=1)
    await soon(lambda: door.cards)
    clock.pass_s(60)
    await door.touch("04FFFFFF", n=1)
    await door.touch(n=1)
    await door.touch("04EEEEEE", n=2)
    await soon(lambda: len(door.cards) == 3)
    assert [uid for uid, _ in door.cards] == ["04A1B2C3", "04FFFFFF", "04EEEEEE"]


async def test_the_same_number_after_the_reader_restarted_is_a_new_touch(door, clock):
    await door.touch(n=1)
    await soon(lambda: door.cards)
    clock.pass_s(60)
    await door.touch(n=1, boot="x2")
    await soon(lambda: len(door.cards) == 2)


async def test_the_same_card_within_two_seconds_is_one_touch(door, clock):
    await door.touch(n=1)
    await soon(lambda: door.cards)
    clock.pass_s(1.9)
    await door.touch(n=2)
    await door.touch("04FFFFFF", n=3)
    await soon(lambda: len(door.cards) == 2)
    clock.pass_s(2.1)
    await door.touch(n=4)
    await soon(lambda: len(door.cards) == 3)
    assert [n for _, (_, n) in door.cards] == [1, 3, 4]


async def test_what_could_not_be_stored_comes_again(door, monkeypatch):
    monkeypatch.setattr(mqtt_module, "_REDELIVER_AFTER_S", 0.05)
    door.failures = 1
    await door.touch()
    await soon(door.task.done)  # the link came back anew; the room runs it again
    await soon(lambda: door.link.connected)
    door.run()
    await soon(lambda: door.cards)
    assert door.cards == [("04A1B2C3", ("x1", 1))]


async def test_a_card_between_two_runs_waits_for_the_next(door):
    door.task.cancel()
    await asyncio.wait([door.task])
    await door.touch()
    door.run()
    await soon(lambda: door.cards)


async def test_offline_is_unreachable_until_it_is_online_again(door):
    await door.status("offline")
    with pytest.raises(UnreachableError, match="is offline"):
        await door.task
    door.run()
    with pytest.raises(UnreachableError, match="is offline"):
        await door.task
    await door.status("online")
    await soon(lambda: door.reader._online)
    heard = door.heard
    door.run()
    await soon(lambda: door.heard > heard)


async def test_a_broker_that_dies(door, own_broker):
    own_broker.kill()
    with pytest.raises(UnreachableError, match="broker was lost"):
        await door.task
    door.run()
    with pytest.raises(UnreachableError, match="not connected"):
        await door.task
    own_broker.start()
    await soon(lambda: door.link.connected and door.device.connected)
    door.run()
    await door.touch(n=9)
    await soon(lambda: door.cards)


async def test_malformed_payloads_are_said_once_and_harm_nothing(door, caplog):
    for payload in (b"", b"{", b'{"uid": "zz"}', b"\xff" * 100, b"x" * 5000):
        await door.device.publish(f"{door.topic}/card", payload)
    await door.device.publish(f"{door.topic}/status", b"perhaps")
    await door.touch()
    await soon(lambda: door.cards)
    told = [one for one in caplog.records if one.name == "drivers.mqtt_reader"]
    assert len(told) == 1
    assert "04A1B2C3" not in caplog.text


async def test_feedback(door):
    told = asyncio.Queue()
    door.device.subscribe(f"{door.topic}/feedback", told.put)
    await door.reader.show({"tap_id": "0001-7", "outcome": "late", "n": 7})
    message = await told.get()
    assert json.loads(message.payload) == {"tap_id": "0001-7", "outcome": "late", "n": 7}
    assert not message.retain


async def test_what_it_remembers_is_bounded(door, clock):
    for n in range(520):
        clock.pass_s(3)
        await door.touch(n=n)
        await soon(lambda: len(door.cards) == n + 1)  # noqa: B023 - it ends within this turn
    assert len(door.reader._taken) == 512
    assert len(door.reader._touches._seen_ms) == 1
