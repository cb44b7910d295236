"""Rows of the card-case table, domain reference §3.4, each under its name.

Rows about hardware, store or panel are tested here as far as the rules go; the docstring says where
the rest is.
"""

import pytest

from school.dating import When
from school.judge import Outcome
from school.moment import TimeQuality
from school.register import Register
from school.rules import Rules
from school.school_file import SchoolFileError
from school.watch import close_pairs, conflicts, head_count_differs, maybe_absent, visits
from tests.school.kit import MONDAY, Facts, at, make_rows, make_school, uid_of

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
    assert register.apply(early._replace(wall_ms=early.wall_ms - 9 * 3_600_000)).outcome == "noted"
    facts.tq = TimeQuality.NTP
    register.apply(facts.tap("10a1-2", "07:30"))
    mark = register.mark(T1, "10a1-1")
    assert (mark.presence, mark.minutes, mark.at_ms) == ("present", None, early.wall_ms)
    assert register.mark(T1, "10a1-2").presence == "late"


def test_two_shift_room(register, facts):
    register.apply(facts.tap("10a1-1", "06:58"))
    afternoon = register.apply(facts.tap("10a3-1", "13:00"))
    assert (afternoon.outcome, afternoon.lesson_id) == ("present", PM)
    visit = register.apply(facts.tap("10a1-1", "13:05"))
    assert (visit.outcome, visit.lesson_id) == ("visit", PM)
    assert register.mark(PM, "10a1-1") is None
    assert visits(register.taps_on(MONDAY.date()), PM) == ("10a1-1",)


def test_other_class_started_after_its_pupils_tapped(register, facts):
    assert register.apply(facts.tap("10a3-1", "06:58")).outcome == "other_class"
    register.apply(facts.start("07:00", AM3))
    assert register.mark(AM3, "10a3-1").presence == "present"
    assert register.apply(facts.tap("10a1-1", "07:01")).outcome == "other_class"


def test_forgotten_end_does_not_hold_the_next_lesson(register, facts):
    register.apply(facts.start("06:55", T1))
    judgement = register.apply(facts.tap("10a1-1", "07:49"))
    assert (judgement.outcome, judgement.lesson_id) == ("present", T2)


def leave(facts, person, time="06:00", state="approved", **more):
    body = {"leave": f"l-{person}", "person": person, "state": state}
    return facts.make(
        "leave", time, **(body | {"first": "2026-11-23", "last": "2026-11-24"} | more)
    )


def test_pupil_with_approved_leave_taps(register, facts):
    register.apply(leave(facts, "10a1-1"))
    register.apply(leave(facts, "10a1-2"))
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "07:02"))
    came = register.mark(T1, "10a1-1")
    assert (came.presence, came.came_despite_leave, came.excuse) == ("present", True, None)
    missing = register.mark(T1, "10a1-2")
    assert (missing.presence, missing.leave, missing.came_despite_leave) == (
        "unmarked",
        True,
        False,
    )
    assert register.proposals(T1) == {"10a1-2": "absent"}
    assert register.lesson(T1).carried is None


def test_leave_is_the_default_of_who_is_missing_at_chot(register, facts):
    register.apply(leave(facts, "10a1-2"))
    register.apply(facts.mark(T1, "10a1-3", "absent", "07:05"))
    register.apply(facts.confirm(T1, "07:10", carried={"absent": ["10a1-2"]}))
    mark = register.mark(T1, "10a1-2")
    assert (mark.presence, mark.source, mark.excuse) == ("absent", "leave", "excused")
    assert register.mark(T1, "10a1-3").excuse == "unknown"
    assert register.counts(T1).excused == 1
    register.apply(leave(facts, "10a1-2", "09:00", state="withdrawn"))
    assert register.mark(T1, "10a1-2").excuse == "unknown"


def test_tap_could_not_be_stored(register, facts):
    """The rule part: a tap that is no fact leaves nothing behind, and the teacher's touch counts.

    The three long beeps are in tests/attendance.
    """
    register.apply(facts.start("06:55", T1))
    assert register.mark(T1, "10a1-1").presence == "unmarked"
    register.apply(facts.mark(T1, "10a1-1", "present", "07:02"))
    assert register.mark(T1, "10a1-1").source == "teacher"
    assert Outcome.REFUSED not in {tap.outcome for tap in register.taps_on(MONDAY.date())}


