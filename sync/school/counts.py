"""The line of counts under a lesson: present + absent + unmarked = class size, always."""

from collections import Counter
from collections.abc import Iterable
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


def count(marks: Iterable[Mark]) -> Counts:
    """Counts of a whole roster."""
    often = Counter((mark.presence, mark.excuse) for mark in marks)
    present = sum(n for (presence, _), n in often.items() if presence in HERE)
    absent = sum(n for (presence, _), n in often.items() if presence in AWAY)
    size = often.total()
    return Counts(
        size=size,
        present=present,
        late=often[Presence.LATE, None],
        absent=absent,
        excused=sum(often[presence, Excuse.EXCUSED] for presence in AWAY),
        unmarked=size - present - absent,
    )
