"""A serial port: pyserial opens and sets it, the event loop carries its bytes."""

import asyncio
import errno
import fcntl
import os
import termios
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import serial

from devices.address import SerialAddress
from devices.errors import UnreachableError
from devices.trouble import Remark, Trouble
from drivers.transports.inbox import Inbox
from drivers.transports.off_loop import off_loop

_READ_BYTES = 4096
_WRITE_WITHIN_S = 5.0
_OPENED_WITHIN_S = 10.0
_CLOSED_WITHIN_S = 5.0

_abandoned: dict[str, "asyncio.Future[serial.Serial]"] = {}
"""The last opening of each path that was given up and may not have ended."""

_TROUBLE_BY_ERRNO = {
    errno.ENOENT: Trouble.PORT_MISSING,
    errno.ENODEV: Trouble.PORT_MISSING,
    errno.ENXIO: Trouble.PORT_MISSING,
    errno.EBUSY: Trouble.PORT_HELD,
    errno.EAGAIN: Trouble.PORT_HELD,
    errno.EACCES: Trouble.PORT_FORBIDDEN,
    errno.EPERM: Trouble.PORT_FORBIDDEN,
}


@dataclass(frozen=True, slots=True)
class Line:
    """How a line is set.

    `dtr` and `rts` are set before the port opens: some adapters reset the reader behind them when
    these rise.
    """

    baud: int = 9600
    parity: str = serial.PARITY_NONE
    dtr: bool = True
    rts: bool = True


