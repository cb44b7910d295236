"""One connection to the broker: the only file that knows paho.

The event loop drives paho's client (no thread of its own): it reads when the socket is readable,
writes at once, and lets paho keep the connection alive. A client is used for one connection, so
nothing of an old one is ever sent again.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.errors import PasswordRefusedError, SilentError, UnreachableError
from drivers.transports.mqtt_deliveries import MqttMessage
from drivers.transports.off_loop import off_loop

_CONNECT_WITHIN_S = 5.0
_ACKNOWLEDGED_WITHIN_S = 5.0
_KEEP_ALIVE_S = 10
_CARE_EVERY_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and who we are to it. `ca_file` = speak TLS, trusting this authority."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None

    def __str__(self) -> str:
        return f"MQTT broker {self.host}:{self.port}"


class Connection:
    """One connection, from CONNECT to its loss; single use."""

    def __init__(self, broker: Broker, on_message: Callable[[MqttMessage, int], None]) -> None:
        """Prepare it.

        Args:
            broker: whom to connect to.
            on_message: called with each message and the number to acknowledge it by.
        """
        self._broker = broker
        self._on_message = on_message
        self._socket: socket.socket | None = None
        self._is_reading = False
        self._greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._asked: dict[int, tuple[str, ...]] = {}
        self._client = self._make_client()

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = _CONNECT_WITHIN_S
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._broker.password)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_paho_message
        client.on_socket_close = lambda *_: self._detach()
        return client

    @property
    def is_lost(self) -> bool:
        """Whether it has ended."""
        return self._lost.done()

    async def open(self) -> None:
        """Connect and wait for the broker's word.

        Raises:
            UnreachableError: nobody there, or no answer in time.
            PasswordRefusedError: the broker said no to us.
        """
        try:
            await off_loop(self._connect, f"connect to {self._broker}")
        except (OSError, ValueError) as error:
            raise UnreachableError(f"{self._broker} cannot be reached: {error}") from error
        loop = asyncio.get_running_loop()
        loop.add_reader(self._attached(), self._read)
        try:
            async with asyncio.timeout(_CONNECT_WITHIN_S):
                await self._greeted
        except TimeoutError as error:
            raise UnreachableError(f"{self._broker} does not answer as a broker") from error
        if self._lost.done():
            raise UnreachableError(self._lost.result())

    def _connect(self) -> None:
        if self._broker.ca_file is not None:
            self._client.tls_set(ca_certs=self._broker.ca_file)
        self._client.connect(self._broker.host, self._broker.port, keepalive=_KEEP_ALIVE_S)

    def _attached(self) -> socket.socket:
        attached = self._client.socket()
        if not isinstance(attached, socket.socket):
            raise UnreachableError(f"{self._broker} closed the connection at once")
        attached.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = attached
        return attached

    async def wait_until_lost(self) -> str:
        """Keep the connection alive until it ends; give the reason."""
        while not self._lost.done():
            await asyncio.wait([self._lost], timeout=_CARE_EVERY_S)
            self._client.loop_misc()
            self._flush()
        return self._lost.result()

    async def subscribe_all(self, filters: Mapping[str, int]) -> None:
        """Ask for several filters, each with its QoS, and wait until the broker listens for us.

        Raises:
            UnreachableError: the connection was lost before it.
            SilentError: no answer in time.
        """
        if filters:
            _, number = self._client.subscribe(list(filters.items()))
            self._asked[number or 0] = tuple(filters)
            await self._acknowledged(number or 0, "our subscriptions")

    def subscribe(self, topic_filter: str, qos: int) -> None:
        """Ask for one filter's messages; retained ones come again."""
        _, number = self._client.subscribe(topic_filter, qos)
        self._asked[number or 0] = (topic_filter,)
        self._flush()

    def unsubscribe(self, topic_filter: str) -> None:
        """Ask for them no more."""
        self._client.unsubscribe(topic_filter)
        self._flush()

    def acknowledge(self, number: int) -> None:
        """Tell the broker that a QoS 1 message has been taken."""
        if not self.is_lost:
            self._client.ack(number, 1)
            self._flush()

    async def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        """Publish; at QoS 1 wait for the broker's acknowledgement.

        Raises:
            UnreachableError: the connection was lost before it.
            SilentError: it did not come in time.
        """
        sent = self._client.publish(topic, payload, qos, retain)
        self._flush()
        if sent.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise UnreachableError(f"{self._broker} is not connected")
        if qos == 0:
            return
        await self._acknowledged(sent.mid, topic)

    async def _acknowledged(self, number: int, what: str) -> None:
        acknowledged = asyncio.get_running_loop().create_future()
        self._waiting[number] = acknowledged
        self._flush()
        try:
            async with asyncio.timeout(_ACKNOWLEDGED_WITHIN_S):
                await acknowledged
        except TimeoutError as error:
            raise SilentError(f"{self._broker} did not acknowledge {what}") from error
        finally:
            self._waiting.pop(number, None)

    def close(self, reason: str) -> None:
        """End it in order. May be called twice."""
        if not self.is_lost:
            self._end(reason)
            self._client.disconnect()

    def _end(self, reason: str) -> None:
        self._detach()
        if not self._lost.done():
            self._lost.set_result(reason)
        if not self._greeted.done():
            self._greeted.set_result(None)
        for acknowledged in self._waiting.values():
            if not acknowledged.done():
                acknowledged.set_exception(UnreachableError(reason or f"{self._broker} was left"))

    def _detach(self) -> None:
        if self._socket is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            self._socket = None

    def _read(self) -> None:
        self._is_reading = True
        try:
            self._client.loop_read()
            while _holds_decrypted_bytes(self._socket):
                self._client.loop_read()
        finally:
            self._is_reading = False
        self._flush()

    def _flush(self) -> None:
        """Write what paho queued; where the socket is full, go on when it can take more.

        Not within paho's callbacks, which are called while we read: it holds a lock around them,
        and would wait for that lock for ever where the write finds the connection lost.
        """
        if self._socket is None or self._is_reading:
            return
        if self._client.want_write():
            self._client.loop_write()
        if self._socket is None:
            return
        loop = asyncio.get_running_loop()
        if self._client.want_write():
            loop.add_writer(self._socket, self._flush)
            return
        loop.remove_writer(self._socket)

    def _on_connect(
        self,
        _client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._greeted.done():
            return
        if reason.is_failure:
            refusal = f"{self._broker} refused us: {reason}"
            self._greeted.set_exception(PasswordRefusedError(refusal))
        else:
            self._greeted.set_result(None)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._end(f"{self._broker} was lost: {reason}")

    def _on_publish(
        self,
        _client: Client,
        _userdata: object,
        number: int,
        _reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        self._acknowledge_ours(number)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        number: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        filters = self._asked.pop(number, ())
        for topic_filter, reason in zip(filters, reasons, strict=False):
            if reason.is_failure:
                _log.warning("%s does not let us listen to %s", self._broker, topic_filter)
        self._acknowledge_ours(number)

    def _acknowledge_ours(self, number: int) -> None:
        acknowledged = self._waiting.get(number)
        if acknowledged is not None and not acknowledged.done():
            acknowledged.set_result(None)

    def _on_paho_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # no topic of ours: take it off the broker's hands
            topic = ""
        received = MqttMessage(topic, bytes(message.payload), message.retain, message.qos)
        self._on_message(received, message.mid)


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic falls under a filter with `+` and `#`."""
    return topic_matches_sub(topic_filter, topic)


def _holds_decrypted_bytes(wire: socket.socket | None) -> bool:
    """TLS may hold bytes that the selector cannot see."""
    return isinstance(wire, ssl.SSLSocket) and wire.pending() > 0
