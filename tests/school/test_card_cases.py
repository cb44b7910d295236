"""Rows of the card-case table, domain reference §3.4, each under its name."""

from dataclasses import replace

from sync.moment import TimeQuality
from tests.school.kit import at

T1 = "20261123-S-1-10a1"
T2 = "20261123-S-2-10a1"
PM = "20261123-C-1-10a3"
AM3 = "20261123-S-1-10a3"


def test_normal_tap(register, facts):
    register.apply(facts.start("06:55", T1))
    judgement = register.apply(facts.tap("10a1-1", "07:02"))
    assert (judgement.outcome, judgement.lesson_id, judgement.minutes) == ("present", T1, None)
    mark = register.mark(T1, "10a1-1")
    assert (mark.presence, mark.source, mark.excuse) == ("present", "card", None)
    assert register.counts(T1).present == 1


def test_late_tap(register, facts):
    register.apply(facts.start("06:55", T1))
    assert register.apply(facts.tap("10a1-1", "07:05")).outcome == "present"
    judgement = register.apply(facts.tap("10a1-2", "07:12:59"))
    assert (judgement.outcome, judgement.minutes) == ("late", 12)
    mark = register.mark(T1, "10a1-2")
    assert (mark.presence, mark.minutes, mark.at_ms) == ("late", 12, at("07:12:59"))
    counts = register.counts(T1)
    assert (counts.present, counts.late, counts.unmarked) == (2, 1, 3)


def test_double_tap(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "07:02:00"))
    again = register.apply(facts.tap("10a1-1", "07:02:04"))
    assert (again.outcome, again.since_ms) == ("repeat", at("07:02"))
    assert register.mark(T1, "10a1-1").at_ms == at("07:02")


def test_tap_again_later_also_in_a_later_tiet(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "06:58"))
    register.apply(facts.end("07:45"))
    register.apply(facts.start("07:50", T2, run="b00000000-2"))
    assert register.apply(facts.tap("10a1-1", "07:52")).outcome == "repeat"
    assert register.mark(T2, "10a1-1").presence == "unmarked"


def test_second_tiet_where_nobody_taps_is_proposed(register, facts):
    register.apply(facts.start("06:55", T1))
    for n in (1, 2, 3):
        register.apply(facts.tap(f"10a1-{n}", "06:58"))
    register.apply(facts.mark(T1, "10a1-4", "absent", "07:10"))
    register.apply(facts.start("07:50", T2, run="b00000000-2"))
    state = register.lesson(T2)
    assert (state.attendance, state.carried.present, state.carried.absent) == ("none", 3, 1)
    assert {m.presence for m in register.marks(T2)} == {"unmarked"}
    carried = {"present": ["10a1-1", "10a1-2", "10a1-3"], "absent": ["10a1-4", "10a1-5"]}
    register.apply(facts.confirm(T2, "07:55", carried=carried))
    state = register.lesson(T2)
    assert (state.attendance, state.carried, state.counts.unmarked) == ("confirmed", None, 0)
    assert register.mark(T2, "10a1-4").source == "carried"


def test_nobody_has_started_the_lesson(register, facts):
    assert register.apply(facts.tap("10a1-1", "06:45")).outcome == "present"
    register.apply(facts.tap("10a1-2", "06:46"))
    state = register.lesson(T1)
    assert (state.attendance, state.tapped, state.counts.size) == ("taps", 2, 5)
    assert register.open_run("a1-05") is None
    register.apply(facts.start("07:01", T1))
    assert register.lesson(T1).attendance == "open"


def test_no_lesson_here_now(register, facts):
    judgement = register.apply(facts.tap("10a1-1", "06:39"))
    assert (judgement.outcome, judgement.lesson_id) == ("noted", None)
    assert register.apply(facts.tap("10a1-1", "20:00")).outcome == "noted"
    assert register.lesson(T1).attendance == "none"


def test_noted_first_counts_later(register, facts):
    register.apply(facts.tap("10a1-1", "06:30"))
    assert register.apply(facts.tap("10a1-1", "06:50")).outcome == "present"


