"""What is said of a reader: why it cannot be relied on, in API, figures and once in the log."""

import asyncio
import json
from contextlib import AsyncExitStack, suppress

import pytest

from devices.address import MqttAddress, SerialAddress
from devices.driving import CardSeen, DeviceSettings, ShortCardSeen
from devices.link import Link
from drivers.catalogue import Surroundings, entry
from drivers.codecs.rdm6300 import encode_card
from edge.api.metrics import render
from edge.room.health import HealthFacts, Level, StoreState, findings
from edge.room.reader import ReaderIdentity, ReaderKeeper
from edge.room.room import Room
from edge.room.view import reader_json
from edge.supervisor import Part
from tests.drivers.ends import HandClock, Mosquitto, PtyDevice, running, soon

A = "100086F444"


class Listening:
    """A reader from the catalogue, its keeper, and what came of it."""

    def __init__(self, driver: str, address, clock: HandClock, link=None, **options) -> None:
        settings = DeviceSettings("door", driver, address, options=options)
        reader = entry(driver).build_reader(
            settings, Surroundings("a1-05", link, clock, lambda: 0.0)
        )
        self.changes = 0
        identity = ReaderIdentity("door", "Cửa", driver, "none")
        self.keeper = ReaderKeeper(identity, reader, lambda: -0.99, self._changed)
        self.cards: list[CardSeen] = []
        self.room = Room([], [self.keeper], clock)
        self.task = asyncio.create_task(self.keeper.run(self._take))

    def _changed(self, _name: str) -> None:
        self.changes += 1

    async def _take(self, _reader: str, card: CardSeen) -> None:
        self.cards.append(card)

    @property
    def said(self) -> tuple[str, str]:
        shown = reader_json(self.keeper)
        return shown["link"], shown["reason"]

    def figures(self) -> list[str]:
        text = render(self.room, [Part("reader door")], {"waiting": 0}, ()).decode()
        return [line for line in text.splitlines() if "door" in line]

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
async def pty(tmp_path):
    device = PtyDevice(tmp_path)
    yield device
    device.unplug()


@pytest.fixture
async def listen(clock):
    async with AsyncExitStack() as stack:

        def start(driver, address, **more) -> Listening:
            one = Listening(driver, address, clock, **more)
            stack.push_async_callback(one.stop)
            return one

        yield start


async def test_a_port_that_is_missing_is_said_everywhere_and_logged_once(listen, tmp_path, caplog):
    path = tmp_path / "usb-reader"
    reader = listen("rdm6300", SerialAddress(str(path)))
    assert reader.said == ("unreachable", "not_tried")
    await soon(lambda: reader.said == ("unreachable", "port_missing"))
    assert reader_json(reader.keeper)["params"] == {"port": str(path)}
    assert reader.figures() == [
        'lophoc_reader_online{reader="door"} 0.0',
        'lophoc_part_up{part="reader door"} 0.0',
    ]
    changes = reader.changes
    await asyncio.sleep(0.2)
    assert (reader.changes, len(caplog.records)) == (changes, 1)


async def test_a_port_that_another_program_holds(listen, pty):
    first = listen("rdm6300", pty.address)
    await soon(lambda: first.keeper.link is Link.ONLINE)
    assert first.said == ("online", "")
    assert first.figures()[0].endswith(" 1.0")
    second = listen("rdm6300", pty.address)
    await soon(lambda: second.said == ("unreachable", "port_held"))
    await first.stop()
    await soon(lambda: second.said == ("online", ""))


async def test_a_port_that_is_lost_is_missing_then_and_logged_once(listen, pty, caplog, tmp_path):
    reader = listen("rdm6300", pty.address)
    await soon(lambda: reader.said == ("online", ""))
    caplog.clear()
    (tmp_path / "usb-reader-port0").unlink()
    pty.unplug()
    await soon(lambda: reader.said == ("unreachable", "port_missing"))
    assert len(caplog.records) == 1


async def test_one_frame_is_no_touch_by_default(listen, pty, clock):
    """A phantom with a good check byte comes once (Tasmota#9522)."""
    reader = listen("rdm6300", pty.address)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    pty.say(encode_card(A) + encode_card("0100000002") + encode_card(A))
    clock.pass_s(60)
    pty.say(encode_card("1234567890"))
    pty.say(encode_card("1234567890"))
    await soon(lambda: reader.cards)
    assert [card.uid for card in reader.cards] == ["1234567890"]


async def test_two_frames_a_minute_apart_are_two_phantoms(listen, pty, clock):
    reader = listen("rdm6300", pty.address)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    for uid in (A, A, "1234567890", "1234567890"):
        pty.say(encode_card(uid))
        seen = (uid, clock())
        await soon(lambda: reader.keeper.reader._in_a_row[::2] == seen)  # noqa: B023 - ends here
        clock.pass_s(60 if uid == A else 0.06)
    await soon(lambda: reader.cards)
    assert [card.uid for card in reader.cards] == ["1234567890"]


