"""A command: one wish for one capability of one device, from asking to its end."""

from dataclasses import dataclass
from enum import StrEnum

from devices.capability import Capability
from devices.reading import Quality, Value


class CommandState(StrEnum):
    """Where a command is. Asked is not done."""

    ACCEPTED = "accepted"  # taken, waiting for its turn or for the device to be ready
    RUNNING = "running"  # sent, not confirmed yet
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"  # a newer wish for the same capability took its place


ENDED = frozenset(
    {CommandState.DONE, CommandState.FAILED, CommandState.EXPIRED, CommandState.SUPERSEDED}
)


@dataclass(slots=True)
class Command:
    """One command.

    Attributes:
        id: unique; the caller's idempotency key where it gave one.
        device: device id.
        capability: what is wished for.
        value: the value wished for.
        asked: the value as it was sent to us, to tell a repeated request from another one.
        by: who asked: `panel`, `scene`, `attendance`, a person's id.
        deadline_ms: boot-monotonic milliseconds after which it is given up.
        state: where it is.
        reason: why it waits or failed; a word for the catalogue, or a device's own sentence.
        quality: `confirmed` by the device's report, or `assumed` where it cannot report.
        audited: whether it is written into the audit lane (a reader's beep is not).
    """

    id: str
    device: str
    capability: Capability
    value: Value
    asked: object
    by: str
    deadline_ms: int
    state: CommandState = CommandState.ACCEPTED
    reason: str = ""
    quality: Quality = Quality.UNKNOWN
    audited: bool = True

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED
