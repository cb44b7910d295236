"""The register depends on the set of facts alone, and its counts always add up."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from school.facts import Fact
from school.moment import TimeQuality
from school.register import Register
from school.rules import Rules
from sync.wire.event import Event, encode_body
from sync.wire.fact import fact_of
from tests.school.kit import MONDAY, Facts, at, make_school

SCHOOL = make_school()
T1, T2 = "20261123-S-1-10a1", "20261123-S-2-10a1"
AM3, PM = "20261123-S-1-10a3", "20261123-C-1-10a3"
HSG = "20261123-S-3-hsg"
LESSONS = (T1, T2, AM3, PM, HSG)
PEOPLE = [f"{c}-{n}" for c in ("10a1", "10a3") for n in range(1, 6)]
PUPILS = st.sampled_from([*PEOPLE, "ha", "nobody"])

TAP = st.tuples(st.just("tap"), PUPILS)
MARK = st.tuples(
    st.just("mark"),
    st.sampled_from(LESSONS),
    st.sampled_from(PEOPLE),
    st.sampled_from(["present", "late", "absent", "left_early", "skipped", "unmarked", "x"]),
    st.sampled_from(["teacher", "office", "homeroom", "undo", "card", "?"]),
)
START = st.tuples(
    st.just("start"),
    st.lists(st.sampled_from(LESSONS), max_size=2, unique=True),
    st.integers(1, 4),
)
END = st.tuples(st.just("end"), st.integers(1, 4))
SEAL = st.tuples(st.sampled_from(["confirm", "carried", "reopen"]), st.sampled_from(LESSONS))
KEEP = st.tuples(st.just("keep"), st.sampled_from(LESSONS), st.sampled_from(PEOPLE))
STEPS = st.lists(
    st.tuples(
        st.one_of(TAP, TAP, TAP, MARK, START, END, SEAL, KEEP),
        st.integers(0, 25),  # minutes until then
        st.sampled_from(["ntp", "ntp", "ntp", "none", "saved"]),
        st.booleans(),  # whether the room was cut off the power before
    ),
    max_size=30,
)
MAKE = {
    "tap": lambda f, t, who: f.tap(who, t),
    "mark": lambda f, t, lesson, who, what, by: f.mark(lesson, who, what, t, source=by),
    "start": lambda f, t, lessons, n: f.start(t, *lessons, run=f"b00000000-{n}"),
    "end": lambda f, t, n: f.end(t, run=f"b00000000-{n}"),
    "confirm": lambda f, t, lesson: f.confirm(lesson, t),
    "carried": lambda f, t, lesson: f.confirm(lesson, t, carried={"present": PEOPLE[:3]}),
    "reopen": lambda f, t, lesson: f.reopen(lesson, t),
    "keep": lambda f, t, lesson, who: f.keep(lesson, who, t),
}


def story(steps) -> list[Fact]:
    """What happened on one morning, one fact a step."""
    facts, minute, boots = Facts(), 6 * 60 + 20, 0
    told = []
    for (kind, *rest), wait, tq, cut in steps:
        minute += wait
        boots += cut and wait > 20
        facts.boot = f"{boots:032x}"
        facts.incarnation = 9 - boots // 2  # a damaged store: its successor's name may sort before
        facts.tq = TimeQuality(tq)
        fact = MAKE[kind](facts, f"{minute // 60:02}:{minute % 60:02}", *rest)
        shift_ms = 0 if facts.tq.trusted else -7_200_000 * (tq == "none")
        told.append(fact._replace(wall_ms=fact.wall_ms + shift_ms))
    return told


def register_of(facts) -> Register:
    register = Register(SCHOOL, Rules())
    for fact in facts:
        register.apply(fact)
    return register


def seen(register: Register) -> list[object]:
    """All that can be seen from outside."""
    lessons = [register.lesson(lesson) for lesson in LESSONS]
    marks = [register.marks(lesson) for lesson in LESSONS]
    run = register.open_run("a1-05")
    day = [state.id for state in register.lessons_on(MONDAY.date())]
    return [lessons, marks, run.id if run else None, day]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.randoms(use_true_random=False))
def test_any_arrival_order_gives_the_same_register(steps, random):
    facts = story(steps)
    shuffled = [*facts, *facts[:5]]
    random.shuffle(shuffled)
    assert seen(register_of(shuffled)) == seen(register_of(facts))


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_fact_twice_changes_nothing(steps):
    facts = story(steps)
    register = register_of(facts)
    before = seen(register)
    assert [register.apply(fact) for fact in facts] == [None] * len(facts)
    assert seen(register) == before


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_present_absent_and_unmarked_are_the_class_at_every_moment(steps):
    register = Register(SCHOOL, Rules())
    for fact in story(steps):
        register.apply(fact)
        for lesson in LESSONS:
            counts = register.counts(lesson)
            assert counts.size == counts.present + counts.absent + counts.unmarked
            assert counts.size == len(SCHOOL.roster(lesson.rpartition("-")[2]))
            assert counts.late <= counts.present
            assert counts.excused <= counts.absent


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_nobody_is_late_on_a_doubtful_clock(steps):
    facts = {fact.id: fact for fact in story(steps)}
    register = register_of(facts.values())
    for lesson in LESSONS:
        for mark in register.marks(lesson):
            if mark.presence == "late" and mark.source == "card":
                assert facts[mark.fact_id].tq.trusted


@settings(max_examples=100, deadline=None)
@given(STEPS, st.data())
def test_a_card_never_overturns_a_person(steps, data):
    register, facts = Register(SCHOOL, Rules()), story(steps)
    for fact in facts:
        before = {lesson: register.marks(lesson) for lesson in LESSONS}
        if fact.kind == "tap" and fact.tq.trusted:
            register.apply(fact)
            for lesson, marks in before.items():
                said = {m.person_id: m.presence for m in marks if m.source in ("teacher", "office")}
                after = {m.person_id: m.presence for m in register.marks(lesson)}
                assert said.items() <= after.items()
        else:
            register.apply(fact)


def test_taps_in_two_rooms_give_one_mark_and_the_first_counts(school):
    register = Register(school, Rules())
    here, lab = Facts(), Facts(room="lab", incarnation=2, boot="cd" * 16)
    register.apply(lab.start("07:00", T1, run="bcdcdcdcd-1"))
    register.apply(lab.tap("10a1-1", "07:03"))
    register.apply(here.tap("10a1-1", "07:01"))
    mark = register.mark(T1, "10a1-1")
    assert (mark.presence, mark.at_ms) == ("present", at("07:01"))


def test_provisional_run_gets_its_date(register, facts):
    run, group = "b00000000-1", "10a1"
    facts.tq = TimeQuality.NONE
    facts.boot = "ee" * 16
    told = [
        facts.start("07:01", f"{run}-{group}", run=run),
        facts.tap("10a1-1", "07:02"),
        facts.mark(f"{run}-{group}", "10a1-2", "absent", "07:03"),
    ]
    for fact in told:
        register.apply(fact)
    assert register.lesson(f"{run}-{group}").counts.present == 1
    facts.tq = TimeQuality.HUB
    dated = facts.make("run.dated", "07:10", run=run, provisional=[f"{run}-{group}"], lessons=[T1])
    register.apply(dated)
    state = register.lesson(T1)
    assert (state.counts.present, state.counts.absent, state.attendance) == (1, 1, "open")
    assert register.lesson(f"{run}-{group}").id == T1
    again = register_of([dated, *reversed(told)])
    assert again.marks(T1) == register.marks(T1)


def test_first_roll_by_touch_outranks_the_cards(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "06:58"))
    register.apply(facts.mark(T1, "10a1-1", "absent", "07:05"))
    register.apply(facts.tap("10a1-2", "07:08"))
    register.apply(facts.mark(T1, "10a1-2", "present", "07:09"))
    assert register.mark(T1, "10a1-1").presence == "absent"
    assert register.mark(T1, "10a1-2").presence == "present"


def test_late_tap_after_confirmation_is_a_question(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.mark(T1, "10a1-2", "absent", "07:10"))
    register.apply(facts.confirm(T1, "07:12"))
    assert register.apply(facts.tap("10a1-2", "07:22")).outcome == "late"
    mark = register.mark(T1, "10a1-2")
    assert (mark.presence, mark.question.minutes) == ("absent", 22)
    assert mark.question.at_ms == at("07:22")
    register.apply(facts.keep(T1, "10a1-2", "07:23"))
    assert register.mark(T1, "10a1-2").question is None


def test_late_tap_answered_by_a_mark(register, facts):
    register.apply(facts.mark(T1, "10a1-2", "absent", "07:10"))
    register.apply(facts.confirm(T1, "07:12"))
    register.apply(facts.tap("10a1-2", "07:22"))
    register.apply(facts.mark(T1, "10a1-2", "late", "07:23", minutes=22))
    mark = register.mark(T1, "10a1-2")
    assert (mark.presence, mark.minutes, mark.question) == ("late", 22, None)


def test_reopened_lesson_is_open_again(register, facts):
    register.apply(facts.mark(T1, "10a1-2", "absent", "07:10"))
    register.apply(facts.confirm(T1, "07:12"))
    assert register.lesson(T1).attendance == "confirmed"
    assert register.lesson(T1).confirmed_at_ms == at("07:12")
    register.apply(facts.reopen(T1, "07:30"))
    assert register.lesson(T1).attendance == "open"


def test_undo_lets_the_card_speak_again(register, facts):
    register.apply(facts.tap("10a1-1", "06:58"))
    register.apply(facts.mark(T1, "10a1-1", "absent", "07:05"))
    register.apply(facts.mark(T1, "10a1-1", "unmarked", "07:06", source="undo"))
    mark = register.mark(T1, "10a1-1")
    assert (mark.presence, mark.source) == ("present", "card")


def test_who_is_touched_to_unmarked_stays_so_until_a_new_card(register, facts):
    register.apply(facts.tap("10a1-1", "06:58"))
    register.apply(facts.mark(T1, "10a1-1", "unmarked", "07:05"))
    assert register.mark(T1, "10a1-1").presence == "unmarked"


def test_office_outranks_a_later_teacher(register, facts):
    register.apply(facts.mark(T1, "10a1-1", "present", "07:05", source="office"))
    register.apply(facts.mark(T1, "10a1-1", "absent", "07:06"))
    assert register.mark(T1, "10a1-1").source == "office"


def test_a_clock_that_jumps_back_does_not_change_the_order(register, facts):
    register.apply(facts.mark(T1, "10a1-1", "absent", "07:30"))
    register.apply(facts.mark(T1, "10a1-1", "present", "06:40"))
    assert register.mark(T1, "10a1-1").presence == "present"


def test_malformed_facts_are_left_out(register, facts):
    for body in ({}, {"lesson": 7}, {"lesson": "x", "person": None}, {"lesson": T1, "person": 3}):
        for kind in ("tap", "run.started", "run.ended", "run.dated", "mark", "confirm", "reopen"):
            register.apply(facts.make(kind, "07:00", **body))
    assert register.apply(facts.make("something.else", "07:00")) is None
    assert register.counts(T1).unmarked == 5


def test_lesson_of_unknown_group_is_empty(register):
    state = register.lesson("20261123-S-1-9c")
    assert (state.counts.size, state.attendance, state.class_name) == (0, "none", "9c")
    assert register.marks("no lesson at all") == ()


def test_what_is_forgotten_is_gone_and_the_rest_stays(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "06:58"))
    register.apply(facts.tap("nobody", "06:59"))
    register.apply(facts.make("logbook", "07:40", lesson=T1, number=3))
    register.apply(facts.end("07:45"))
    before = seen(register)
    register.forget_before(MONDAY.date())
    register.adopt(register.school)
    assert seen(register) == before
    assert register.papers.logbook(T1).number == 3
    assert len(register.papers.unknown_taps()) == 1
    register.forget_before(MONDAY.date() + timedelta(days=1))
    register.adopt(register.school)
    assert register.touched_lessons() == ()
    assert register.papers.unknown_taps() == ()
    assert register.runs("a1-05") == ()
    assert register.lesson(T1).attendance == "none"


def test_fact_of_a_stored_event():
    event = Event(7, "tap", "ab" * 16, 5, 6, "hub", encode_body({"reader": "door"}))
    fact = fact_of("a1-05", 255, event)
    assert (fact.id, fact.tq, fact.text("reader")) == ("00000000000000ff-7", "hub", "door")
