"""A register that was told the facts of some days alone says the same of these days."""

from datetime import date, timedelta

import pytest

from school.facts import Fact
from school.files.books.out_days import HalfDays, Held, Patience, days_between
from school.moment import TimeQuality
from school.register import Register
from school.rules import Rules
from school.span import Span
from tests.school.files_out.kit import AT, FIRST, LAST, held_in, month_facts, rows, school_of
from tests.school.kit import BOOT

SCHOOL = school_of(rows(classes=2, pupils=4, slots=2))
PUPIL, OTHER = "hs-10a1-01", "hs-10a1-02"
LESSON = "20261112-S-1-10a1"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def at_ms(day: int, minute: int) -> int:
    return SCHOOL.at_ms(date(2026, 11, day), minute)


def others() -> list[Fact]:
    """Runs, taps, corrections of later days and clocks in doubt, beside the month's marks."""
    told: list[Fact] = []

    def tell(room: str, kind: str, wall_ms: int, tq: str = "ntp", **body: object) -> None:
        fact_id = f"{7:016x}-{len(told) + 1}"
        boot = BOOT if tq == "ntp" else "cd" * 16
        told.append(
            Fact(fact_id, room, kind, boot, wall_ms - 10**12, wall_ms, TimeQuality(tq), body)
        )

    card = next(iter(SCHOOL.cards))
    tap = {"reader": "door", "tech": "mifare", "uid_hash": card, "last4": "B2C3"}
    for day in range(2, 29):
        start = at_ms(day, 7 * 60)
        lesson = f"202611{day:02}-S-1-10a1"
        tell("p-10a1", "tap", start - 10 * MINUTE, **tap)
        tell("p-10a1", "run.started", start, run=f"b00000000-{day}", lessons=[lesson])
        if day % 3:
            tell("p-10a1", "run.ended", start + HOUR, run=f"b00000000-{day}", reason="touch")
        tell("p-10a1", "tap", start + DAY - 8 * HOUR, "none", **tap)
    tell("p-10a1", "anchor", at_ms(28, 12 * 60), "ntp")
    told[-1] = told[-1]._replace(boot="cd" * 16)
    said = {"lesson": LESSON, "person": OTHER, "source": "office"}
    tell("office", "mark", at_ms(2, 480), **said, presence="present")
    tell("office", "mark", at_ms(27, 480), **said, presence="absent")
    tell("office", "excuse", at_ms(28, 480), **said, excuse="excused")
    tell("office", "reopen", at_ms(28, 481), lesson="20261113-S-1-10a1", by="lan", reason="nhầm")
    tell("office", "leave", at_ms(3, 480), leave="l1", person=PUPIL, first="2026-11-12",
         last="2026-11-13", session="", state="approved")  # fmt: skip
    tell("office", "session", at_ms(25, 480), person=OTHER, day="2026-11-11", session="S",
         absent=True, excuse="unexcused", source="homeroom", by="lan")  # fmt: skip
    return told


FACTS = [*month_facts(SCHOOL), *others()]


def register(facts: list[Fact]) -> Register:
    made = Register(SCHOOL, Rules())
    for fact in facts:
        made.apply(fact)
    return made


WHOLE = register(FACTS)


def said(held: list[Held]) -> list[tuple[object, ...]]:
    return [(one.state, one.marks, dict(one.presences)) for one in held]


@pytest.mark.parametrize(
    ("first", "last"),
    [(12, 12), (9, 14), (1, 3), (26, 30), (1, 30)],
)
def test_the_days_of_a_span_are_as_the_whole_month_has_them(first, last):
    days = date(2026, 11, first), date(2026, 11, last)
    cut = [Span(*days).cut(fact, SCHOOL) for fact in FACTS]
    part = register(cut)
    held = held_in(part, *days)
    assert said(held) == said(held_in(WHOLE, *days))
    month = set(days_between(FIRST, LAST))
    signs = [
        HalfDays(one, held, Patience(one, AT.date(), 3)).of(OTHER, month, "10a1")
        for one in (part, WHOLE)
    ]
    assert signs[0] == signs[1]
    if (first, last) != (FIRST.day, LAST.day):
        assert sum(fact.kind == "anchor" for fact in cut) > len(FACTS) // 2


def test_without_the_other_classes_a_class_is_as_before():
    span = Span(FIRST, LAST, frozenset({"11a1"}))
    part = register([span.cut(fact, SCHOOL) for fact in FACTS])
    mine = [[h for h in held_in(one) if h.state.group_key == "10a1"] for one in (part, WHOLE)]
    assert said(mine[0]) == said(mine[1])
    assert not any(mark.fact_id for mark in part.marks("20261112-S-1-11a1"))


def test_nothing_of_other_months_is_judged():
    before = Span(FIRST - timedelta(60), FIRST - timedelta(30))
    kinds = {before.cut(fact, SCHOOL).kind for fact in FACTS}
    assert kinds == {"anchor", "tap", "leave", "session"}  # taps: on a clock in doubt