def test_same_card_in_two_rooms_far_apart_within_a_minute(register, facts):
    lab = Facts(room="lab", incarnation=2, boot="cd" * 16)
    register.apply(facts.tap("10a1-1", "06:50:00"))
    register.apply(lab.tap("10a1-1", "06:50:40"))
    register.apply(facts.tap("10a1-2", "06:50:00"))
    register.apply(lab.tap("10a1-2", "06:52:00"))
    taps = register.taps_on(MONDAY.date())
    assert len(taps) == 4
    assert [(c.person_id, c.first.room, c.second.room) for c in conflicts(taps)] == [
        ("10a1-1", "a1-05", "lab")
    ]


def test_lost_card(facts):
    lost = {"person_id": "10a1-1", "tech": "mifare", "uid": uid_of("10a1-1")}
    new = {"person_id": "10a1-1", "tech": "mifare", "uid": uid_of("new")}
    revoked = lost | {"revoked": True, "revoked_on": "2026-11-24", "valid_from": "2026-09-01"}
    register = Register(make_school(cards=[revoked, new | {"valid_from": "2026-11-24"}]), Rules())
    assert register.apply(facts.tap("10a1-1", "07:00")).outcome == "present"
    tomorrow = 86_400_000
    for who, outcome in (("10a1-1", "revoked"), ("new", "noted")):
        tap = facts.tap(who, "20:00")
        late = tap._replace(wall_ms=tap.wall_ms + tomorrow, mono_ms=tap.mono_ms + tomorrow)
        judgement = register.apply(late)
        assert (judgement.outcome, judgement.person_id) == (outcome, "10a1-1")


def test_lent_card_quet_ho(register, facts):
    """The rule part: the teacher's head count against the marks; the list is in STT order."""
    register.apply(facts.start("06:55", T1))
    for n in (3, 1, 2):
        register.apply(facts.tap(f"10a1-{n}", "07:00"))
    marks = register.marks(T1)
    assert [m.person_id for m in marks] == [f"10a1-{n}" for n in range(1, 6)]
    assert head_count_differs(3, marks) == 0
    assert head_count_differs(2, marks) == -1


def test_two_cards_one_hand(register, facts):
    first = facts.tap("10a1-1", "06:50:00")
    second = facts.tap("10a1-2", "06:50:00")
    register.apply(first)
    second = second._replace(wall_ms=second.wall_ms + 600, mono_ms=second.mono_ms + 600)
    assert register.apply(second).outcome == "present"
    register.apply(facts.tap("10a1-3", "06:50:02"))
    assert register.counts(T1).present == 3
    assert close_pairs(register.taps_on(MONDAY.date())) == (("10a1-1", "10a1-2"),)


def test_unknown_card_is_bound_later_and_its_tap_counts(school, facts):
    cards = [c for c in make_rows()["cards"] if c["person_id"] != "10a1-1"]
    register = Register(make_school(cards=cards), Rules())
    assert register.apply(facts.tap("10a1-1", "07:00")).outcome == "unknown"
    assert len(register.papers.unknown_taps()[0].text("last4")) == 4
    register.adopt(school)
    assert register.mark(T1, "10a1-1").presence == "present"
    assert register.papers.unknown_taps() == ()


def test_expired_card(facts):
    card = {"person_id": "10a1-1", "tech": "mifare", "uid": uid_of("10a1-1")}
    register = Register(make_school(cards=[card | {"valid_to": "2026-11-22"}]), Rules())
    assert register.apply(facts.tap("10a1-1", "07:00")).outcome == "revoked"