@pytest.mark.parametrize("uid", ["0000000000", "FFFFFFFFFF"])
async def test_zeros_and_ones_alone_are_no_card(listen, pty, uid):
    reader = listen("rdm6300", pty.address)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    for one in (uid, uid, A, A):
        pty.say(encode_card(one))
    await soon(lambda: reader.cards)
    assert [card.uid for card in reader.cards] == [A]


async def test_a_raw_check_byte_is_read_and_said(listen, pty):
    """13 bytes (esphome/issues#3610)."""
    reader = listen("rdm6300", pty.address)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    raw = b"\x02100086F444\x26\x03"
    pty.say(raw + raw)
    await soon(lambda: reader.cards)
    assert reader.cards[0].uid == A
    assert reader.said == ("online", "raw_check")


async def test_a_line_of_another_speed_or_kind_is_said_until_a_card_comes(listen, pty, clock):
    reader = listen("rdm6300", pty.address)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    pty.say(b"boot: reader v1\r\n")
    await asyncio.sleep(0.05)
    assert reader.said == ("online", "")  # what it says of itself as its port opens
    clock.pass_s(3)
    pty.say(b"\x02100086F444\x27\x03")
    await soon(lambda: reader.said == ("online", "unreadable"))
    pty.say(encode_card(A) + encode_card(A))
    await soon(lambda: reader.said == ("online", ""))


# Numbers without their zeros (MFRC522-python#16, OCA/hr#619)


async def test_a_reader_that_leaves_out_zeros_is_said_until_it_is_mended(listen, pty, clock):
    reader = listen("ascii-reader", pty.address)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    pty.say(b"ac8c5ea\r\n")
    await asyncio.sleep(0.05)
    assert reader.said == ("online", "")  # one may be a line that broke off
    clock.pass_s(3)
    pty.say(b"5c0a11\r\n")
    await soon(lambda: reader.said == ("online", "short_numbers"))
    assert reader_json(reader.keeper)["params"] == {"digits": 6, "of": 8}
    assert reader.cards == []
    for number in range(0x10101010, 0x10101010 + 50):
        pty.say(f"{number:08x}\r\n".encode())
    await soon(lambda: len(reader.cards) == 50)
    assert reader.said == ("online", "")


async def test_a_decimal_reader_too(listen, pty, clock):
    reader = listen("ascii-reader", pty.address, base="decimal", short_numbers="pad")
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    pty.say(b"180143850\r\n")
    await soon(lambda: reader.cards)
    (card,) = reader.cards
    assert isinstance(card, ShortCardSeen)
    assert card.possible == (f"{180143850:08X}",)


async def test_where_it_may_pad_the_touch_goes_to_the_school_with_what_it_may_be(listen, pty):
    reader = listen("ascii-reader", pty.address, short_numbers="pad")
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    pty.say(b"ac8c5ea\r\n")
    await soon(lambda: reader.cards)
    (card,) = reader.cards
    assert set(card.possible) == {"0AC8C5EA", "AC08C5EA", "AC8C05EA", "AC8C5E0A"}


@pytest.fixture
async def broker(tmp_path):
    one = Mosquitto(tmp_path)
    one.start()
    yield one
    one.kill()


async def test_an_mqtt_reader_says_what_is_wrong_with_it(listen, broker):
    async with running(broker.link("room")) as room, running(broker.link("door")) as door:
        reader = listen("mqtt-reader", MqttAddress("door"), link=room)
        await soon(lambda: reader.said == ("unreachable", "never_heard"))
        topic = "lophoc/a1-05/readers/door"
        await door.publish(f"{topic}/status", b"online", retain=True)
        await soon(lambda: reader.said == ("online", ""))
        for n, uid in enumerate(("ac8c5ea", "5c0a112", "04A1B2C3", "00000000")):
            payload = json.dumps({"uid": uid, "n": n, "boot": "b"}).encode()
            await door.publish(f"{topic}/card", payload)
        await soon(lambda: reader.cards)
        assert reader.said == ("online", "short_numbers")
        assert [card.uid for card in reader.cards] == ["04A1B2C3"]
        await door.publish(f"{topic}/status", b"offline", retain=True)
        await soon(lambda: reader.said == ("unreachable", "offline"))
        broker.kill()
        await soon(lambda: reader.said == ("unreachable", "broker_away"))


# Numbers in another dress


@pytest.mark.parametrize(
    ("prefix", "line"),
    [
        ("Card UID: ", b"Card UID: 04 A3 1B 2C \r\n"),  # miguelbalboa/rfid#669
        ("Tag UID:", b"Tag UID: 04 A3 1B 2C\r\n"),  # miguelbalboa/rfid#496
        ("", b"04:a3:1b:2c\r\n"),
        ("", b"4-A3-1B-2C\r\n"),
    ],
)
async def test_a_card_printed_byte_by_byte_is_a_card(listen, pty, prefix, line):
    reader = listen("ascii-reader", pty.address, prefix=prefix)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    pty.say(line)
    await soon(lambda: reader.cards)
    assert [card.uid for card in reader.cards] == ["04A31B2C"]


