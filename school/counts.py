"""The line of counts under a lesson: present + absent + unmarked = class size, always."""

from collections.abc import Collection
from typing import NamedTuple

from school.marks import AWAY, HERE, Presence


class Counts(NamedTuple):
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


def count(presences: Collection[Presence], excused: int) -> Counts:
    """Counts of a whole roster.

    Args:
        presences: one for each pupil.
        excused: how many of the absent have leave.
    """
    every = list(presences)
    present = sum(map(every.count, HERE))
    absent = sum(map(every.count, AWAY))
    return Counts(
        size=len(every),
        present=present,
        late=every.count(Presence.LATE),
        absent=absent,
        excused=excused,
        unmarked=len(every) - present - absent,
    )
