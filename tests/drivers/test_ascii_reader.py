import asyncio
from contextlib import suppress

import pytest

from devices.driving import CardSeen
from devices.errors import UnreachableError
from drivers.ascii_reader import AsciiReader
from drivers.codecs.ascii_reader import Form
from drivers.transports.serial_port import Line, SerialTransport
from tests.drivers.ends import soon

A, B = "04A1B2C3", "01000002"


class Room:
    """Takes cards from a reader."""

    def __init__(self, reader: AsciiReader) -> None:
        self.cards: list[CardSeen] = []
        self.heard = 0
        self.store: asyncio.Event | None = None
        self.reader = reader
        self.task = asyncio.create_task(reader.run(self.take, self.hear))

    @property
    def uids(self) -> list[str]:
        return [card.uid for card in self.cards]

    def hear(self) -> None:
        self.heard += 1

    async def take(self, card) -> None:
        self.cards.append(card)
        if self.store is not None:
            await self.store.wait()


@pytest.fixture
async def listen(pty_device, clock):
    rooms = []

    async def start(form=Form(4)):  # noqa: B008 - it cannot be changed
        wire = SerialTransport(pty_device.address, Line(dtr=False, rts=False))
        room = Room(AsciiReader(wire, clock, form))
        rooms.append(room)
        await soon(lambda: room.heard == 1)
        return room

    yield start
    for room in rooms:
        room.task.cancel()
        with suppress(asyncio.CancelledError, UnreachableError):
            await room.task
        await room.reader.close()


async def test_lines_of_a_card_that_lies_there_are_one_touch(listen, pty_device, clock):
    room = await listen()
    for line in range(5):
        pty_device.say(f"{A}\r\n".encode())
        await soon(lambda: room.heard == line + 2)  # noqa: B023 - it ends within this turn
        clock.pass_s(1.9)
    assert room.uids == [A]
    clock.pass_s(0.2)
    pty_device.say(f"{A}\r\n".encode())
    await soon(lambda: room.uids == [A, A])


async def test_lines_that_came_while_the_touch_was_stored_belong_to_it(listen, pty_device, clock):
    room = await listen()
    room.store = asyncio.Event()
    pty_device.say(f"{A}\r".encode())
    await soon(lambda: room.cards)
    clock.pass_s(30)
    pty_device.say(f"{A}\r{B}\r".encode())
    room.store.set()
    await soon(lambda: room.heard == 4)
    assert room.uids == [A, B]


async def test_a_gap_ends_a_line(listen, pty_device):
    room = await listen()
    pty_device.say(A.encode())
    await soon(lambda: room.uids == [A])
    pty_device.say(f"\r\n{B}\r\n".encode())
    await soon(lambda: room.uids == [A, B])


async def test_a_gap_in_the_middle_of_a_line_gives_no_card(listen, pty_device, caplog):
    room = await listen()
    pty_device.say(A[:5].encode())
    await soon(lambda: caplog.records)
    pty_device.say(f"{A[5:]}\r{B}\r".encode())
    await soon(lambda: room.uids == [B])
    assert room.heard == 2


@pytest.mark.parametrize(("length", "technology"), [(4, "mifare"), (5, "em4100"), (7, "mifare")])
async def test_the_technology_is_told_by_the_length(listen, pty_device, length, technology):
    room = await listen(Form(length))
    pty_device.say(b"04" * length + b"\n")
    await soon(lambda: room.cards)
    assert room.cards == [CardSeen(technology, "04" * length)]


async def test_noise_is_said_once_and_tells_no_number(listen, pty_device, caplog):
    room = await listen()
    pty_device.say(b"\x00\xff" * 500 + b"\n" + f"{A}77\r\n".encode() * 3)
    pty_device.say(f"{A}\r\n".encode())
    await soon(lambda: room.uids == [A])
    assert len(caplog.records) == 1
    assert A not in caplog.text


async def test_unplugged_in_the_middle_of_a_line(listen, pty_device):
    room = await listen()
    pty_device.say(A.encode())
    pty_device.unplug()
    with pytest.raises(UnreachableError):
        await room.task
    assert room.cards == []


async def test_it_shows_nothing(pty_device, clock):
    reader = AsciiReader(SerialTransport(pty_device.address, Line()), clock, Form(4))
    await reader.show({"outcome": "present"})
    assert not pty_device.heard._buffer