class SerialTransport:
    """One serial port by its stable path, held under an exclusive lock."""

    def __init__(self, address: SerialAddress, line: Line) -> None:
        self._address = address
        self._line = line
        self._port: serial.Serial | None = None
        self._opening: asyncio.Future[serial.Serial] | None = None
        self._closing: asyncio.Future[None] | None = None
        self._inbox = Inbox()

    def __str__(self) -> str:
        return str(self._address)

    @property
    def is_open(self) -> bool:
        """Whether the port is open and was not found gone."""
        return self._port is not None

    async def open(self) -> None:
        """Open the port; does nothing where it is open.

        Raises:
            UnreachableError: no such port, no right to it, or another program holds it.
        """
        if self._port is not None:
            return
        await self._until_closed()
        await self._until_abandoned_ends()
        port = await self._opened()
        self._port, self._inbox = port, Inbox()
        asyncio.get_running_loop().add_reader(port.fileno(), self._receive)

    async def _opened(self) -> serial.Serial:
        """A faulty USB adapter can block for long while it is set, so a thread opens it.

        One that does not come back is waited for again at the next try: never two at a time.
        """
        opening = self._opening or off_loop(self._open_port, f"open {self}")
        self._opening = None
        try:
            async with asyncio.timeout(_OPENED_WITHIN_S):
                return await asyncio.shield(opening)
        except asyncio.CancelledError:
            self._abandon(opening)
            raise
        except (OSError, ValueError, termios.error) as error:
            if opening.done():
                raise self._not_opened(error) from error
            self._opening = opening
            raise self._stuck("does not open") from error

    def _abandon(self, opening: "asyncio.Future[serial.Serial]") -> None:
        """Nobody waits for it any more; until it ends the port may still become ours."""
        opening.add_done_callback(_close_opened)
        _abandoned[self._address.path] = opening

    async def _until_abandoned_ends(self) -> None:
        """Of an opening that this program gave up, the lock would look a stranger's."""
        opening = _abandoned.get(self._address.path)
        if opening is None or opening.get_loop() is not asyncio.get_running_loop():
            return
        _, left = await asyncio.wait({opening}, timeout=_OPENED_WITHIN_S)
        if left:
            raise self._stuck("does not open")
        _abandoned.pop(self._address.path, None)

    def _stuck(self, how: str) -> UnreachableError:
        remark = Remark(Trouble.PORT_FAILED, {"port": self._address.path})
        return UnreachableError(f"{self} {how}", remark=remark)

    async def _until_closed(self) -> None:
        """The port is still ours, lock and all, until the last close has come back."""
        if self._closing is None:
            return
        try:
            async with asyncio.timeout(_CLOSED_WITHIN_S):
                await asyncio.shield(self._closing)
        except TimeoutError as error:
            raise self._stuck("does not close") from error
        self._closing = None

    def _not_opened(self, error: Exception) -> UnreachableError:
        number = error.errno if isinstance(error, OSError) else None
        trouble = _TROUBLE_BY_ERRNO.get(number or 0, Trouble.PORT_FAILED)
        held = ": another program holds it" if trouble is Trouble.PORT_HELD else ""
        sentence = f"{self} cannot be opened: {_reason(error)}{held}"
        return UnreachableError(sentence, remark=Remark(trouble, {"port": self._address.path}))

    def _open_port(self) -> serial.Serial:
        # An inter-byte time of 0 sets VMIN to 1: without it a read that comes too early gives no
        # bytes, which is also the mark of a port that is gone.
        port = serial.Serial(
            baudrate=self._line.baud,
            parity=self._line.parity,
            timeout=0,
            inter_byte_timeout=0,
            exclusive=True,
        )
        port.port = self._address.path
        port.dtr, port.rts = self._line.dtr, self._line.rts
        port.open()
        os.set_blocking(port.fileno(), False)
        return port

    def _receive(self) -> None:
        port = self._port
        if port is None:
            return
        try:
            received = os.read(port.fileno(), _READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(_reason(error))
            return
        if not received:  # readable and yet nothing: the adapter is gone
            self._lose("the port is gone")
            return
        self._inbox.put(received)

    def _lose(self, reason: str) -> None:
        remark = Remark(Trouble.PORT_LOST, {"port": self._address.path})
        self._inbox.fail(f"{self} was lost: {reason}", remark)
        self._let_go()

    async def read(self) -> bytes:
        """Wait for bytes. Safe to cancel.

        Raises:
            UnreachableError: the port is gone.
        """
        return await self._inbox.take()

    async def write(self, message: bytes) -> None:
        """Hand bytes to the port, waiting while its buffer is full.

        Raises:
            UnreachableError: the port is not open, is gone, or took nothing for 5 s.
        """
        left = message
        try:
            async with asyncio.timeout(_WRITE_WITHIN_S):
                while left:
                    left = left[self._write_some(left) :]
                    if left:
                        await self._writable()
        except TimeoutError as error:
            raise UnreachableError(f"{self} takes no bytes") from error
        except OSError as error:
            self._lose(_reason(error))
            raise UnreachableError(f"{self} was lost: {_reason(error)}") from error

    def _write_some(self, left: bytes) -> int:
        if self._port is None:
            raise UnreachableError(f"{self} is not open")
        try:
            return os.write(self._port.fileno(), left)
        except BlockingIOError:
            return 0

    async def _writable(self) -> None:
        if self._port is None:
            return
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        descriptor = self._port.fileno()
        loop.add_writer(descriptor, _set_ready, ready)
        try:
            await ready
        finally:
            loop.remove_writer(descriptor)

    def discard(self) -> int:
        """Throw away what came and was not read."""
        if self._port is not None:
            self._receive()
        return self._inbox.discard()

    def close(self) -> None:
        """Close the port and free its lock; the close itself goes on beside the loop."""
        self._inbox.fail(f"{self} is closed")
        opening, self._opening = self._opening, None
        if opening is not None:
            self._abandon(opening)
        self._let_go()

    def _let_go(self) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(port.fileno())
        loop.remove_writer(port.fileno())
        _unlock(port)
        self._closing = off_loop(partial(_close, port), f"close {self}")


def _set_ready(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _unlock(port: serial.Serial) -> None:
    """The lock is free at once, however long the close takes."""
    with suppress(OSError):
        fcntl.flock(port.fileno(), fcntl.LOCK_UN)


def _close(port: serial.Serial) -> None:
    """Close it; what the adapter did not take is thrown away, else the close waits for it."""
    with suppress(OSError, termios.error):
        termios.tcflush(port.fileno(), termios.TCOFLUSH)
    with suppress(OSError):
        port.close()


def _close_opened(opening: "asyncio.Future[serial.Serial]") -> None:
    if opening.cancelled() or opening.exception() is not None:
        return
    port = opening.result()
    _unlock(port)
    off_loop(partial(_close, port), "close a port that nobody waited for")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error)
