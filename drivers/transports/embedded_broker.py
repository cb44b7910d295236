"""An MQTT 3.1.1 broker as a process of its own, for the demo and for tests without root.

`python -m drivers.transports.embedded_broker --listen 127.0.0.1:1883`: the first line on stdout is
its address, and it runs until SIGTERM. It lets everybody in, so it listens on loopback alone; a
real room uses Debian's Mosquitto with one account per device.
"""

import argparse
import asyncio
import contextlib
import ipaddress
import logging
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from amqtt.adapters import (
    ReaderAdapter,
    StreamReaderAdapter,
    StreamWriterAdapter,
    WriterAdapter,
)
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

_LISTENER = "default"
_SESSION_KEPT_S = 3600  # what came while a client was away waits so long for it
_THIS_FILE = "drivers.transports.embedded_broker"


class EverybodyOnLoopback(BaseAuthPlugin):  # type: ignore[misc] # amqtt ships no types
    """Lets every client in and keeps its session; amqtt's own plugin forgets anonymous ones."""

    async def authenticate(self, *, session: Session) -> bool:
        """Always yes."""
        return True


class _Handler(BrokerProtocolHandler):  # type: ignore[misc] # amqtt ships no types
    """One client's connection; what its client has not acknowledged waits for its return."""

    async def stop(self) -> None:
        """End the connection; may be called twice."""
        session = self.session
        if session is not None and not session.clean_session:
            for message in session.inflight_out.values():
                session.retained_messages.put_nowait(message)
            session.inflight_out.clear()
        await super().stop()


class _Subscriptions(dict[str, list[tuple[Session, int]]]):
    """Subscribers by topic filter; it may change while somebody walks through it."""

    def __iter__(self) -> Iterator[str]:
        return iter(list(super().keys()))

    def items(self) -> Any:  # noqa: ANN401 - a list does where amqtt wants a view
        """A copy of what there is now."""
        return list(super().items())


class _Broker(Broker):  # type: ignore[misc] # amqtt ships no types
    """amqtt 0.12.1 with the QoS 1 promise kept for a client that was away.

    As it ships it forgets what a client had not acknowledged when it went; marks what waited for
    it as retained, which a reader's room must drop; sends a client that comes back the retained
    messages of everybody's topics; and drops a client where another subscribes meanwhile.
    """

    def __init__(self, config: BrokerConfig) -> None:
        super().__init__(config)
        self._subscriptions = _Subscriptions()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        subscribers = self._subscriptions.get(subscription[0], [])
        if any(one.client_id == session.client_id for one, _ in subscribers):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    async def _initialize_client_session(
        self,
        reader: ReaderAdapter,
        writer: WriterAdapter,
        remote_address: str,
        remote_port: int,
    ) -> tuple[_Handler, Session]:
        _, session = await super()._initialize_client_session(
            reader, writer, remote_address, remote_port
        )
        return _Handler(self.plugins_manager), session

    async def _publish_session_retained_messages(self, session: Session) -> None:
        handler = self._get_handler(session)
        if handler is None:
            return
        for _ in range(session.retained_messages.qsize()):
            one = session.retained_messages.get_nowait()
            sending = handler.mqtt_publish(one.topic, one.data, one.qos, retain=False)
            # Not awaited: the client may want to subscribe before it acknowledges.
            self._tasks_queue.append(asyncio.ensure_future(sending))


class _Door:
    """Hands each TCP connection to the broker, and ends those that are left over."""

    def __init__(self, broker: _Broker) -> None:
        self._broker = broker
        self._clients: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        self._clients.add(task)
        try:
            await self._broker.external_connected(
                StreamReaderAdapter(reader), StreamWriterAdapter(writer), _LISTENER
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._clients.discard(task)
            writer.close()

    async def close(self) -> None:
        clients = tuple(self._clients)
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


@contextlib.asynccontextmanager
async def embedded_broker(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Run a broker while the block lasts.

    Args:
        host: a loopback address.
        port: TCP port; 0 picks a free one.

    Yields:
        Its address, `HOST:PORT`.

    Raises:
        ValueError: `host` is not on loopback.
        OSError: the port is taken.
    """
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the embedded broker asks for no password, so it cannot listen on {host}")
    broker = _Broker(_config())
    await broker.start()
    door = _Door(broker)
    # asyncio sets TCP_NODELAY on every TCP connection that it accepts.
    server = await asyncio.start_server(door.serve, host, port)
    try:
        yield f"{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await broker.shutdown()
        await door.close()


def _config() -> BrokerConfig:
    return BrokerConfig(
        listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL, bind="")},
        session_expiry_interval=_SESSION_KEPT_S,
        plugins={f"{_THIS_FILE}.{EverybodyOnLoopback.__name__}": {}},
    )


async def _run(host: str, port: int, *, until_stdin_ends: bool) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    if until_stdin_ends:
        loop.add_reader(sys.stdin.fileno(), over.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    async with embedded_broker(host, port) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        await over.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a broker until SIGTERM; gives the exit code."""
    parser = argparse.ArgumentParser(prog="embedded_broker", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:1883", metavar="HOST:PORT")
    parser.add_argument(
        "--until-stdin-ends", action="store_true", help="end with whoever started it"
    )
    options = parser.parse_args(arguments)
    listen: str = options.listen
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        parser.error(f"--listen wants HOST:PORT, not {listen}")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # it reports every client's going
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    try:
        asyncio.run(_run(host, int(port), until_stdin_ends=options.until_stdin_ends))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"The broker cannot listen on {listen}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
