"""What is not as it should be is judged once, and nothing that is wrong counts as fine."""

import pytest

from devices.capability import Capability
from edge.room.health import Area, Finding, HealthFacts, Level, StoreState, findings, is_fine
from edge.room.keeper import Identity, Keeper, Surround
from edge.supervisor import Part, PartState
from school.moment import TimeQuality
from sync.uplink.ports import NOBODY_THERE, REFUSES_US, LinkState, SyncState, Trouble
from tests.room.scripted import ScriptedDriver


def judged(**facts) -> tuple[Finding, ...]:
    return findings(HealthFacts(**({"store": StoreState.OPEN, "now_ms": 0} | facts)))


def test_a_room_where_all_is_well_has_nothing_to_say():
    assert judged() == ()
    assert judged(sync=SyncState(LinkState.IDLE)) == ()
    assert judged(sync=SyncState(LinkState.SENDING, waiting=3)) == ()


@pytest.mark.parametrize(
    ("state", "code", "level"),
    [
        (StoreState.STARTING, "starting", Level.INFO),
        (StoreState.LOW, "disk_low", Level.WARNING),
        (StoreState.FULL, "disk_full", Level.FAULT),
        (StoreState.FAILED, "store_failed", Level.FAULT),
    ],
)
def test_the_store(state, code, level):
    (found,) = judged(store=state)
    assert (found.area, found.code, found.level) == (Area.STORE, code, level)


def test_a_store_that_was_repaired_stays_said():
    (found,) = judged(store_reason="was damaged: row 3")
    assert (found.code, found.level) == ("store_repaired", Level.WARNING)


@pytest.mark.parametrize("trouble", Trouble)
def test_each_trouble_of_the_link_is_said_by_its_name(trouble):
    state = LinkState.BLOCKED if trouble in REFUSES_US else LinkState.WAITING
    (found,) = judged(sync=SyncState(state, reason=trouble))
    assert (found.area, found.code) == (Area.LINK, trouble.value)
    assert found.level is (Level.FAULT if trouble in REFUSES_US else Level.WARNING)
    assert not NOBODY_THERE & REFUSES_US


def test_nothing_heard_yet_is_no_success_and_no_fault():
    (found,) = judged(sync=SyncState(LinkState.WAITING))
    assert (found.code, found.level) == ("not_heard_yet", Level.INFO)


def test_a_part_that_is_down_is_named_and_the_store_only_once():
    parts = [Part("uplink", PartState.DOWN, 0, "no root"), Part("store", PartState.RESTARTING)]
    found = judged(store=StoreState.FULL, parts=parts)
    assert [(one.code, one.subject) for one in found] == [
        ("disk_full", ""),
        ("part_down", "uplink"),
    ]


@pytest.mark.parametrize("quality", TimeQuality)
def test_the_clock(quality):
    codes = [one.code for one in judged(clock=quality)]
    assert codes == ([] if quality.trusted else [f"clock_{quality.value}"])


def test_only_what_is_worth_knowing_leaves_a_room_fine():
    known = judged(store=StoreState.STARTING, sync=SyncState(LinkState.WAITING))
    assert is_fine(known)
    assert not is_fine(judged(clock=TimeQuality.NONE))


async def test_a_device_that_takes_too_long_is_not_called_fine():
    """It was told to turn on and has said nothing since: no light may stay green on that."""
    now_ms = 0
    driver = ScriptedDriver()
    surround = Surround(lambda: now_ms, lambda: 0.0, lambda _: None, lambda _: None)
    who = Identity("projector", "Máy chiếu", "projector", "scripted", "a script")
    keeper = Keeper(who, driver, surround)
    driver.state[Capability.POWER] = "warming"
    await keeper._round()
    devices = {"projector": keeper}
    assert judged(devices=devices, now_ms=40_000) == ()
    (found,) = judged(devices=devices, now_ms=50_000)
    assert (found.area, found.code, found.level) == (Area.DEVICE, "device_slow", Level.WARNING)
    assert not is_fine((found,))
