"""What the uplink needs of the room and of the hub, and what it tells the panel."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

T = TypeVar("T")


class NotStoredError(Exception):
    """The room's store could not write. What the uplink keeps there are hints: it goes on."""


class Outbox(Protocol):
    """The room's store, as far as the uplink uses it."""

    async def read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask on a read-only connection, off the loop."""

    async def project(self, change: Callable[[sqlite3.Connection], None]) -> None:
        """Write with a coming commit. Raises NotStoredError kinds."""

    async def begin_incarnation(self, reason: str) -> None:
        """Begin a new incarnation. Raises NotStoredError kinds."""

    def watch(self, call: Callable[[], None]) -> None:
        """Call this on the loop after every commit that stored facts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Somebody answered over HTTP; whether it was the hub is still to be judged.

    Attributes:
        status: the HTTP status.
        body: the body, unpacked.
        retry_after_s: what the answer asks us to wait; None if it does not.
    """

    status: int
    body: bytes
    retry_after_s: float | None = None


class Trouble(StrEnum):
    """Why nothing gets through; the panel has a sentence for each."""

    NAME_UNKNOWN = "name_unknown"  # no address is known for the hub's name
    PORT_REFUSED = "port_refused"  # the machine is there, the hub does not run on it
    NO_LINK = "no_link"  # nobody answers at the address
    HUB_SILENT = "hub_silent"  # connected, but no whole answer came in time
    WRONG_NAME = "wrong_name"  # the hub's certificate is for another name
    WRONG_ROOT = "wrong_root"  # somebody else's certificate, or the hub was set up anew
    OUT_OF_DATE = "out_of_date"  # a certificate that is not valid now: often the clock is wrong
    NOT_THE_HUB = "not_the_hub"  # somebody else answers, such as a captive portal
    HUB_BUSY = "hub_busy"  # the hub asks us to wait
    KEY_UNKNOWN = "key_unknown"  # the hub has not admitted this room's key
    KEY_REVOKED = "key_revoked"  # the hub admits this room's key no more
    KEY_REFUSED = "key_refused"  # the hub refuses what this room signs
    OUT_OF_STEP = "out_of_step"  # the hub expects other numbers than we have
    ADDRESS_MALFORMED = "address_malformed"  # the room's file has no address of a hub
    ROOT_UNUSABLE = "root_unusable"  # the hub's root certificate is not here, or is none
    OWN_KEY_UNUSABLE = "own_key_unusable"  # this room's own key file is damaged


NOBODY_THERE = frozenset({Trouble.NAME_UNKNOWN, Trouble.PORT_REFUSED, Trouble.NO_LINK})
"""There is nobody to talk to: look each second whether there is."""

REFUSES_US = frozenset({Trouble.KEY_UNKNOWN, Trouble.KEY_REVOKED, Trouble.KEY_REFUSED})
"""A person must act at the hub."""

NOT_READY = frozenset({Trouble.ADDRESS_MALFORMED, Trouble.ROOT_UNUSABLE, Trouble.OWN_KEY_UNUSABLE})
"""A person must act in the room: nothing can be sent before."""


class CannotConnectError(Exception):
    """A file or setting of the room does not let it speak to a hub; the text has the cure.

    Attributes:
        trouble: what the panel says.
    """

    trouble = Trouble.ADDRESS_MALFORMED


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer.

    Attributes:
        trouble: why.
    """

    trouble: Trouble


Heard = Answer | Silence


class HubLink(Protocol):
    """The way to the hub: signs, encrypts, never raises for the far end's sake."""

    async def post(self, what: str, body: bytes) -> Heard:
        """Send a packed body to `hello` or `batches` of this agent."""

    async def look(self) -> Trouble | None:
        """A cheap look why nobody can be reached there; None = somebody listens."""

    async def close(self) -> None:
        """Let go of the connection."""


class LinkState(StrEnum):
    """The uplink in one word, for the panel."""

    IDLE = "idle"  # everything has arrived
    SENDING = "sending"
    WAITING = "waiting"  # the hub cannot be reached; everything is kept
    BLOCKED = "blocked"  # the hub refuses this room, or the room is not ready: a person must act
    OFF = "off"  # this room has no hub


@dataclass(frozen=True, slots=True)
class SyncState:
    """What the panel shows of the uplink.

    Attributes:
        state: in one word.
        waiting: events the hub has not confirmed.
        oldest_ms: Unix ms of the oldest of them as believed then; None if there is none.
        last_ok_ms: Unix ms of the last answer that was the hub's; None if there was none.
        delivered: whether the hub has confirmed anything of what this room holds.
        reason: a `Trouble`, or "".
    """

    state: LinkState
    waiting: int = 0
    oldest_ms: int | None = None
    last_ok_ms: int | None = None
    delivered: bool = False
    reason: str = ""
