"""Any interleaving and any order of arrival gives the same register, byte for byte.

Two rooms and an office tell one Monday: taps, marks, leave, excuses, corrections, reopenings,
decisions, logbook, good times seen late (anchors), power cuts, and timetable versions that come
while all this arrives; and clocks that are weeks off, seen through windows of some days.
"""

import json
from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from school.facts import Fact
from school.logbook import line_of
from school.moment import TimeQuality
from school.records import School, Session, TimetableEntry, TimetableVersion
from school.register import Register
from school.rules import Rules
from school.sessions import session_of
from school.span import Span
from tests.school.kit import MONDAY, Facts, at, make_rows, make_school

DAY = MONDAY.date()
ROOMS = {"a1-05": 1, "lab": 2, "office": 3, "gate": 4}
SCHOOL = make_school(
    rooms=[*make_rows()["rooms"], {"id": "gate", "name": "Cổng", "kind": "gate"}],
    leaves=[{"id": "l0", "person_id": "10a1-4",
             "first_day": "2026-11-23", "last_day": "2026-11-23"}],
    teaching_plan=[{"subject": "Toán", "grade": 10, "number": n, "title": f"Bài {n}"}
                   for n in (1, 2, 3)],
)  # fmt: skip
T1, T2, PM = "20261123-S-1-10a1", "20261123-S-2-10a1", "20261123-C-1-10a3"
AM3, PROVISIONAL = "20261123-S-1-10a3", "b00000000-2-10a1"
LESSONS = (T1, T2, AM3, PM, "20261123-S-3-hsg", PROVISIONAL)
PEOPLE = [f"{c}-{n}" for c in ("10a1", "10a3") for n in (1, 2, 4)]

lesson, person = st.sampled_from(LESSONS), st.sampled_from(PEOPLE)
presence = st.sampled_from(["present", "late", "absent", "left_early", "skipped", "unmarked"])
excuse = st.sampled_from(["unknown", "excused", "unexcused", "?"])
source = st.sampled_from(["teacher", "office", "homeroom", "paper", "undo"])


def told(kind, **body):
    return st.tuples(st.just(kind), st.fixed_dictionaries(body))


STEP = st.one_of(
    st.tuples(st.just("tap"), st.sampled_from([*PEOPLE, "ha", "nobody"])),
    st.tuples(st.just("tap"), person),
    told("mark", lesson=lesson, person=person, presence=presence, source=source),
    told("excuse", lesson=lesson, person=person, excuse=excuse, source=source,
         reason=st.sampled_from(["", "đơn"])),
    told("leave", leave=st.sampled_from(["l0", "l1"]), person=person, first=st.just("2026-11-23"),
         last=st.sampled_from(["2026-11-23", "2026-11-20"]), session=st.sampled_from(["", "S"]),
         state=st.sampled_from(["approved", "withdrawn", "requested"])),
    told("session", person=person, day=st.just("2026-11-23"), session=st.just("S"),
         absent=st.booleans(), excuse=excuse, source=source, by=st.just("lan")),
    told("logbook", lesson=lesson, number=st.integers(1, 3), title=st.sampled_from(["", "Ôn tập"])),
    told("run.started", run=st.sampled_from(["b00000000-1", "b00000000-2"]),
         lessons=st.lists(lesson, max_size=2, unique=True), picture=st.just(True)),
    told("run.ended", run=st.sampled_from(["b00000000-1", "b00000000-2"]), reason=st.just("touch")),
    told("run.continued", run=st.sampled_from(["b00000000-1", "b00000000-2"])),
    told("confirm", lesson=lesson, by=st.just("place"),
         carried=st.just({"present": PEOPLE[:2], "absent": PEOPLE[2:3]})),
    told("reopen", lesson=lesson, by=st.just("panel"), reason=st.just("nhầm")),
    told("late_tap_kept", lesson=lesson, person=person),
    told("guest", lesson=lesson, person=person, by=st.just("panel"), out=st.booleans()),
    st.tuples(st.just("anchor"), st.just({})),
)  # fmt: skip
STORY = st.lists(
    st.tuples(
        STEP,
        st.sampled_from([*ROOMS, "a1-05", "a1-05"]),
        st.integers(0, 25),  # minutes until then
        st.sampled_from(["ntp", "ntp", "hub", "none", "saved"]),
        st.booleans(),  # whether the power was cut before
    ),
    max_size=25,
)


