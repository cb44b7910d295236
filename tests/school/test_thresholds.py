"""Thresholds are dated rows of the records, the same in room and hub; files only begin them."""

import json
from datetime import date

import pytest

from config.load import load_room
from edge.attendance.views import lesson_json
from edge.cli.check import notes
from edge.settings import for_room, held_school, passed_over_in, records_folder
from school.mistakes import SchoolFileError
from school.register import Register
from school.rules import Rules
from school.school_file import read_rows, read_school
from sync.hub.records import give_first_thresholds
from sync.hub.records import held_school as held_by_hub
from sync.hub.records import passed_over_in as passed_over_in_hub
from sync.hub.records import records_folder as hub_folder
from sync.hub.settings import load_settings
from sync.state.records import digest
from tests.school.kit import Facts, at, make_rows, make_school

T1 = "20261123-S-1-10a1"
DAY = date(2026, 11, 23)
PLAIN = Rules()


def row(late: int, valid_from: str | None = None, opens: int = 20) -> dict:
    return {"valid_from": valid_from, "open_before_min": opens, "late_after_min": late,
            "maybe_absent_after_min": 15}  # fmt: skip


def late_min(school, rules=PLAIN) -> int | None:
    register, facts = Register(school, rules), Facts()
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "07:08"))
    return register.mark(T1, "10a1-1").minutes


def test_the_records_stand_before_a_file():
    strict, mild = Rules(late_after_min=1), Rules(late_after_min=30)
    school = make_school(thresholds=[row(10)])
    assert late_min(school, strict) is late_min(school, mild) is None
    assert (late_min(make_school(), strict), late_min(make_school(), mild)) == (8, None)


@pytest.mark.parametrize(
    ("since", "minutes"), [("2026-11-23", 8), ("2026-11-24", None), ("2026-09-01", 8)]
)
def test_a_row_holds_from_its_day_on(since, minutes):
    assert late_min(make_school(thresholds=[row(5, since), row(10)])) == minutes


def test_the_first_row_holds_before_its_own_day_too():
    assert (
        late_min(make_school(thresholds=[row(10, "2027-01-01")]), Rules(late_after_min=1)) is None
    )


def test_cards_count_from_when_the_records_say():
    early = make_school(thresholds=[row(5, opens=60)])
    for school, outcome in ((early, "present"), (make_school(), "noted")):
        assert Register(school, Rules()).apply(Facts().tap("10a1-1", "06:10")).outcome == outcome


def test_panel_and_start_touch_go_by_the_records_too():
    school = make_school(thresholds=[row(5, opens=90) | {"maybe_absent_after_min": 3}])
    register = Register(school, Rules())
    shown = lesson_json(register.lesson(T1), school, Rules())
    assert shown["maybe_absent_at"] == "2026-11-23T07:03:00+07:00"
    assert [one.id for one in register.timetable.offered("a1-05", at("05:31"))] == [T1]
    assert register.timetable.offered("a1-05", at("05:29")) == ()
    assert register.timetable.name_lesson("10a3", at("05:31")) == "20261123-S-1-10a3"


def test_two_rows_of_one_day_clash():
    with pytest.raises(SchoolFileError, match="thresholds"):
        make_school(thresholds=[row(5), row(6)])


@pytest.fixture
def hub(tmp_path):
    """`hub.toml` with these lines, and a school without thresholds beside it."""

    def make(lines: str = "", **rows):
        (tmp_path / "school.json").write_text(json.dumps(make_rows(**rows)))
        (tmp_path / "hub.toml").write_text(f'schema = 1\n[hub]\nstate = "state"\n{lines}\n')
        (tmp_path / "state").mkdir(exist_ok=True)
        return load_settings(tmp_path / "hub.toml")

    return make


def test_the_hub_writes_the_first_row_into_the_records(hub):
    settings = hub("late_after_min = 7\nmaybe_absent_after_min = 11")
    hub_folder(settings).settle()
    (held,) = read_rows(hub_folder(settings).read()).thresholds
    assert (held.valid_from, held.open_before_min, held.late_after_min) == (None, 20, 7)
    assert held.maybe_absent_after_min == 11
    assert held_by_hub(settings).thresholds[0].late_after_min == 7


def test_records_of_an_older_hub_get_it_at_its_start_without_a_version_of_their_own(hub):
    settings = hub("late_after_min = 7")
    raw = settings.school.read_bytes()
    (settings.state / "school.json").write_bytes(raw)
    assert held_by_hub(settings).thresholds[0].late_after_min == 7
    give_first_thresholds(settings)
    assert read_school((settings.state / "school.json").read_bytes()).thresholds
    assert not list(settings.state.glob("school.json.*"))
    before = hub_folder(settings).read()
    give_first_thresholds(settings)
    assert hub_folder(settings).read() == before


def test_a_file_that_is_edited_later_is_passed_over_and_named(hub):
    hub_folder(hub("late_after_min = 7")).settle()
    settings = hub("late_after_min = 9")
    hub_folder(settings).settle()
    school = held_by_hub(settings)
    assert school.thresholds[0].late_after_min == 7
    assert passed_over_in_hub(settings, school, DAY) == {"late_after_min": (9, 7)}
    assert passed_over_in_hub(hub(), school, DAY) == {}  # it says nothing