async def test_the_zero_that_a_reader_sends_when_the_card_is_gone_is_no_trouble(listen, pty, clock):
    """`0` after each card, as its sign that the card is gone (ESPEasy#2982)."""
    reader = listen("ascii-reader", pty.address)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    clock.pass_s(3)
    pty.say(b"0\r\n")
    await soon(lambda: reader.said == ("online", "unreadable"))  # of cards nothing was heard yet
    for line in (b"04A31B2C\r\n0\r\n", b"14A31B2C\r\n00000000\r\n", b"24A31B2C\r\n"):
        pty.say(line)
    await soon(lambda: len(reader.cards) == 3)
    pty.say(b"0\r\n")
    pty.say(b"34A31B2C\r\n")
    await soon(lambda: len(reader.cards) == 4)
    assert reader.said == ("online", "")
    before = reader.changes
    pty.say(b"0\r\n")
    await asyncio.sleep(0.1)
    assert (reader.said, reader.changes) == (("online", ""), before)


# What an MQTT reader says, and what only the broker kept of it


class MqttDoor:
    """A reader of somebody's own making behind Mosquitto."""

    topic = "lophoc/a1-05/readers/door"

    def __init__(self, link) -> None:
        self.link = link

    async def says(self, payload: str, *, retain: bool = False) -> None:
        await self.link.publish(f"{self.topic}/card", payload.encode(), retain=retain)

    async def status(self, word: str) -> None:
        await self.link.publish(f"{self.topic}/status", word.encode(), retain=True)


@pytest.fixture
async def doors(broker):
    async with running(broker.link("room")) as room, running(broker.link("door")) as door:
        yield room, MqttDoor(door)
        broker.kill()


@pytest.mark.parametrize(
    "payload",
    [
        '{"uid":"04A1B2C3","n":2,"boo',  # cut off by the packet limit (Imroy/pubsubclient#65)
        '{"uid":"04A1B2C3","n":2,"boot":77}',
        '{"card":"04A1B2C3"}',
        "04A1B2C3",
    ],
)
async def test_an_mqtt_reader_whose_cards_cannot_be_read_says_so_until_one_can(
    listen, doors, payload
):
    room, door = doors
    reader = listen("mqtt-reader", MqttAddress("door"), link=room)
    await soon(lambda: reader.said == ("unreachable", "never_heard"))
    await door.status("online")
    await soon(lambda: reader.said == ("online", ""))
    await door.says(payload)
    await soon(lambda: reader.said == ("online", "unreadable"))
    assert reader.cards == []
    await door.says('{"uid":"04A1B2C3","n":3,"boot":"b"}')
    await soon(lambda: reader.said == ("online", ""))
    assert [card.uid for card in reader.cards] == ["04A1B2C3"]


@pytest.mark.parametrize("uid", ["04-A1-B2-C3", "04:a1:b2:c3", "04 A1 B2 C3 ", "4 A1 B2 C3"])
async def test_an_mqtt_card_with_marks_between_its_bytes_is_a_card(listen, doors, uid):
    room, door = doors
    reader = listen("mqtt-reader", MqttAddress("door"), link=room)
    await soon(lambda: reader.said == ("unreachable", "never_heard"))
    await door.says(json.dumps({"uid": uid, "n": 1, "boot": "b"}))
    await soon(lambda: reader.cards)
    assert [card.uid for card in reader.cards] == ["04A1B2C3"]


async def test_a_zero_of_an_mqtt_reader_after_a_card_is_no_trouble(listen, doors):
    room, door = doors
    reader = listen("mqtt-reader", MqttAddress("door"), link=room)
    await soon(lambda: reader.said == ("unreachable", "never_heard"))
    await door.says('{"uid":"04A1B2C3"}')
    await door.says('{"uid":"0"}')
    await door.says('{"uid":"00000"}')
    await door.says('{"uid":"14A1B2C3"}')
    await soon(lambda: len(reader.cards) == 2)
    assert reader.said == ("online", "")


async def test_an_online_that_only_the_broker_kept_is_not_heard(listen, doors):
    """Its reader may have died with the power (mosquitto#1165, PinkyLEDs#6)."""
    room, door = doors
    await door.status("online")
    await door.says('{"uid":"14A1B2C3","n":1,"boot":"b"}', retain=True)  # esp-rfid#128
    reader = listen("mqtt-reader", MqttAddress("door"), link=room)
    await soon(lambda: reader.keeper.link is Link.ONLINE)
    assert reader.said == ("online", "never_heard")
    (found,) = findings(HealthFacts(StoreState.OPEN, 0, readers={"door": reader.keeper}))
    assert (found.code, found.level) == ("reader_never_heard", Level.INFO)
    await door.says('{"uid":"04A1B2C3","n":2,"boot":"b"}')
    await soon(lambda: reader.said == ("online", ""))
    assert [card.uid for card in reader.cards] == ["04A1B2C3"]


async def test_an_online_that_it_says_itself_is_heard(listen, doors):
    room, door = doors
    await door.status("online")
    reader = listen("mqtt-reader", MqttAddress("door"), link=room)
    await soon(lambda: reader.said == ("online", "never_heard"))
    await door.status("online")
    await soon(lambda: reader.said == ("online", ""))
