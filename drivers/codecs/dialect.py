"""What every codec of a table-driven family gives: its bodies to bytes, and messages to replies.

A *body* is what a question or command says without its framing: `PWR?` of `PWR? CR`, command 11 and
its content of an MDC frame. The rows of a family are made of bodies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, Protocol, TypeVar

from drivers.codecs.framing import Framer

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)


class Refusal(Enum):
    """Why a device said no."""

    UNKNOWN = auto()  # it has no such command
    VALUE = auto()  # it does not take this value
    NOT_NOW = auto()  # not in its present state
    UNSAID = auto()  # it gives no reason
    LOGIN = auto()  # it wants a protocol or a password that we do not speak or have


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one question or command.

    Attributes:
        content: what it says, without its framing; empty for a command that was taken.
        refusal: why it was refused; None = it was not.
        said: of a refusal: what a technician may want to read, after the wire's name.
    """

    content: bytes = b""
    refusal: Refusal | None = None
    said: str = ""


class Login(Protocol[M_contra]):
    """How a connection begins where we speak first."""

    def hello(self) -> bytes:
        """What we send first."""

    def greet(self, message: M_contra) -> bytes:
        """Take the first message of the device; what goes before the first question.

        Raises:
            DeviceError: it does not let us in.
        """

    def another_way(self) -> bool:
        """After a refused password: whether there is another way to send it; used from now on."""


@dataclass(frozen=True, slots=True)
class Dialect(Generic[M]):
    """One protocol as the table driver uses it.

    Attributes:
        framer: makes an empty framer.
        encode: bytes of a body for the device of this number on the line (0 where it has none).
        reply: what a message says to a body of that device; None = it answers something else.
        login: for TCP: how a connection with this password (None = without) begins; None = at once.
    """

    framer: Callable[[], Framer[M]]
    encode: Callable[[bytes, int], bytes]
    reply: Callable[[M, bytes, int], Reply | None]
    login: Callable[[str | None], Login[M]] | None = None
