"""What a Session needs of a wire: bytes only."""

from typing import Protocol


class Transport(Protocol):
    """A wire to one device. `str(wire)` names it in error sentences."""

    @property
    def is_open(self) -> bool:
        """Whether it was opened, not closed since, and not found lost."""

    async def open(self) -> None:
        """Open it; does nothing where it is open.

        Raises:
            UnreachableError: it cannot be opened.
        """

    async def read(self) -> bytes:
        """Wait for bytes: at least one. Safe to cancel: no byte is lost.

        Raises:
            UnreachableError: the wire is lost.
        """

    async def write(self, message: bytes) -> None:
        """Hand bytes to the wire.

        Raises:
            UnreachableError: the wire is lost.
        """

    def discard(self) -> int:
        """Throw away what came and was not read; say how many bytes that was."""

    def close(self) -> None:
        """Let go of the wire at once. May be called twice."""
