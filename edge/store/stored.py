"""A fact that is safe on disk."""

from dataclasses import dataclass

from sync.wire.event import Event, event_id


@dataclass(frozen=True, slots=True)
class Stored:
    """An event in the room's log.

    Attributes:
        incarnation: identity of the incarnation it belongs to.
        event: the event.
    """

    incarnation: int
    event: Event

    @property
    def id(self) -> str:
        """Its event id, the same in the room, at the hub and above."""
        return event_id(self.incarnation, self.event.seq)
