"""The line of counts under a lesson: present + absent + unmarked = class size, always."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.school.marks import AWAY, HERE, Excuse, Mark, Presence


@dataclass(frozen=True, slots=True)
class Counts:
    """Pupils of a lesson.

    Attributes:
        size: all on the roster.
        present: here, the late ones among them.
        late: came late.
        absent: not here.
        excused: of the absent, with leave.
        unmarked: nobody has said anything.
    """

    size: int
    present: int
    late: int
    absent: int
    excused: int
    unmarked: int


def count(marks: Sequence[Mark]) -> Counts:
    """Counts of a whole roster."""
    presences = [mark.presence for mark in marks]
    present = sum(map(presences.count, HERE))
    absent = sum(map(presences.count, AWAY))
    return Counts(
        size=len(marks),
        present=present,
        late=presences.count(Presence.LATE),
        absent=absent,
        excused=[mark.excuse for mark in marks].count(Excuse.EXCUSED),
        unmarked=len(marks) - present - absent,
    )
