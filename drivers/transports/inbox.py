"""Bytes that came and wait to be read: the one place where a wire's callback meets its reader."""

import asyncio

from devices.errors import UnreachableError
from devices.trouble import Remark

WAITING_BYTES = 64 * 1024


class Inbox:
    """A bounded buffer with one reader. Of a flood that nobody reads, the newest 64 KiB stay."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._loss = ""
        self._remark: Remark | None = None
        self._reader: asyncio.Future[None] | None = None

    def put(self, received: bytes) -> None:
        """Add bytes and wake the reader."""
        self._waiting += received
        if len(self._waiting) > WAITING_BYTES:
            del self._waiting[:-WAITING_BYTES]
        self._wake()

    def fail(self, loss: str, remark: Remark | None = None) -> None:
        """The wire is lost; what came before can still be read, then `take` raises."""
        if not self._loss:
            self._loss, self._remark = loss, remark
        self._wake()

    async def take(self) -> bytes:
        """Wait for bytes and take all of them. Safe to cancel.

        Raises:
            UnreachableError: the wire is lost; the sentence is the one given to `fail`.
        """
        while not self._waiting:
            if self._loss:
                raise UnreachableError(self._loss, remark=self._remark)
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken

    def discard(self) -> int:
        """Throw away what waits; say how much it was."""
        thrown = len(self._waiting)
        self._waiting.clear()
        return thrown

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
