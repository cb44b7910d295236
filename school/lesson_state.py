"""A lesson as it stands: the plan, how far attendance is, and the line of counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from school.counts import Counts
from school.lesson_book import AttendanceState
from school.marks import HERE, Presence
from school.records import Session


@dataclass(frozen=True, slots=True)
class Carried:
    """What the lesson before proposes: numbers of pupils here and away."""

    present: int
    absent: int


class LessonState(NamedTuple):
    """A lesson as it stands.

    Attributes:
        id: the lesson id.
        group_key: who has it.
        class_name: the group's name.
        subject: empty where unknown.
        teacher_id: None where unknown.
        teacher: the teacher's name, or the names of all who give it; empty where unknown.
        session: half of the day; None while provisional.
        slot: its number; None where there is none.
        slot_name: what the school calls it, where that is not its number; empty otherwise.
        room: where it is planned, else where it was held.
        starts_ms: Unix milliseconds; None while provisional.
        ends_ms: Unix milliseconds; None while provisional.
        attendance: how far attendance is.
        confirmed_at_ms: when it was confirmed; None while it is not.
        confirmed_by: `place` or a person id; empty while it is not.
        counts: the line of counts.
        carried: the proposal of the lesson before; None where there is none or it is confirmed.
        tapped: pupils of the roster whose cards came in this session.
        guests: pupils of other classes who learn with this one.
    """

    id: str
    group_key: str
    class_name: str
    subject: str
    teacher_id: str | None
    teacher: str
    session: Session | None
    slot: int | None
    room: str | None
    starts_ms: int | None
    ends_ms: int | None
    attendance: AttendanceState
    confirmed_at_ms: int | None
    confirmed_by: str
    counts: Counts
    carried: Carried | None
    tapped: int
    guests: int = 0
    slot_name: str = ""


def sum_up(proposals: Mapping[str, Presence]) -> Carried | None:
    """The numbers of a proposal; None where nothing is proposed."""
    if not proposals:
        return None
    here = sum(presence in HERE for presence in proposals.values())
    return Carried(present=here, absent=len(proposals) - here)
