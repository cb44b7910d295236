"""The MQTT side of an emulated device: its connection, its will, its status, for ever again.

It speaks 3.1.1 through paho in the caller's asyncio loop, without a thread; opening the TCP
connection blocks for a moment, which an emulator may.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

_RETRY_S = 1.0
_KEEP_ALIVE_S = 20
_CONNECT_S = 2.0
_ONLINE, _OFFLINE = b"online", b"offline"


@dataclass(frozen=True, slots=True)
class Heard:
    """One message from the broker."""

    topic: str
    payload: bytes
    retain: bool


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how it knows the device."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None


class DeviceMqtt:
    """One device's connection to the broker.

    Args:
        broker: where it is.
        topic: the device's own topic; `status` below it is retained `online` or `offline`.
        listens: topic below the device's own that it listens to.
        hear: is given each message there.
        came: called whenever the connection stands and the subscription is in place.
    """

    def __init__(
        self,
        broker: Broker,
        topic: str,
        listens: str,
        hear: Callable[[Heard], None],
        came: Callable[[], None],
    ) -> None:
        self._broker = broker
        self._topic = topic
        self._listens = listens
        self._hear = hear
        self._came = came
        self._client = self._build()
        self._running: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    @property
    def up(self) -> bool:
        """Whether the broker has taken us in."""
        return self._client.is_connected()

    def publish(self, below: str, payload: bytes, *, retain: bool) -> bool:
        """Publish below the device's topic at QoS 1; false where there is no connection."""
        if not self.up:
            return False
        self._client.publish(f"{self._topic}/{below}", payload, qos=1, retain=retain)
        return True

    def plug_in(self) -> None:
        """Connect, and again whenever the connection is lost; nothing where that goes on."""
        if self._running is None:
            self._running = asyncio.create_task(self._keep_up())

    async def pull_out(self) -> None:
        """Break the connection without a word, so that the broker sends the will."""
        await self._stop()
        wire = self._client.socket()
        if isinstance(wire, socket.socket):
            wire.shutdown(socket.SHUT_RDWR)
            self._client.loop_read()

    async def leave(self) -> None:
        """Say `offline` and end the connection in order."""
        await self._stop()
        self.publish("status", _OFFLINE, retain=True)
        self._client.disconnect()

    async def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _keep_up(self) -> None:
        broker = self._broker
        while True:
            self._lost.clear()
            try:
                self._client.connect(broker.host, broker.port, _KEEP_ALIVE_S)
            except OSError:
                self._lost.set()
            while not self._lost.is_set():
                self._client.loop_misc()
                await self._lost_within(_RETRY_S)
            await asyncio.sleep(_RETRY_S)

    async def _lost_within(self, limit_s: float) -> None:
        try:
            async with asyncio.timeout(limit_s):
                await self._lost.wait()
        except TimeoutError:
            return

    def _build(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._topic.replace("/", "-"),
            clean_session=True,  # a command that waited for us would be too old
            protocol=paho.MQTTv311,
        )
        client.connect_timeout = _CONNECT_S
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._broker.password)
        client.will_set(f"{self._topic}/status", _OFFLINE, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = lambda *_: self._lost.set()
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_wants_to_write
        client.on_socket_unregister_write = self._on_has_written
        return client

    def _on_connect(self, client: paho.Client, _u: object, _f: object, *rest: object) -> None:
        if self.up:
            client.subscribe(f"{self._topic}/{self._listens}", qos=1)

    def _on_subscribe(self, *_: object) -> None:
        self.publish("status", _ONLINE, retain=True)
        self._came()

    def _on_message(self, _client: paho.Client, _user: object, message: paho.MQTTMessage) -> None:
        self._hear(Heard(message.topic, bytes(message.payload), message.retain))

    def _on_socket_open(self, client: paho.Client, _user: object, wire: "SocketLike") -> None:
        if isinstance(wire, socket.socket):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asyncio.get_running_loop().add_reader(wire, client.loop_read)

    def _on_socket_close(self, _client: paho.Client, _user: object, wire: "SocketLike") -> None:
        asyncio.get_running_loop().remove_reader(wire)

    def _on_wants_to_write(self, client: paho.Client, _user: object, wire: "SocketLike") -> None:
        asyncio.get_running_loop().add_writer(wire, client.loop_write)

    def _on_has_written(self, _client: paho.Client, _user: object, wire: "SocketLike") -> None:
        asyncio.get_running_loop().remove_writer(wire)
