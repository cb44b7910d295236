"""Who may say what, and until when. Source: domain reference §2.6, §3.1, §3.5, §3.7."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from school.rules import Rules


class Part(StrEnum):
    """As whom somebody speaks of a lesson."""

    TEACHER = "teacher"  # gives it, by plan or as a substitute
    HOMEROOM = "homeroom"  # GVCN of the class
    OFFICE = "office"  # quản trị danh sách, BGH, trực ban for the whole school
    NOBODY = "nobody"


class Act(StrEnum):
    """What somebody wants to do."""

    MARK = "mark"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    EXCUSE = "excuse"


@dataclass(frozen=True, slots=True)
class Permit:
    """An answer.

    Attributes:
        allowed: whether it may be done.
        needs_reason: only with a reason.
        until: last day on which this part may do it; None = no limit, or never.
    """

    allowed: bool
    needs_reason: bool = False
    until: date | None = None


REFUSED = Permit(allowed=False)


def may(part: Part, act: Act, lesson_day: date, today: date, rules: Rules) -> Permit:
    """Whether somebody may act on a lesson of a day.

    The lesson's teacher until 24:00 of the day; the homeroom teacher some days longer; the office
    after that, with a reason. Crossing from presence to excuse or back needs a reason, and so does
    reopening. Nobody speaks of a day that has not come.
    """
    if today < lesson_day or part is Part.NOBODY:
        return REFUSED
    until = _until(part, lesson_day, rules)
    crosses = (part is Part.TEACHER) == (act is Act.EXCUSE) and part is not Part.OFFICE
    reason = act is Act.REOPEN or crosses
    if part is Part.OFFICE:
        late = today > lesson_day + timedelta(days=rules.homeroom_days)
        return Permit(allowed=True, needs_reason=reason or late)
    if until is not None and today > until:
        return Permit(allowed=False, until=until)
    return Permit(allowed=True, needs_reason=reason, until=until)


def _until(part: Part, lesson_day: date, rules: Rules) -> date | None:
    if part is Part.TEACHER:
        return lesson_day
    return lesson_day + timedelta(days=rules.homeroom_days) if part is Part.HOMEROOM else None
