"""The room's link to its MQTT broker: connects for ever, keeps subscriptions, acknowledges late.

The broker keeps our session (MQTT 3.1.1, clean session off), so what was published while we were
away, and what a handler could not take, comes again. Nothing that we publish is ever repeated
after a loss: a command must not arrive late.
"""

import asyncio
import logging
import random
from collections.abc import Callable

from devices.errors import DeviceError, PasswordRefusedError, UnreachableError
from drivers.transports.mqtt_connection import Broker, Connection, matches
from drivers.transports.mqtt_deliveries import Delivery, Handler, MqttMessage, Subscription

__all__ = ["Handler", "MqttLink", "MqttMessage"]

PAYLOAD_BYTES = 4096
_RECONNECT_S = (1.0, 5.0)
_REDELIVER_AFTER_S = 5.0
_REDELIVER_AFTER_S_MOST = 60.0

_log = logging.getLogger(__name__)


class MqttLink:
    """One link for the whole room; each driver listens to its own topics.

    A QoS 1 message is acknowledged only after its handler returned. Where a handler raised, the
    message stays unacknowledged, and the link soon connects anew so that the broker sends it
    again (after 5 s, at most 60 s while it keeps failing).
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        client_id: str,
        username: str | None = None,
        password: str | None = None,
        ca_file: str | None = None,
    ) -> None:
        """Prepare the link; `run` connects. `client_id` must stay the same for this room."""
        self._broker = Broker(host, port, client_id, username, password, ca_file)
        self._connection: Connection | None = None
        self._is_ready = False
        self._subscriptions: dict[str, Subscription] = {}
        self._listeners: list[Callable[[bool], None]] = []
        self._trouble = ""
        self._failures = 0
        self._redelivery: asyncio.TimerHandle | None = None
        self._quiet_about: set[str] = set()

    @property
    def connected(self) -> bool:
        """Whether the connection stands and the broker listens for us."""
        return self._is_ready and self._connection is not None and not self._connection.is_lost

    @property
    def trouble(self) -> str:
        """Why there is no connection, in one sentence; "" while there is or was none to say."""
        return self._trouble

    def on_change(self, call: Callable[[bool], None]) -> None:
        """Call with True after each connect and with False after each loss."""
        self._listeners.append(call)

    async def run(self, jitter: Callable[[], float] = random.random) -> None:
        """Connect, and connect again 1 to 5 s after each loss, until cancelled.

        Args:
            jitter: a random number from 0 to 1, so that many rooms do not come back together.
        """
        try:
            while True:
                self._lost(await self._one_connection())
                if self._trouble:
                    shortest_s, longest_s = _RECONNECT_S
                    await asyncio.sleep(shortest_s + (longest_s - shortest_s) * jitter())
        finally:
            self._stop()

    async def _one_connection(self) -> DeviceError | None:
        """Live through one connection; give why it was lost, None where we ended it ourselves."""
        connection = Connection(
            self._broker, lambda message, number: self._receive(connection, message, number)
        )
        try:
            await connection.open()
            await self._take_over(connection)
            reason = await connection.wait_until_lost()
            return UnreachableError(reason) if reason else None
        except DeviceError as error:
            return error
        finally:
            connection.close("")
            was_ready, self._is_ready = self._is_ready, False
            self._connection = None
            if was_ready:
                self._tell(connected=False)

    def _lost(self, error: DeviceError | None) -> None:
        """Say a loss once; a refusal is said even where the loss was."""
        is_news = not self._trouble or isinstance(error, PasswordRefusedError)
        trouble = str(error or "")
        if trouble and is_news and trouble != self._trouble:
            _log.warning("%s", trouble)
        self._trouble = trouble

    async def _take_over(self, connection: Connection) -> None:
        self._connection = connection
        await connection.subscribe_all({name: one.qos for name, one in self._subscriptions.items()})
        self._is_ready = True
        if self._trouble:
            _log.warning("%s is back", self._broker)
            self._trouble = ""
        self._tell(connected=True)

    def _tell(self, *, connected: bool) -> None:
        for call in self._listeners:
            call(connected)

    def _stop(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.stop()
        if self._redelivery is not None:
            self._redelivery.cancel()
            self._redelivery = None

    def subscribe(self, topic_filter: str, handler: Handler, *, qos: int = 1) -> None:
        """Hand over what is published under a filter, one message at a time, in order.

        Kept across reconnects; may be called before `run`. Retained messages come again at each
        connect.

        Raises:
            UnreachableError: something else in this room listens there already.
        """
        if topic_filter in self._subscriptions:
            raise UnreachableError(
                f"{topic_filter} is listened to already; give each device a name of its own"
            )
        self._subscriptions[topic_filter] = Subscription(topic_filter, handler, qos)
        if self._connection is not None and not self._connection.is_lost:
            self._connection.subscribe(topic_filter, qos)

    def unsubscribe(self, topic_filter: str) -> None:
        """Listen there no more; does nothing where nobody does."""
        subscription = self._subscriptions.pop(topic_filter, None)
        if subscription is None:
            return
        subscription.stop()
        if self._connection is not None and not self._connection.is_lost:
            self._connection.unsubscribe(topic_filter)

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> None:
        """Publish now or not at all; at QoS 1 return when the broker has acknowledged.

        Raises:
            UnreachableError: not connected, or lost before the acknowledgement.
            SilentError: no acknowledgement within 5 s.
        """
        if self._connection is None or not self.connected:
            raise UnreachableError(f"{self._broker} is not connected")
        await self._connection.publish(topic, payload, qos=qos, retain=retain)

    def _receive(self, connection: Connection, message: MqttMessage, number: int) -> None:
        def settle(failure: BaseException | None) -> None:
            if failure is None:
                self._taken(connection, message, number)
            else:
                self._not_taken(message, failure)

        if len(message.payload) > PAYLOAD_BYTES:
            self._complain(message.topic, f"a payload of {len(message.payload)} bytes was dropped")
            settle(None)
            return
        takers = [
            subscription
            for subscription in self._subscriptions.values()
            if matches(subscription.topic_filter, message.topic)
        ]
        if not takers:
            settle(None)
            return
        delivery = Delivery(message, len(takers), settle)
        for subscription in takers:
            subscription.offer(delivery)

    def _taken(self, connection: Connection, message: MqttMessage, number: int) -> None:
        self._failures = 0
        if message.qos == 1:
            connection.acknowledge(number)

    def _not_taken(self, message: MqttMessage, failure: BaseException) -> None:
        if isinstance(failure, asyncio.CancelledError):
            return  # stopped or unsubscribed: the broker keeps it
        if self._failures == 0:
            _log.error("a message on %s was not taken: %r", message.topic, failure)
        if message.qos == 1 and self._redelivery is None:
            after_s = min(_REDELIVER_AFTER_S_MOST, _REDELIVER_AFTER_S * 2 ** min(self._failures, 4))
            loop = asyncio.get_running_loop()
            self._redelivery = loop.call_later(after_s, self._ask_again)
        self._failures += 1

    def _ask_again(self) -> None:
        self._redelivery = None
        if self._connection is not None:
            self._connection.close("")

    def _complain(self, topic: str, complaint: str) -> None:
        if topic not in self._quiet_about and len(self._quiet_about) < 1000:
            self._quiet_about.add(topic)
            _log.warning("%s: %s", topic, complaint)
