"""Cut a byte stream into messages: one small framer for every codec.

A codec gives a pure `cut` function that looks at the start of the buffer. Its decision must depend
on a prefix alone, so that bytes fed whole and one at a time give the same messages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

BUFFER_BYTES = 4096

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class MalformedReply:
    """Stands for one run of bytes that are not of the protocol, however long the run is."""

    reason: str


@dataclass(frozen=True, slots=True)
class Cut(Generic[M]):
    """What the start of the buffer is.

    Attributes:
        used: bytes to take off the buffer; 0 = need more.
        message: the message in them; None = nothing in them.
        reason: why they are not of the protocol; "" = harmless filling.
    """

    used: int
    message: M | None = None
    reason: str = ""


class Framer(Generic[M]):
    """Feeds bytes to a cut function and keeps what is not yet a whole message (at most 4 KiB)."""

    def __init__(self, cut: Callable[[bytes], Cut[M]]) -> None:
        self._cut = cut
        self._buffer = b""
        self._in_garbage = False

    @property
    def pending(self) -> int:
        """Bytes of a message that has begun and not ended."""
        return len(self._buffer)

    def feed(self, received: bytes) -> list[M | MalformedReply]:
        """Take bytes as they came; give the messages that are now complete, in order.

        Never raises, whatever the bytes. A run of garbage gives one `MalformedReply`, at its
        first byte.
        """
        found: list[M | MalformedReply] = []
        for start in range(0, len(received), BUFFER_BYTES):
            self._buffer += received[start : start + BUFFER_BYTES]
            self._take_messages(found)
            self._buffer = self._buffer[-BUFFER_BYTES:]
        return found

    def _take_messages(self, found: list[M | MalformedReply]) -> None:
        buffer, offset = self._buffer, 0
        while offset < len(buffer):
            cut = self._cut(buffer[offset : offset + BUFFER_BYTES])
            if cut.used == 0:
                break
            offset += cut.used
            if cut.message is not None:
                found.append(cut.message)
                self._in_garbage = False
            elif cut.reason and not self._in_garbage:
                found.append(MalformedReply(cut.reason))
                self._in_garbage = True
        self._buffer = buffer[offset:]
