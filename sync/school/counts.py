"""The line of counts under a lesson: present + absent + unmarked = class size, always."""

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
    all_marks = list(marks)
    return Counts(
        size=len(all_marks),
        present=sum(m.presence in HERE for m in all_marks),
        late=sum(m.presence is Presence.LATE for m in all_marks),
        absent=sum(m.presence in AWAY for m in all_marks),
        excused=sum(m.presence in AWAY and m.excuse is Excuse.EXCUSED for m in all_marks),
        unmarked=sum(m.presence is Presence.UNMARKED for m in all_marks),
    )