def test_records_that_are_given_without_thresholds_keep_those_that_held(hub):
    settings = hub("late_after_min = 7")
    folder = hub_folder(settings)
    folder.settle()
    bare = json.dumps(make_rows(school={"id": "x", "name": "Trường X"})).encode()
    folder.replace(bare, digest(folder.read()))
    assert read_school(folder.read()).thresholds[0].late_after_min == 7


@pytest.fixture
def room(tmp_path):
    def make(lines: str = "", hub: str = "", **rows):
        (tmp_path / "school.json").write_text(json.dumps(make_rows(**rows)))
        (tmp_path / "room.toml").write_text(
            'schema = 1\n[room]\nid = "a1-05"\nname = "A1.05"\n'
            f'{hub}\n[attendance]\nschool = "school.json"\n{lines}\n'
        )
        return load_room(tmp_path / "room.toml")

    return make


HUB = '[hub]\nurl = "https://127.0.0.1:1"\nroot = "root.pem"'


def test_a_room_without_a_server_begins_with_its_own_file(room, tmp_path):
    loaded = room("late_after_min = 3")
    records_folder(loaded, tmp_path / "state").settle()
    assert held_school(loaded, tmp_path / "state").thresholds[0].late_after_min == 3
    again = room("late_after_min = 4")
    school = held_school(again, tmp_path / "state")
    assert school.thresholds[0].late_after_min == 3
    assert passed_over_in(again, school, DAY) == {"late_after_min": (4, 3)}


def test_a_room_with_a_server_takes_the_servers_and_makes_none(room, tmp_path):
    loaded = room("late_after_min = 3", HUB)
    raw = for_room(loaded, tmp_path, (tmp_path / "school.json").read_bytes())
    assert read_school(raw).thresholds == ()
    loaded = room("late_after_min = 3", HUB, thresholds=[row(6)])
    raw = for_room(loaded, tmp_path, (tmp_path / "school.json").read_bytes())
    assert passed_over_in(loaded, read_school(raw), DAY) == {"late_after_min": (3, 6)}


def test_room_and_hub_call_the_same_pupils_late(room, hub, tmp_path):
    settings = hub("late_after_min = 7")
    hub_folder(settings).settle()
    loaded = room("late_after_min = 30", HUB)
    raw = for_room(loaded, tmp_path / "room", hub_folder(settings).read())
    assert late_min(read_school(raw), Rules(late_after_min=30)) == 8
    assert late_min(held_by_hub(settings), settings.rules) == 8


def whole_of(folder) -> bytes:
    return (folder / "school.json").read_bytes()


def test_a_room_keeps_its_own_groups_alone_whatever_it_was_given(room, tmp_path):
    classes = [*make_rows()["classes"], {"id": "11b1", "name": "11B1"}]
    people = [*make_rows()["people"], {"id": "b", "kind": "pupil", "name": "Lê Văn Xa",
                                       "class_id": "11b1"}]  # fmt: skip
    state = tmp_path / "state"
    alone = for_room(room(classes=classes, people=people), state, whole_of(tmp_path))
    assert "Lê Văn Xa" in alone.decode()  # there the office has no other place for it
    loaded = room(hub=HUB, classes=classes, people=people)
    records_folder(loaded, state).settle()
    assert "Lê Văn Xa" not in (state / "school.json").read_text()
    whole = whole_of(tmp_path)
    for name in ("school.json", "school.json.1"):  # as an older agent left them
        (state / name).write_bytes(whole)
    folder = records_folder(loaded, state)
    folder.amend(lambda raw: for_room(loaded, state, raw), versions=True)
    assert not any("Lê Văn Xa" in path.read_text() for path in state.glob("school.json*"))
    assert folder.read() == for_room(loaded, state, folder.read())


def test_check_names_what_is_passed_over(room, tmp_path, monkeypatch):
    loaded = room("late_after_min = 3", thresholds=[row(6)])
    monkeypatch.setenv("LOPHOC_STATE", str(tmp_path / "nowhere"))
    (said,) = notes(loaded)
    assert "late_after_min = 3" in said
    assert "6" in said
    assert list(notes(room(thresholds=[row(6)]))) == []
    (tmp_path / "school.json").write_text("{")
    assert list(notes(loaded)) == []


@pytest.mark.parametrize("since", [None, "2026-11-23"])
def test_what_was_confirmed_stays_when_thresholds_change_in_the_middle_of_a_day(since):
    mild, strict = (make_school(thresholds=[row(late, since)]) for late in (25, 1))
    register, facts = Register(make_school(), PLAIN), Facts()
    told = [facts.start("06:55", T1), facts.tap("10a1-1", "07:08"), facts.tap("10a1-2", "07:03")]
    for fact in told:
        register.apply(fact)
    register.adopt(mild)
    assert register.mark(T1, "10a1-1").minutes is None  # nobody has confirmed it yet
    cards = {"present": ["10a1-2"], "late": {"10a1-1": 8}}
    seal = facts.confirm(T1, "07:15", cards=cards)
    register.apply(seal)
    for school in (mild, strict, make_school()):
        register.adopt(school)
        assert [register.mark(T1, f"10a1-{n}").minutes for n in (1, 2)] == [8, None]
        late_told = Register(school, PLAIN)
        for fact in (seal, *reversed(told)):
            late_told.apply(fact)
        assert late_told.lesson(T1).counts == register.lesson(T1).counts
    register.adopt(mild)
    register.apply(facts.reopen(T1, "07:20"))
    assert register.mark(T1, "10a1-1").minutes is None
