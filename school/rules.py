"""The settings of attendance and lessons, with the defaults of domain reference §3.5."""

from dataclasses import dataclass

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a school may set about time. All values are whole and not negative.

    Attributes:
        open_before_min: taps count from so long before a session's first lesson.
        late_after_min: a first tap later than so long after the start is late.
        quiet_after_min: from so long after the start readers answer by light only.
        maybe_absent_after_min: after so long the panel suggests who may be absent.
        offer_before_min: the next lesson is offered from so long before its start.
        handover_within_min: devices stay on where the next lesson here begins within this.
        auto_end_notice_min: so long after its end the panel says that it will end by itself.
        auto_end_min: so long after its end the lesson ends by itself.
        idle_end_min: a run that nobody touched for so long ends by itself.
        end_countdown_s: seconds between the end touch and the devices' off.
        lesson_min: length of a lesson that has no slot.
        extend_min: "keep teaching" moves the planned end to so long from now.
        homeroom_days: the homeroom teacher may confirm and correct for so many days.
        warn_at_sessions: absent sessions in a year at which to warn.
        most_absent_sessions: absent sessions that a year allows.
    """

    open_before_min: int = 20
    late_after_min: int = 5
    quiet_after_min: int = 5
    maybe_absent_after_min: int = 15
    offer_before_min: int = 2
    handover_within_min: int = 20
    auto_end_notice_min: int = 10
    auto_end_min: int = 15
    idle_end_min: int = 240
    end_countdown_s: int = 10
    lesson_min: int = 45
    extend_min: int = 30
    homeroom_days: int = 7
    warn_at_sessions: tuple[int, ...] = (15, 30, 40)
    most_absent_sessions: int = 45