def test_two_readers_same_card_seconds_apart(register, facts):
    register.apply(facts.tap("10a1-1", "06:50:00", reader="door"))
    assert register.apply(facts.tap("10a1-1", "06:50:03", reader="desk")).outcome == "repeat"
    assert register.mark(T1, "10a1-1").at_ms == at("06:50")


def test_forgotten_card(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.mark(T1, "10a1-5", "present", "07:02", note="forgot_card"))
    mark = register.mark(T1, "10a1-5")
    assert (mark.presence, mark.source, mark.note) == ("present", "teacher", "forgot_card")


def test_unknown_card(register, facts):
    judgement = register.apply(facts.tap("nobody", "07:02"))
    assert (judgement.outcome, judgement.person_id) == ("unknown", None)
    assert len(judgement.last4) == 4


def test_revoked_card(register, facts):
    register.apply(facts.start("06:55", T1))
    judgement = register.apply(facts.tap("10a1-5", "07:02"))
    assert (judgement.outcome, judgement.person_id) == ("revoked", "10a1-5")
    assert register.mark(T1, "10a1-5").presence == "unmarked"


def test_card_of_another_class(register, facts):
    register.apply(facts.start("06:55", T1))
    judgement = register.apply(facts.tap("10a3-1", "07:02"))
    assert (judgement.outcome, judgement.lesson_id) == ("other_class", T1)
    assert register.mark(T1, "10a3-1") is None


def test_card_of_another_class_in_a_merged_run_is_normal(register, facts):
    register.apply(facts.start("06:55", T1, AM3))
    judgement = register.apply(facts.tap("10a3-1", "07:02"))
    assert (judgement.outcome, judgement.lesson_id) == ("present", AM3)


def test_teachers_card(register, facts):
    judgement = register.apply(facts.tap("ha", "07:00"))
    assert (judgement.outcome, judgement.person_id) == ("staff", "ha")
    assert register.lesson(T1).tapped == 0


def test_clock_wrong_at_boot(register, facts):
    facts.tq = TimeQuality.NONE
    facts.boot = "cc" * 16
    assert register.apply(facts.tap("10a1-1", "07:20")).outcome == "noted"
    register.apply(facts.start("07:25", "bcccccccc-1-10a1", run="bcccccccc-1"))
    judgement = register.apply(facts.tap("10a1-2", "07:30"))
    assert (judgement.outcome, judgement.lesson_id) == ("present", "bcccccccc-1-10a1")
    assert register.mark("bcccccccc-1-10a1", "10a1-1").presence == "present"


def test_clock_wrong_at_boot_is_retimed_and_nobody_is_late(register, facts):
    facts.tq = TimeQuality.SAVED
    early = facts.tap("10a1-1", "07:20")
    assert register.apply(replace(early, wall_ms=early.wall_ms - 9 * 3_600_000)).outcome == "noted"
    facts.tq = TimeQuality.NTP
    register.apply(facts.tap("10a1-2", "07:30"))
    mark = register.mark(T1, "10a1-1")
    assert (mark.presence, mark.minutes, mark.at_ms) == ("present", None, early.wall_ms)
    assert register.mark(T1, "10a1-2").presence == "late"


def test_two_shift_room(register, facts):
    register.apply(facts.tap("10a1-1", "06:58"))
    afternoon = register.apply(facts.tap("10a3-1", "13:00"))
    assert (afternoon.outcome, afternoon.lesson_id) == ("present", PM)
    assert register.apply(facts.tap("10a1-1", "13:05")).outcome == "other_class"


def test_other_class_started_after_its_pupils_tapped(register, facts):
    assert register.apply(facts.tap("10a3-1", "06:58")).outcome == "other_class"
    register.apply(facts.start("07:00", AM3))
    assert register.mark(AM3, "10a3-1").presence == "present"
    assert register.apply(facts.tap("10a1-1", "07:01")).outcome == "other_class"


def test_forgotten_end_does_not_hold_the_next_lesson(register, facts):
    register.apply(facts.start("06:55", T1))
    judgement = register.apply(facts.tap("10a1-1", "07:49"))
    assert (judgement.outcome, judgement.lesson_id) == ("present", T2)
