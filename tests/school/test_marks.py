"""Who outranks whom, as a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.counts import count
from school.marks import (
    AWAY,
    HERE,
    CardClaim,
    Presence,
    Seal,
    Source,
    Touch,
    decide,
    latest_touch,
    proposal_after,
)


def order(n):
    return (0, "s", n, f"s-{n}")


def touch(n, presence="absent", source="teacher"):
    return Touch(Presence(presence), None, Source(source), n, order(n))


def card(n, late=None):
    return CardClaim(n, order(n), late, late)


def seal(n, **carried):
    return Seal(order(n), n, "place", {who: Presence(what) for who, what in carried.items()})


@pytest.mark.parametrize(
    ("touched", "carded", "sealed", "presence", "source", "asked"),
    [
        (None, None, None, "unmarked", None, False),
        (None, card(1), None, "present", "card", False),
        (None, card(1, 7), None, "late", "card", False),
        (touch(2), card(1), None, "absent", "teacher", False),
        (touch(1), card(2), None, "absent", "teacher", True),
        (touch(1, "skipped"), card(2), None, "skipped", "teacher", True),
        (touch(1, "out_on_duty"), card(2), None, "out_on_duty", "teacher", False),
        (touch(2, "unmarked"), card(1), None, "unmarked", "-", False),
        (touch(1, "unmarked"), card(2), None, "present", "card", False),
        (None, card(2), seal(1), "unmarked", None, True),
        (None, card(1), seal(2), "present", "card", False),
        (None, None, seal(1, p="present"), "present", "carried", False),
        (None, card(2), seal(1, p="absent"), "absent", "carried", True),
        (None, card(1), seal(2, p="absent"), "present", "card", False),
        (touch(2), None, seal(1, p="present"), "absent", "teacher", False),
    ],
)
def test_precedence(touched, carded, sealed, presence, source, asked):
    mark = decide("p", touched, carded, sealed, None)
    assert mark.presence == presence
    assert mark.source == (None if source == "-" else source)
    assert (mark.question is not None) == asked


def test_a_question_is_answered_once():
    assert decide("p", touch(1), card(2), None, order(3)).question is None
    assert decide("p", touch(1), card(4), None, order(3)).question is not None


def test_only_an_absence_has_an_excuse():
    for presence in Presence:
        mark = decide("p", touch(1, presence), None, None, None)
        assert (mark.excuse is not None) == (presence in AWAY)


def test_the_latest_of_the_highest_rank_stands():
    said = [touch(3), touch(1, "late", "office"), touch(2, "present")]
    assert latest_touch(said).source == "office"
    assert latest_touch([touch(1), touch(2, "present")]).presence == "present"
    assert latest_touch([touch(1), touch(2, "unmarked", "undo")]) is None
    assert latest_touch([]) is None


def test_every_presence_is_here_away_or_unmarked():
    assert HERE | AWAY | {Presence.UNMARKED} == set(Presence)
    assert not HERE & AWAY


def test_proposals_after_each_presence():
    proposed = {presence: proposal_after(presence) for presence in Presence}
    assert proposed[Presence.LATE] is Presence.PRESENT
    assert proposed[Presence.LEFT_EARLY] is Presence.ABSENT
    assert proposed[Presence.SKIPPED] is None
    assert proposed[Presence.UNMARKED] is None


@given(st.lists(st.sampled_from(Presence)))
def test_counts_add_up(presences):
    counts = count(presences, 0)
    assert counts.present + counts.absent + counts.unmarked == counts.size == len(presences)