HOUR_MS, MIDNIGHT_MS = 3_600_000, at("00:00")
FEW = st.sampled_from([T1, PROVISIONAL])
WILD = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("tap"), st.sampled_from(["10a1-1", "10a3-1"])),
            told("run.started", run=st.sampled_from(["b00000000-1", "b00000000-2"]),
                 lessons=st.lists(FEW, min_size=1, max_size=1), picture=st.just(True)),
            told("run.ended", run=st.just("b00000000-1"), reason=st.just("touch")),
            told("run.continued", run=st.just("b00000000-1")),
            told("run.dated", run=st.just("b00000000-2"), provisional=st.just([PROVISIONAL]),
                 lessons=st.sampled_from([[T1], [T2]])),
            told("guest", lesson=FEW, person=st.just("10a3-1"), by=st.just("panel"),
                 out=st.booleans()),
            told("confirm", lesson=FEW, by=st.just("place"), carried=st.just({})),
            told("mark", lesson=FEW, person=st.just("10a1-1"), presence=presence, source=source),
        ),
        st.sampled_from(["a1-05", "a1-05", "lab"]),
        st.integers(0, 1),  # which of the room's stores
        st.integers(0, 1),  # which boot
        st.integers(0, 8),  # half hours since boot
        st.integers(-8, 12),  # quarters of a day since Monday's midnight, as believed
        st.sampled_from(TimeQuality),
    ),
    max_size=8,
)  # fmt: skip
"""Clocks that contradict row numbers, one another and themselves, as broken ones may."""


def entry(group: str, slot: int, subject: str, room: str) -> TimetableEntry:
    return TimetableEntry(group, 1, Session.MORNING, slot, subject, "ha", room)


VERSIONS = [
    TimetableVersion("TKB 2", date(2026, 9, 14), (entry("10a1", 1, "Tin", "lab"),)),
    TimetableVersion("TKB 5", date(2026, 11, 23), (entry("10a1", 1, "Toán", "a1-05"),
                     entry("10a1", 2, "Toán", "a1-05"), entry("10a3", 3, "Toán", "lab"))),
    TimetableVersion("TKB 6", date(2026, 11, 30), (entry("10a3", 1, "Chào cờ", "a1-05"),)),
]  # fmt: skip


def facts_of(story) -> list[Fact]:
    """The facts of a story in the order in which they happened."""
    rooms = {room: Facts(room, incarnation=n) for room, n in ROOMS.items()}
    minute, boots, facts = 6 * 60 + 20, 0, []
    for (kind, body), room, wait, tq, cut in story:
        minute += wait
        boots += cut and wait > 15
        here, time = rooms[room], f"{minute // 60:02}:{minute % 60:02}"
        here.boot, here.tq = f"{ROOMS[room]:016x}{boots:016x}", TimeQuality(tq)
        here.incarnation = ROOMS[room] * 100 - boots // 2
        fact = here.tap(body, time) if kind == "tap" else here.make(kind, time, **body)
        shift_ms = 0 if here.tq.trusted else -7_200_000 * (tq == "none")
        facts.append(fact._replace(wall_ms=fact.wall_ms + shift_ms))
    return facts


