import asyncio
import json

import pytest

from web.serving.events import _BEAT, QUEUE_LIMIT, STREAMS_PER_SESSION, EventStream


class Reader:
    """A raw socket on `/api/events`."""

    def __init__(self, reader, writer) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, url: str) -> "Reader":
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET /api/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer panel\r\n\r\n"
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"content-type: text/event-stream" in head
        return cls(reader, writer)

    async def piece(self) -> bytes:
        size = int(await self.reader.readline(), 16)
        piece = await self.reader.readexactly(size)
        assert await self.reader.readexactly(2) == b"\r\n"
        return piece

    async def event(self) -> tuple[str, dict]:
        piece = await self.piece()
        name, data, *_ = piece.decode().split("\n")
        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the other side gives no signal
            await asyncio.sleep(0.01)


async def test_a_snapshot_comes_first_and_every_event_has_its_rev(surface):
    surface.stream.publish("before", {})
    reader = await Reader.open(surface.url)
    assert await reader.event() == ("snapshot", {"rev": 1, "state": [1, "ă"]})
    assert surface.stream.publish("mark", {"name": "Đặng"}) == 2
    assert await reader.event() == ("mark", {"rev": 2, "name": "Đặng"})
    await reader.close()
    await until(lambda: surface.stream.listeners == 0)


async def test_the_fifth_stream_of_a_session_ends_the_oldest(surface):
    readers = []
    for _ in range(STREAMS_PER_SESSION + 1):
        readers.append(await Reader.open(surface.url))
        await readers[-1].event()
    assert await readers[0].piece() == b""
    assert surface.stream.listeners == STREAMS_PER_SESSION
    surface.stream.publish("tap", {})
    for reader in readers[1:]:
        assert (await reader.event())[0] == "tap"
        await reader.close()
    await readers[0].close()
    await until(lambda: surface.stream.listeners == 0)


class Slow:
    """The stream alone, with a reader whose connection takes nothing until it is let go."""

    def __init__(self) -> None:
        self.value = 0
        self.stream = EventStream(lambda: {"value": self.value})
        self.free = asyncio.Event()
        self.sent: list[bytes] = []
        self.gone = asyncio.Event()

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.body":
            self.sent.append(message["body"])
            await self.free.wait()


async def test_a_slow_reader_is_given_a_fresh_snapshot():
    slow = Slow()
    task = asyncio.create_task(slow.stream.pour({}, slow.receive, slow.send))
    await until(lambda: slow.sent)
    for slow.value in range(1, QUEUE_LIMIT + 3):
        slow.stream.publish("value", {"value": slow.value})
    slow.free.set()
    await until(lambda: len(slow.sent) == 2)
    assert slow.sent[1] == b'event: snapshot\ndata: {"rev":258,"value":258}\n\n'
    slow.stream.publish("value", {"value": 0})
    await until(lambda: len(slow.sent) == 3)
    slow.gone.set()
    await task
    assert slow.sent[-1] == b""


async def test_what_piled_up_goes_out_in_one_piece():
    slow = Slow()
    task = asyncio.create_task(slow.stream.pour({}, slow.receive, slow.send))
    await until(lambda: slow.sent)
    for n in range(3):
        slow.stream.publish("n", {"n": n})
    slow.free.set()
    await until(lambda: len(slow.sent) == 2)
    assert slow.sent[1].count(b"event: n\n") == 3
    slow.stream.close()
    await task


async def test_a_quiet_stream_is_kept_alive_by_comments(monkeypatch):
    monkeypatch.setattr("web.serving.events.HEARTBEAT_S", 0.01)
    slow = Slow()
    slow.free.set()
    task = asyncio.create_task(slow.stream.pour({}, slow.receive, slow.send))
    await until(lambda: slow.sent.count(_BEAT) >= 2)
    slow.gone.set()
    await task


async def test_publishing_without_listeners_encodes_nothing():
    stream = EventStream(dict)
    assert stream.publish("x", {"cannot": object()}) == 1


async def test_publishing_encodes_once_for_all(monkeypatch):
    slows = [Slow() for _ in range(3)]
    stream = slows[0].stream
    tasks = [asyncio.create_task(stream.pour({}, s.receive, s.send)) for s in slows]
    await until(lambda: all(s.sent for s in slows))
    calls = []
    monkeypatch.setattr("web.serving.events.to_json", lambda data: calls.append(data) or b"{}")
    stream.publish("x", {})
    assert len(calls) == 1
    for slow in slows:
        slow.free.set()
    stream.close()
    await asyncio.gather(*tasks)


async def test_a_closed_stream_ends_at_once():
    slow = Slow()
    slow.free.set()
    slow.stream.close()
    await slow.stream.pour({}, slow.receive, slow.send)
    assert slow.sent == [b""]


@pytest.mark.parametrize("name", ["snapshot"])
async def test_only_a_snapshot_before_anything_happened(surface, name):
    reader = await Reader.open(surface.url)
    assert await reader.event() == (name, {"rev": 0, "state": [1, "ă"]})
    await reader.close()
