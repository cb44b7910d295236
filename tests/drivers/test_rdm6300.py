import asyncio
from contextlib import suppress

import pytest

from devices.errors import UnreachableError
from drivers.codecs.rdm6300 import encode_card
from drivers.rdm6300 import Rdm6300
from drivers.transports.serial_port import Line, SerialTransport
from tests.drivers.ends import soon

A, B = "100086F444", "0100000002"


class Room:
    """Takes cards from a reader; fails when told to."""

    def __init__(self, reader: Rdm6300) -> None:
        self.cards: list[str] = []
        self.heard = 0
        self.store: asyncio.Event | None = None
        self.reader = reader
        self.task = asyncio.create_task(reader.run(self.take, self.hear))

    def hear(self) -> None:
        self.heard += 1

    async def take(self, card) -> None:
        self.cards.append(card.uid)
        if self.store is not None:
            await self.store.wait()


@pytest.fixture
async def listen(pty_device, clock):
    rooms = []

    async def start(**more):
        wire = SerialTransport(pty_device.address, Line(dtr=False, rts=False))
        room = Room(Rdm6300(wire, clock, **more))
        rooms.append(room)
        await soon(lambda: room.heard == 1)
        return room

    yield start
    for room in rooms:
        room.task.cancel()
        with suppress(asyncio.CancelledError, UnreachableError):
            await room.task
        await room.reader.close()


async def test_a_card_that_lies_there_is_one_touch(listen, pty_device, clock):
    room = await listen()
    for frame in range(50):
        pty_device.say(encode_card(A))
        await soon(lambda: room.heard == frame + 2)  # noqa: B023 - it ends within this turn
        clock.pass_s(1.9)
    assert room.cards == [A]
    clock.pass_s(0.2)
    pty_device.say(encode_card(A))
    await soon(lambda: room.cards == [A, A])


async def test_two_cards_in_turn_are_two_touches(listen, pty_device):
    room = await listen()
    for uid in (A, B, A, B):
        pty_device.say(encode_card(uid))
    await soon(lambda: room.heard == 5)
    assert room.cards == [A, B]


async def test_frames_that_came_while_the_touch_was_stored_belong_to_it(listen, pty_device, clock):
    room = await listen()
    room.store = asyncio.Event()
    pty_device.say(encode_card(A))
    await soon(lambda: room.cards)
    clock.pass_s(30)
    pty_device.say(encode_card(A))
    room.store.set()
    await soon(lambda: room.heard == 3)
    assert room.cards == [A]


async def test_a_noisy_line_may_ask_for_two_equal_frames(listen, pty_device):
    room = await listen(frames_per_touch=2)
    for uid in (A, B, A, A, A):
        pty_device.say(encode_card(uid))
    await soon(lambda: room.heard == 6)
    assert room.cards == [A]


async def test_noise_is_said_once_and_harms_nothing(listen, pty_device, caplog):
    room = await listen()
    pty_device.say(b"\x00\xff" * 500)
    pty_device.say(b"\xfe" + encode_card(A))
    await soon(lambda: room.cards == [A])
    assert len(caplog.records) == 1
    assert A not in caplog.text


async def test_unplugged_in_the_middle_of_a_frame(listen, pty_device):
    room = await listen()
    pty_device.say(encode_card(A)[:7])
    pty_device.unplug()
    with pytest.raises(UnreachableError):
        await room.task
    assert room.cards == []


async def test_no_port(clock, tmp_path, pty_device):
    pty_device.unplug()
    reader = Rdm6300(SerialTransport(pty_device.address, Line()), clock)
    with pytest.raises(UnreachableError):
        await reader.run(None, lambda: None)


async def test_it_shows_nothing(pty_device, clock):
    reader = Rdm6300(SerialTransport(pty_device.address, Line()), clock)
    await reader.show({"outcome": "present"})
    assert not pty_device.heard._buffer
