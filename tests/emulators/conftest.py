"""Shared helpers: a clock that tests move, and hands that speak bytes."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from drivers.transports.embedded_broker import embedded_broker


@dataclass
class HandClock:
    """Seconds that only a test moves."""

    at_s: float = 1000.0

    def __call__(self) -> float:
        return self.at_s

    def pass_(self, seconds: float) -> None:
        self.at_s += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


class Caller:
    """A TCP caller that sends and awaits bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, message: bytes) -> None:
        self.writer.write(message)
        await self.writer.drain()

    async def line(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.readuntil(b"\r")

    async def exactly(self, count: int) -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.readexactly(count)

    async def rest(self) -> bytes:
        """Everything until the other end closes."""
        async with asyncio.timeout(5):
            try:
                return await self.reader.read(-1)
            except ConnectionResetError:
                return b""

    async def ask(self, message: bytes) -> bytes:
        await self.say(message)
        return await self.line()


Call = Callable[[str], "asyncio.Future[Caller]"]


@pytest.fixture
async def call() -> AsyncIterator[Callable]:
    writers = []

    async def dial(address: str) -> Caller:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writers.append(writer)
        return Caller(reader, writer)

    yield dial
    for writer in writers:
        writer.close()


class OpenPort:
    """The room's end of a serial line, opened by the link's name."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.heard = bytearray()
        self.news = asyncio.Event()
        self.lost = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.fd, self._read)

    def _read(self) -> None:
        try:
            got = os.read(self.fd, 4096)
        except OSError:
            got = b""
        if not got:
            asyncio.get_running_loop().remove_reader(self.fd)
            self.lost.set()
        self.heard += got
        self.news.set()

    def say(self, message: bytes) -> None:
        os.write(self.fd, message)

    async def exactly(self, count: int) -> bytes:
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()
        got = bytes(self.heard[:count])
        del self.heard[:count]
        return got

    def close(self) -> None:
        if self.fd < 0:
            return
        asyncio.get_running_loop().remove_reader(self.fd)
        os.close(self.fd)
        self.fd = -1


@pytest.fixture
async def open_port() -> AsyncIterator[Callable[[str], OpenPort]]:
    ports: list[OpenPort] = []

    def dial(path: str) -> OpenPort:
        ports.append(OpenPort(path))
        return ports[-1]

    yield dial
    for port in ports:
        port.close()


class MqttClient:
    """A plain MQTT client on paho's own thread; it acknowledges only when told to."""

    def __init__(self, address: str, name: str, *, clean: bool = True, will: str = "") -> None:
        host, _, port = address.rpartition(":")
        self.loop = asyncio.get_running_loop()
        self.heard: asyncio.Queue[tuple[str, bytes, bool]] = asyncio.Queue()
        self.subscribed = asyncio.Event()
        self.acknowledges = True
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=clean,
            protocol=paho.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if will:
            self.paho.will_set(will, b"offline", qos=1, retain=True)
        self.connected = threading.Event()
        self.paho.on_connect = lambda *_: self.connected.set()
        self.paho.on_subscribe = lambda *_: self.loop.call_soon_threadsafe(self.subscribed.set)
        self.paho.on_message = self._take
        self.paho.connect(host, int(port))
        self.paho.loop_start()

    def _take(self, _client, _user, message) -> None:
        item = (message.topic, message.payload, message.retain)
        if self.acknowledges:
            self.paho.ack(message.mid, message.qos)
        self.loop.call_soon_threadsafe(self.heard.put_nowait, item)

    def pull_out(self) -> None:
        """Break the connection without DISCONNECT."""
        wire = self.paho.socket()
        assert isinstance(wire, socket.socket)
        wire.shutdown(socket.SHUT_RDWR)

    async def subscribe(self, topic: str) -> None:
        await asyncio.to_thread(self.connected.wait, 5)
        self.subscribed.clear()
        self.paho.subscribe(topic, qos=1)
        await asyncio.wait_for(self.subscribed.wait(), 5)

    async def next(self) -> tuple[str, bytes, bool]:
        return await asyncio.wait_for(self.heard.get(), 5)

    async def close(self) -> None:
        self.paho.disconnect()
        await asyncio.to_thread(self.paho.loop_stop)


@pytest.fixture
async def mqtt() -> AsyncIterator[Callable[..., MqttClient]]:
    clients: list[MqttClient] = []

    def build(address: str, name: str, **more) -> MqttClient:
        clients.append(MqttClient(address, name, **more))
        return clients[-1]

    yield build
    for client in clients:
        await client.close()


@pytest.fixture
async def broker() -> AsyncIterator[str]:
    async with embedded_broker() as address:
        yield address