def test_card_of_another_class_is_kept_as_a_visit(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a3-1", "07:02"))
    assert visits(register.taps_on(MONDAY.date()), T1) == ("10a3-1",)


def test_card_of_another_class_whom_the_teacher_adds_hoc_ghep(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a3-1", "07:12"))
    register.apply(facts.make("guest", "07:13", lesson=T1, person="10a3-1", by="panel"))
    (guest,) = register.guests(T1)
    assert (guest.person_id, guest.presence, guest.minutes) == ("10a3-1", "late", 12)
    assert visits(register.taps_on(MONDAY.date()), T1) == ()
    assert "10a3-1" not in [m.person_id for m in register.marks(T1)]
    counts = register.counts(T1)
    assert (counts.size, counts.present, register.tapped(T1)) == (5, 0, 0)
    register.apply(facts.confirm(T1, "07:20"))
    register.apply(facts.make("guest", "07:25", lesson=T1, person="10a3-1", by="panel", out=True))
    assert register.guests(T1) == ()
    assert visits(register.taps_on(MONDAY.date()), T1) == ("10a3-1",)


def test_a_guest_is_a_pupil_of_the_school_and_not_of_the_class(register, facts):
    for person in ("ha", "nobody", "10a1-1"):
        register.apply(facts.make("guest", "07:00", lesson=T1, person=person, by="panel"))
    assert register.guests(T1) == ()
    assert register.counts(T1).size == 5


def test_pupil_moved_class_last_week(school, facts):
    rows = make_rows(enrolments=[
        {"person_id": "10a3-1", "class_id": "10a3", "valid_to": "2026-11-17"},
        {"person_id": "10a3-1", "class_id": "10a1", "valid_from": "2026-11-18"},
    ])  # fmt: skip
    register = Register(school, Rules())
    register.apply(facts.start("06:55", T1))
    assert register.apply(facts.tap("10a3-1", "07:00")).outcome == "other_class"
    register.adopt(make_school(enrolments=rows["enrolments"]))
    assert register.mark(T1, "10a3-1").presence == "present"
    assert register.counts(T1).size == 6
    assert visits(register.taps_on(MONDAY.date()), T1) == ()


def test_bank_or_canteen_card(facts):
    """The rule part: only the number counts, whatever the card is; readers never open sectors."""
    card = {"person_id": "10a1-1", "tech": "mifare", "uid": "04112233445566"}
    register = Register(make_school(cards=[card]), Rules())
    hashed = next(iter(register.school.cards))
    tap = facts.make("tap", "07:00", reader="door", tech="mifare", uid_hash=hashed, last4="5566")
    assert register.apply(tap).outcome == "present"


def test_phone_or_cccd_chip_with_a_random_uid():
    card = {"person_id": "10a1-1", "tech": "mifare", "uid": "08112233"}
    with pytest.raises(SchoolFileError, match="phone or identity chip"):
        make_school(cards=[card])


def test_reader_unplugged(register, facts):
    """The rule part: the whole roll by touch, without any card. The strip is the panel's."""
    register.apply(facts.start("06:55", T1))
    for n, word in enumerate(["present", "late", "absent", "left_early", "out_on_duty"], start=1):
        register.apply(facts.mark(T1, f"10a1-{n}", word, "07:02"))
    register.apply(facts.confirm(T1, "07:05"))
    counts = register.counts(T1)
    assert (counts.present, counts.late, counts.absent, counts.unmarked) == (4, 1, 1, 0)


def test_burst_45_pupils_in_2_min():
    """The rule part: every tap is judged and none is lost. Times are in tests/bench."""
    pupils = [
        {"id": f"p{n}", "kind": "pupil", "name": f"Lê Văn B{n}", "class_id": "10a1", "stt": n}
        for n in range(1, 46)
    ]
    cards = [{"person_id": p["id"], "tech": "mifare", "uid": uid_of(p["id"])} for p in pupils]
    staff = [{"id": "ha", "kind": "staff", "name": "Trần Thị Hà"}]
    register = Register(make_school(people=pupils + staff, cards=cards, groups=[]), Rules())
    facts = Facts()
    for n, pupil in enumerate(pupils):
        time = f"06:{50 + n * 120 // 45 // 60}:{n * 120 // 45 % 60:02}"
        assert register.apply(facts.tap(pupil["id"], time)).outcome == "present"
    assert (register.counts(T1).present, register.tapped(T1)) == (45, 45)


def test_power_cut_between_tap_and_disk(school, facts):
    """The rule part: what was stored gives the same register again, and the lost tap is a new one.

    That the beep comes after the disk is in tests/store and tests/attendance.
    """
    told = [facts.start("06:55", T1), facts.tap("10a1-1", "06:58")]
    facts.boot = "cc" * 16
    again = [facts.tap("10a1-2", "07:03")]
    register = Register(school, Rules())
    for fact in [*told, *again]:
        register.apply(fact)
    assert [register.mark(T1, f"10a1-{n}").presence for n in (1, 2)] == ["present", "present"]
    assert register.open_run("a1-05") is not None


EXAM = {"group": "thi-toan", "name": "Thi Toán", "room": "a1-05", "date": "2026-11-23",
        "start": "07:00", "end": "08:30",
        "candidates": [{"person_id": "10a3-1", "number": "010002"},
                       {"person_id": "10a1-1", "number": "010001"}]}  # fmt: skip


def test_exam_day(facts):
    """The room uses the exam's list; that readers are silent is in tests/attendance."""
    register = Register(make_school(exams=[EXAM]), Rules())
    lesson = "20261123-S-x0700-thi-toan"
    judgement = register.apply(facts.tap("10a1-1", "06:50"))
    assert (judgement.outcome, judgement.lesson_id) == ("present", lesson)
    assert register.apply(facts.tap("10a1-2", "06:51")).outcome == "other_class"
    assert [m.person_id for m in register.marks(lesson)] == ["10a1-1", "10a3-1"]
    day = [s.id for s in register.lessons_on(MONDAY.date())]
    assert T1 not in day
    assert T2 not in day
    assert register.lesson(lesson).class_name == "Thi Toán"
    assert register.timetable.is_exam("a1-05", at("07:30"))
    assert not register.timetable.is_exam("a1-05", at("08:30"))


@pytest.fixture
def monday():
    rows = make_rows()
    rows["timetable"][0] = rows["timetable"][0] | {"subject": "Sinh hoạt dưới cờ"}
    return Register(make_school(timetable=rows["timetable"]), Rules())


def test_chao_co_sports_trips(monday, facts):
    assert monday.apply(facts.tap("10a1-1", "06:50")).outcome == "present"
    assert monday.mark(T1, "10a1-1").presence == "unmarked"
    assert monday.proposals(T1) == {"10a1-1": "present"}
    assert monday.timetable.offered("a1-05", at("07:00")) == ()
    assert monday.timetable.ceremony("a1-05", at("07:00")).id == T1
    assert monday.lesson(T2).carried.present == 1
    monday.apply(facts.confirm(T1, "07:40", carried={"present": ["10a1-1"]}))
    assert monday.mark(T1, "10a1-1").presence == "present"
    assert monday.apply(facts.tap("10a1-2", "07:46")).lesson_id == T2
    assert monday.mark(T2, "10a1-2").presence == "present"


def test_gate_reader_room_kind_cong(school, facts):
    rooms = [*make_rows()["rooms"], {"id": "gate", "name": "Cổng trường", "kind": "cổng"}]
    register = Register(make_school(rooms=rooms), Rules())
    gate = Facts(room="gate", incarnation=3, boot="ab" * 16)
    assert register.apply(gate.tap("10a1-1", "06:45")).outcome == "noted"
    register.apply(gate.tap("10a1-1", "06:55"))
    assert register.arrivals(MONDAY.date()) == {"10a1-1": at("06:45")}
    assert register.mark(T1, "10a1-1").presence == "unmarked"
    assert register.apply(facts.tap("10a1-1", "06:56")).outcome == "present"


def test_who_may_be_absent_is_only_suggested_after_15_minutes(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "06:58"))
    state = register.lesson(T1)

    def suggested(time, dated=True):
        now = When(at(time), dated=dated, trusted=dated)
        return maybe_absent(state, register.marks(T1), now, Rules())

    assert suggested("07:14:59") == ()
    assert suggested("07:15") == ("10a1-2", "10a1-3", "10a1-4", "10a1-5")
    assert suggested("07:15", dated=False) == ()
    assert register.counts(T1).absent == 0
