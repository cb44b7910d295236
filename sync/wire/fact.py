"""The fact in an event: what came over the wire or out of the store, for the rules."""

from pydantic_core import from_json

from school.facts import Fact
from school.moment import TimeQuality
from sync.wire.event import Event, event_id


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