def wild_facts_of(drawn) -> list[Fact]:
    facts = []
    for seq, ((kind, body), room, store, boot, halves, quarters, tq) in enumerate(drawn, start=1):
        here = Facts(room, incarnation=10 * ROOMS[room] + store, boot=f"{boot:032x}")
        made = here.tap(body, "00:00") if kind == "tap" else here.make(kind, "00:00", **body)
        mono_ms, wall_ms = halves * HOUR_MS // 2, MIDNIGHT_MS + quarters * 6 * HOUR_MS
        fact_id = f"{here.incarnation:016x}-{seq}"
        facts.append(made._replace(id=fact_id, mono_ms=mono_ms, wall_ms=wall_ms, tq=tq))
    return facts


def replay(school: School, arrivals: list[Fact | TimetableVersion]) -> Register:
    register = Register(school, Rules())
    for one in arrivals:
        if isinstance(one, TimetableVersion):
            register.adopt(register.school.with_version(one))
        else:
            register.apply(one)
    return register


def as_bytes(register: Register) -> bytes:
    """All that the register says, as bytes."""
    people = [(p, p.rpartition("-")[0]) for p in PEOPLE]
    said = {
        "marks": {one: [m._asdict() for m in register.marks(one)] for one in LESSONS},
        "guests": {one: [m._asdict() for m in register.guests(one)] for one in LESSONS},
        "proposals": {one: sorted(register.proposals(one).items()) for one in LESSONS},
        "lessons": [register.lesson(one)._asdict() for one in LESSONS],
        "day": [state._asdict() for state in register.lessons_on(DAY)],
        "lines": [asdict(line_of(register, one)) for one in LESSONS],
        "taps": [asdict(tap) for tap in register.taps_on(DAY)],
        "unknown": sorted(fact.id for fact in register.papers.unknown_taps()),
        "arrivals": sorted(register.arrivals(DAY).items()),
        "leaves": {p: [asdict(one) for one in register.papers.leaves(p)] for p in PEOPLE},
        "sessions": [
            asdict(session_of(register, p, g, DAY, half)) for p, g in people for half in Session
        ],
        "runs": [
            (r.id, r.lessons, r.ended and r.ended.id) for x in ROOMS for r in register.runs(x)
        ],
        "touched": register.touched_lessons(),
        "history": [
            [fact.id for fact in register.history(one, p)] for one in LESSONS for p in PEOPLE
        ],
    }  # fmt: skip
    return json.dumps(said, default=str, sort_keys=True).encode()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORY, st.lists(st.sampled_from(VERSIONS), unique=True), st.data())
def test_two_independent_replays_are_equal_byte_for_byte(story, versions, data):
    facts = facts_of(story)
    first = data.draw(st.permutations([*facts, *versions, *facts[:3]]))
    second = [*versions[::-1], *facts]
    assert as_bytes(replay(SCHOOL, first)) == as_bytes(replay(SCHOOL, second))


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
)
@given(WILD, st.data())
def test_clocks_that_contradict_one_another_do_not_make_the_order_of_arrival_count(drawn, data):
    facts = wild_facts_of(drawn)
    other = data.draw(st.permutations(facts))
    assert as_bytes(replay(SCHOOL, other)) == as_bytes(replay(SCHOOL, facts))


