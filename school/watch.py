"""What a list shows beside the marks: who may be absent, cards close together, cards far apart.

Source: domain reference §3.4, §3.5. The machine only suggests; a person decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from school.dating import When
from school.judge import Judgement, Outcome
from school.lesson_book import AttendanceState
from school.lesson_state import LessonState
from school.marks import Mark, Presence
from school.rules import MINUTE_MS, Rules

TOGETHER_MS = 1_000
"""Two cards within this at one reader may have come from one hand."""


@dataclass(frozen=True, slots=True)
class Apart:
    """One card in two rooms within a minute: lent?

    Attributes:
        person_id: whose card.
        first: the earlier tap.
        second: the later tap.
    """

    person_id: str
    first: Judgement
    second: Judgement


def suggests_from(state: LessonState, rules: Rules) -> int | None:
    """Unix milliseconds from which absence may be suggested; None while the start is unknown."""
    if state.starts_ms is None:
        return None
    return state.starts_ms + rules.maybe_absent_after_min * MINUTE_MS


def maybe_absent(
    state: LessonState, marks: Iterable[Mark], now: When, rules: Rules
) -> tuple[str, ...]:
    """Pupils who may be absent: unmarked so long after the start. Empty before, and after chốt.

    Empty on a clock that cannot be dated: nobody is missed by a guess.
    """
    from_ms = suggests_from(state, rules)
    if from_ms is None or not now.dated or now.at_ms < from_ms:
        return ()
    if state.attendance is AttendanceState.CONFIRMED:
        return ()
    return tuple(mark.person_id for mark in marks if mark.presence is Presence.UNMARKED)


def close_pairs(taps: Sequence[Judgement]) -> tuple[tuple[str, str], ...]:
    """Two pupils' cards less than a second apart at one reader ("quẹt liền nhau").

    Args:
        taps: in order of time, as `Register.taps_on` gives them.
    """
    by_reader: dict[tuple[str, str], list[Judgement]] = {}
    for tap in taps:
        by_reader.setdefault((tap.room, tap.reader), []).append(tap)
    return tuple(
        (a.person_id, b.person_id)
        for row in by_reader.values()
        for a, b in pairwise(row)
        if a.person_id is not None and b.person_id is not None
        if a.person_id != b.person_id and b.at_ms - a.at_ms < TOGETHER_MS
    )


def conflicts(taps: Sequence[Judgement], gates: Iterable[str] = ()) -> tuple[Apart, ...]:
    """One card in two rooms within a minute; a gate is on everybody's way and no conflict."""
    passed = frozenset(gates)
    by_person: dict[str, list[Judgement]] = {}
    for tap in taps:
        if tap.person_id is not None and tap.room not in passed:
            by_person.setdefault(tap.person_id, []).append(tap)
    return tuple(
        Apart(person, a, b)
        for person, row in sorted(by_person.items())
        for a, b in pairwise(row)
        if a.room != b.room and b.at_ms - a.at_ms < MINUTE_MS
    )


def visits(taps: Iterable[Judgement], lesson_id: str) -> tuple[str, ...]:
    """Pupils of other classes whose cards came in a lesson, and who are no guests of it."""
    strangers = (Outcome.OTHER_CLASS, Outcome.VISIT)
    told = (t for t in taps if t.outcome in strangers and t.lesson_id == lesson_id)
    return tuple(dict.fromkeys(t.person_id for t in told if t.person_id is not None))


def head_count_differs(counted: int, marks: Iterable[Mark]) -> int:
    """Heads the teacher counted minus pupils marked here; below 0 a card may have been lent."""
    here = (Presence.PRESENT, Presence.LATE)
    return counted - sum(mark.presence in here for mark in marks)
