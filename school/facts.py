"""Facts of lane 0 as the rules read them: what happened, where, when, in which order."""

from collections.abc import Mapping
from typing import NamedTuple

from school.moment import TimeQuality

Json = None | bool | int | str | list["Json"] | Mapping[str, "Json"]
"""What a fact's body is made of: no floats."""


class Fact(NamedTuple):
    """One event with its place.

    Attributes:
        id: the event id, `{incarnation:016x}-{seq}`; equal ids are the same fact.
        room: whose store it comes from.
        kind: `tap`, `run.started`, `run.ended`, `run.continued`, `run.dated`, `mark`, `guest`,
            `confirm`, `reopen`, `late_tap_kept`, `excuse`, `leave`, `session`, `logbook`, `anchor`.
        boot: kernel boot id.
        mono_ms: boot-monotonic milliseconds.
        wall_ms: Unix milliseconds as believed then.
        tq: quality of that belief.
        body: decoded body.
    """

    id: str
    room: str
    kind: str
    boot: str
    mono_ms: int
    wall_ms: int
    tq: TimeQuality
    body: Mapping[str, Json]

    def text(self, key: str) -> str:
        """A text of the body; empty where it is absent or of another type."""
        value = self.body.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        """A whole number of the body, or None."""
        value = self.body.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts of the body; what is no text is left out."""
        value = self.body.get(key)
        return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
