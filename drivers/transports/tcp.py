"""A TCP connection to a device."""

import asyncio
import socket

from devices.address import TcpAddress
from devices.errors import UnreachableError
from drivers.transports.inbox import Inbox

CONNECT_WITHIN_S = 3.0


class _Ends(asyncio.Protocol):
    """Carries what the loop receives into the inbox."""

    def __init__(self, name: str) -> None:
        self.inbox = Inbox()
        self.is_lost = False
        self._name = name

    def data_received(self, data: bytes) -> None:
        self.inbox.put(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self.inbox.fail(f"{self._name} was closed by the device{f': {exc}' if exc else ''}")


class TcpTransport:
    """One TCP connection, opened again after each close. Small writes leave at once."""

    def __init__(self, address: TcpAddress, *, connect_within_s: float = CONNECT_WITHIN_S) -> None:
        self._address = address
        self._connect_within_s = connect_within_s
        self._transport: asyncio.Transport | None = None
        self._ends = _Ends(str(address))

    def __str__(self) -> str:
        return str(self._address)

    @property
    def is_open(self) -> bool:
        """Whether the connection stands as far as this end has heard."""
        return self._transport is not None and not self._ends.is_lost

    async def open(self) -> None:
        """Connect; does nothing where the connection stands.

        Raises:
            UnreachableError: nobody listens there, or nobody answered in time.
        """
        if self.is_open:
            return
        self.close()
        loop = asyncio.get_running_loop()
        host, port = self._address.host, self._address.port
        try:
            async with asyncio.timeout(self._connect_within_s):
                self._transport, self._ends = await loop.create_connection(
                    lambda: _Ends(str(self)), host, port
                )
        except TimeoutError as error:
            raise UnreachableError(
                f"{self} did not take a connection within {self._connect_within_s:g} s"
            ) from error
        except (OSError, UnicodeError) as error:
            raise UnreachableError(f"{self} cannot be reached: {error}") from error
        connected: socket.socket = self._transport.get_extra_info("socket")
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def read(self) -> bytes:
        """Wait for bytes. Safe to cancel.

        Raises:
            UnreachableError: the device closed the connection, or it broke.
        """
        return await self._ends.inbox.take()

    async def write(self, message: bytes) -> None:
        """Hand bytes to the connection.

        Raises:
            UnreachableError: it is not open.
        """
        if self._transport is None or self._ends.is_lost:
            raise UnreachableError(f"{self} is not connected")
        self._transport.write(message)

    def discard(self) -> int:
        """Throw away what came and was not read."""
        return self._ends.inbox.discard()

    def close(self) -> None:
        """Close the connection in order; what is still on its way to us is dropped."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        self._ends.inbox.fail(f"{self} is closed")