WEEKS = {n: MONDAY + timedelta(days=n) for n in (-28, -14, -1, 0, 1, 14)}
FAR = [f"{day:%Y%m%d}-S-{slot}-10a1" for day in WEEKS.values() for slot in (1, 2)]
SOME = st.sampled_from([T1, T1, T2, PROVISIONAL, *FAR])
LOST = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("tap"), st.sampled_from(["10a1-1", "10a1-2", "10a3-1", "nobody"])),
            told("run.started", run=st.sampled_from(["b00000000-1", "b00000000-2", "b00000000-3"]),
                 lessons=st.lists(SOME, max_size=2), picture=st.just(True)),
            told("run.ended", run=st.sampled_from(["b00000000-1", "b00000000-2"]),
                 reason=st.just("touch")),
            told("run.dated", run=st.just("b00000000-2"), provisional=st.just([PROVISIONAL]),
                 lessons=st.lists(st.sampled_from([T1, T2, *FAR]), min_size=1, max_size=1)),
            told("guest", lesson=SOME, person=st.just("10a3-1"), by=st.just("panel"),
                 out=st.booleans()),
            told("confirm", lesson=SOME, by=st.just("place"),
                 carried=st.sampled_from([{}, {"present": ["10a1-2"]}])),
            told("confirm", lesson=SOME, by=st.just("place"), cards=st.sampled_from(
                 [{}, {"present": ["10a1-1"]}, {"late": {"10a3-1": 7}}])),
            told("reopen", lesson=SOME, by=st.just("panel"), reason=st.just("nhầm")),
            told("mark", lesson=SOME, person=st.sampled_from(["10a1-1", "10a3-1"]),
                 presence=presence, source=source),
            told("leave", leave=st.just("l1"), person=st.just("10a1-1"), session=st.just(""),
                 first=st.just("2026-11-23"), last=st.just("2026-11-23"),
                 state=st.sampled_from(["approved", "withdrawn"])),
            st.tuples(st.just("anchor"), st.just({})),
        ),
        st.sampled_from(["a1-05", "a1-05", "lab"]),
        st.integers(0, 1),  # which of the room's stores
        st.integers(0, 1),  # which boot
        st.integers(0, 8),  # half hours since boot
        st.tuples(st.sampled_from([*WEEKS, 0, 0]), st.integers(25, 34)),  # day; quarters of hours
        st.sampled_from(TimeQuality),
    ),
    max_size=9,
)  # fmt: skip
"""Clocks that are weeks off, be they trusted or not, and lessons of all these weeks."""


def lost_facts_of(drawn) -> list[Fact]:
    wild = [
        (step, room, store, boot, halves, 0, tq) for step, room, store, boot, halves, _, tq in drawn
    ]
    facts = wild_facts_of(wild)
    return [
        fact._replace(wall_ms=MIDNIGHT_MS + days * 24 * HOUR_MS + quarters * HOUR_MS // 4)
        for fact, (_, _, _, _, _, (days, quarters), _) in zip(facts, drawn, strict=True)
    ]


def day_as_bytes(register: Register, day: date) -> bytes:
    """All that the register says of one day's lessons, as bytes."""
    lessons = [lesson for lesson in (T1, T2, *FAR) if lesson.startswith(f"{day:%Y%m%d}")]
    said = {
        "marks": {one: [m._asdict() for m in register.marks(one)] for one in lessons},
        "presences": {one: dict(register.presences(one)) for one in lessons},
        "guests": {one: [m._asdict() for m in register.guests(one)] for one in lessons},
        "proposals": {one: sorted(register.proposals(one).items()) for one in lessons},
        "day": [state._asdict() for state in register.lessons_on(day)],
        "taps": [asdict(tap) for tap in register.taps_on(day) if tap.at_ms >= 0],
        "history": [[f.id for f in register.history(one, p)] for one in lessons for p in PEOPLE],
    }
    return json.dumps(said, default=str, sort_keys=True).encode()


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
)
@given(LOST, st.sampled_from(list(WEEKS.values())), st.booleans(), st.data())
def test_a_window_of_facts_says_of_its_days_what_all_facts_say(drawn, that, is_open, data):
    """The hub keeps two weeks in memory and reads single days; a room keeps five weeks."""
    facts, day = lost_facts_of(drawn), that.date()
    whole = replay(SCHOOL, facts)
    span = Span(day, None if is_open else day)
    part = replay(SCHOOL, [span.cut(fact, SCHOOL) for fact in data.draw(st.permutations(facts))])
    days = [one.date() for one in WEEKS.values() if one.date() == day or (is_open and one > that)]
    for one in days:
        assert day_as_bytes(part, one) == day_as_bytes(whole, one)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(LOST, st.sampled_from(list(WEEKS.values())), st.integers(0, 9), st.booleans(), st.data())
