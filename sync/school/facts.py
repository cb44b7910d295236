"""Facts of lane 0 as the rules read them: what happened, where, when, in which order."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic_core import from_json

from sync.moment import TimeQuality
from sync.wire.event import Event, Json, event_id


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


def fact_of(room: str, incarnation: int, event: Event) -> Fact:
    """The fact in a stored event.

    Raises:
        ValueError: the body is not a JSON object.
    """
    body = from_json(event.body)  # keeps the ids of persons once, however often they come
    if not isinstance(body, dict):
        raise ValueError(f"the body of {event.kind} {event.seq} is not a JSON object")  # noqa: TRY004 - one error for callers
    return Fact(
        id=event_id(incarnation, event.seq),
        room=room,
        kind=event.kind,
        boot=event.boot,
        mono_ms=event.mono_ms,
        wall_ms=event.wall_ms,
        tq=TimeQuality(event.tq),
        body=body,
    )