def test_what_is_let_go_of_changes_nothing_of_the_days_that_stay(drawn, that, n, adopts, data):
    facts, day = data.draw(st.permutations(lost_facts_of(drawn))), that.date()
    whole = replay(SCHOOL, facts)
    part = replay(SCHOOL, facts[:n])
    part.forget_before(day)
    for fact in facts[n:]:
        part.apply(fact)
    if adopts:
        part.adopt(SCHOOL)
    for one in WEEKS.values():
        if one.date() >= day:
            assert day_as_bytes(part, one.date()) == day_as_bytes(whole, one.date())


def begun(run: str, lesson: str):
    return ("run.started", {"run": run, "lessons": [lesson], "picture": True})


def dated(run: str, lesson: str):
    return ("run.dated", {"run": run, "provisional": [PROVISIONAL], "lessons": [lesson]})


def welcome(lesson: str):
    return ("guest", {"lesson": lesson, "person": "10a3-1", "by": "panel", "out": False})


RUN_1, RUN_2, TAP = "b00000000-1", "b00000000-2", ("tap", "10a1-1")


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(TAP, 0, 2), (TAP, 1, -2), (begun(RUN_1, T1), 0, 0)], id="two days a boot"),
        pytest.param([(begun(RUN_2, PROVISIONAL), 0, 0), (TAP, 0, 0), (dated(RUN_2, T1), 0, 0),
                      (dated(RUN_2, T2), 0, 0)], id="dated twice"),
        pytest.param([(TAP, 0, 0), (begun(RUN_1, PROVISIONAL), 0, 0), (dated(RUN_2, T1), 0, 0)],
                     id="the lesson of another run"),
        pytest.param([(("tap", "10a3-1"), 0, 0), (begun(RUN_1, PROVISIONAL), 0, 0),
                      (dated(RUN_2, T1), 0, 0), (welcome(T1), 0, 0)], id="a guest of it"),
        pytest.param([(TAP, 0, 0), (dated(RUN_2, T2), 0, 0), (begun(RUN_2, T1), 0, 0)],
                     id="dated though it had a date"),
        pytest.param([(dated(RUN_2, T1), 0, 0), (dated(RUN_2, T2), 0, 0), (begun(RUN_2, T1), 0, 0),
                      (begun(RUN_2, PROVISIONAL), 0, 0)], id="one id, two starts"),
    ],
)  # fmt: skip
def test_orders_of_arrival_that_once_counted(steps):
    drawn = [(step, "a1-05", store, 0, 0, day, TimeQuality.NONE) for step, store, day in steps]
    facts = wild_facts_of(drawn)
    found = {as_bytes(replay(SCHOOL, list(some))) for some in permutations(facts)}
    assert len(found) == 1


def test_a_good_time_seen_late_turns_the_order_of_two_datings_round():
    wild = [
        (dated(RUN_2, T1), "a1-05", 0, 0, 0, 0, TimeQuality.NONE),
        (dated(RUN_2, T1), "lab", 0, 1, 0, -1, TimeQuality.NONE),
        (dated(RUN_2, T2), "lab", 1, 0, 0, -1, TimeQuality.NONE),
        (begun(RUN_2, T1), "lab", 0, 1, 0, 0, TimeQuality.HUB),
    ]
    found = {as_bytes(replay(SCHOOL, list(some))) for some in permutations(wild_facts_of(wild))}
    assert len(found) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORY, st.lists(st.sampled_from(VERSIONS), unique=True))
def test_versions_that_came_late_are_as_if_known_from_the_beginning(story, versions):
    facts, school = facts_of(story), SCHOOL
    for version in versions:
        school = school.with_version(version)
    late = replay(SCHOOL, [*facts, *versions])
    assert as_bytes(late) == as_bytes(replay(school, facts))


def test_a_version_is_never_edited_in_place():
    once = SCHOOL.with_version(VERSIONS[1])
    assert once.with_version(replace(VERSIONS[1], entries=())) == once
    assert [v.name for v in once.with_version(VERSIONS[0]).timetables] == ["TKB 2", "TKB 5"]
