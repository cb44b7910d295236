"""A tap is stored, then judged, then answered and shown; never in another order."""

import asyncio

import pytest

from devices.driving import ShortCardSeen
from drivers.codecs.short_number import possible_hex
from edge.store.errors import StoreFailedError, StoreFullError
from edge.store.stored import Stored
from school.moment import TimeQuality
from sync.wire.event import Event, Lane, encode_body
from tests.attendance.kit import T1, HandClock, Room
from tests.school.kit import uid_of


class SlowStore:
    """Commits when it is told to, or refuses."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.may_commit = asyncio.Event()
        self.full = False
        self.stored: list[Stored] = []

    async def append(self, lane, kind, body):
        assert lane is Lane.ATTENDANCE
        if self.full:
            raise StoreFullError("the disk is full")
        moment = self.clock.now()
        await self.may_commit.wait()
        seq = len(self.stored) + 1
        event = Event(
            seq, kind, moment.boot, moment.mono_ms, moment.wall_ms, moment.tq, encode_body(body)
        )
        self.stored.append(Stored(1, event))
        return self.stored[-1]

    async def project(self, change):
        return None

    async def read(self, question):
        return []


@pytest.fixture
async def slow_room(clock):
    room = Room(SlowStore(clock), clock)
    await room.journal.replay()
    task = asyncio.create_task(room.attendance.run())
    yield room
    task.cancel()
    await asyncio.wait({task})


async def turns(count: int = 50) -> None:
    """Let everything that can run, run."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_nothing_is_said_before_the_commit(slow_room):
    tap = asyncio.create_task(slow_room.tap("10a1-1"))
    await turns()
    assert slow_room.events == []
    assert slow_room.readers.shown == []
    assert slow_room.register.tapped(T1) == 0
    assert not tap.done()
    slow_room.store.may_commit.set()
    await tap
    (feedback,) = await slow_room.readers.told(1)
    assert feedback == {"tap_id": "0000000000000001-1", "outcome": "present"}


async def test_a_tap_that_cannot_be_stored_is_refused_and_raises(slow_room):
    slow_room.store.full = True
    slow_room.clock.set("07:20")
    with pytest.raises(StoreFullError):
        await slow_room.tap("10a1-1", key=("x1", 4))
    (feedback,) = await slow_room.readers.told(1)
    assert feedback == {"tap_id": None, "outcome": "refused", "n": 4}
    await turns()
    assert slow_room.readers.beeps == [("buzzer", "refused")]
    (event,) = slow_room.heard("tap")
    assert (event["tap"]["outcome"], event["tapped"]["k"]) == ("refused", 0)
    slow_room.store.full = False
    slow_room.store.may_commit.set()
    await slow_room.tap("10a1-1", key=("x1", 4))
    assert (await slow_room.readers.told(2))[1]["outcome"] == "late"


async def test_the_body_holds_no_number_and_no_name(room):
    await room.tap("10a1-1", key=("x1", 7))
    facts = await room.store.read(lambda c: c.execute("SELECT body FROM lane_0").fetchall())
    body = facts[0][0].decode()
    assert "10a1-1" not in body
    assert '"n":7' in body
    assert '"dboot":"x1"' in body


@pytest.mark.parametrize(
    ("who", "time", "outcome", "beep"),
    [
        ("10a1-1", "06:55", "present", "ok"),
        ("10a1-1", "07:04", "present", "ok"),
        ("10a3-1", "06:55", "other_class", "other"),
        ("10a1-5", "06:55", "revoked", "other"),
        ("nobody", "06:55", "unknown", "other"),
        ("ha", "06:55", "staff", "ok"),
        ("10a1-1", "07:06", "late", None),
        ("nobody", "07:06", "unknown", None),
        ("10a1-1", "05:00", "noted", "ok"),
    ],
)
async def test_outcome_and_sound(room, who, time, outcome, beep):
    room.clock.wall_ms -= 7_200_000
    room.clock.set(time)
    await room.tap(who)
    (feedback,) = await room.readers.told(1)
    assert feedback["outcome"] == outcome
    await turns()
    assert room.readers.beeps == ([("buzzer", beep)] if beep else [])


async def test_a_repeat_is_light_only(room):
    await room.tap("10a1-1")
    await room.tap("10a1-1")
    shown = await room.readers.told(2)
    assert [f["outcome"] for f in shown] == ["present", "repeat"]
    await turns()
    assert room.readers.beeps == [("buzzer", "ok")]


async def test_quiet_on_a_doubtful_clock_counts_from_the_start_of_the_run(room):
    room.clock.tq = TimeQuality.NONE
    room.clock.boot = "ee" * 16
    await room.start("beeeeeeee-1-10a1", run="beeeeeeee-1")
    await room.tap("10a1-1")
    await room.readers.told(1)
    room.clock.pass_s(301)
    await room.tap("10a1-2")
    assert [f["outcome"] for f in await room.readers.told(2)] == ["present", "present"]
    await turns()
    assert room.readers.beeps == [("buzzer", "ok")]


async def test_only_readers_with_a_buzzer_beep(room):
    await room.tap("10a1-1", reader="desk")
    await room.readers.told(1)
    await turns()
    assert room.readers.beeps == []


async def test_a_touch_delivered_twice_is_stored_once_and_answered_twice(room):
    await asyncio.gather(room.tap("10a1-1", key=("x1", 7)), room.tap("10a1-1", key=("x1", 7)))
    first, second = await room.readers.told(2)
    assert first == second
    assert first["outcome"] == "present"
    rows = await room.store.read(lambda c: c.execute("SELECT count(*) FROM lane_0").fetchone())
    assert rows == (1,)


async def test_a_touch_delivered_again_after_a_restart_is_known(room, open_store, clock):
    await room.tap("10a1-1", key=("x1", 7))
    (before,) = await room.readers.told(1)
    await room.store.close()
    again = Room(await open_store(), clock)
    task = asyncio.create_task(again.attendance.run())
    await again.tap("10a1-1", key=("x1", 7))
    assert await again.readers.told(1) == [before]
    assert again.register.tapped(T1) == 1
    task.cancel()
    await asyncio.wait({task})


async def test_dead_or_hanging_wires_hold_no_tap_up(room):
    room.readers.hangs = True
    await room.tap("10a1-1")
    await turns()
    room.readers.hangs, room.readers.dead = False, True
    await room.tap("10a1-2")
    assert room.register.tapped(T1) == 2
    assert len(room.heard("tap")) == 2


async def test_what_a_stuck_wire_held_up_too_long_is_not_said(room):
    room.readers.hangs = True
    await room.tap("10a1-1")
    await turns()
    await room.tap("10a1-2")
    room.clock.pass_s(60)
    room.readers.hangs = False
    await room.tap("10a1-3")
    shown = await room.readers.told(1)
    assert [f["tap_id"][-2:] for f in shown] == ["-3"]


async def test_the_panel_sees_a_number_and_no_name_before_the_start(room):
    await room.tap("10a1-1")
    (event,) = room.heard("tap")
    assert event["tapped"] == {"k": 1, "n": 5}
    assert event["tap"]["short_name"] is None
    assert event["tap"]["class_name"] == "10A1"


async def test_the_panel_sees_the_name_while_the_lesson_is_open(room):
    await room.start(T1)
    await room.tap("10a1-1")
    await room.tap("10a3-1")
    first, other = room.heard("tap")
    assert first["tap"]["short_name"] == "Văn An"
    assert (other["tap"]["short_name"], other["tap"]["class_name"]) == (None, "10A3")
    (mark,) = room.heard("mark")
    assert (mark["lesson_id"], mark["mark"]["presence"]) == (T1, "present")
    assert mark["counts"]["present"] == 1


async def test_a_teachers_card_asks_to_open_the_lesson(room):
    await room.tap("ha")
    assert room.opener.cards == ["ha"]
    assert room.register.open_run("a1-05") is None


async def test_taps_wait_for_the_replay_and_fail_when_it_fails(clock):
    class Broken(SlowStore):
        async def read(self, question):
            raise StoreFailedError("the file cannot be read")

    room = Room(Broken(clock), clock)
    tap = asyncio.create_task(room.tap("10a1-1"))
    await turns()
    assert not tap.done()
    with pytest.raises(StoreFailedError, match="cannot be read"):
        await room.journal.replay()
    with pytest.raises(StoreFailedError, match="cannot be read"):
        await tap
    assert room.store.stored == []


async def test_another_card_under_a_known_number_is_a_tap_of_its_own(room, open_store, clock):
    """A reader that restarts with the same boot word counts from 1 again (esp8266/Arduino#728)."""
    await room.tap("10a1-1", key=("b", 1))
    await room.tap("10a1-2", key=("b", 1))
    first, second = await room.readers.told(2)
    assert [first["outcome"], second["outcome"]] == ["present", "present"]
    assert first["tap_id"] != second["tap_id"]
    assert [first["n"], second["n"]] == [1, 1]
    await room.store.close()
    again = Room(await open_store(), clock)
    task = asyncio.create_task(again.attendance.run())
    await again.tap("10a1-3", key=("b", 1))
    await again.tap("10a1-2", key=("b", 1))
    third, known = await again.readers.told(2)
    assert third["tap_id"] not in (first["tap_id"], second["tap_id"])
    assert known == second
    assert again.register.tapped(T1) == 3
    task.cancel()
    await asyncio.wait({task})


async def test_a_number_without_its_zero_is_padded_where_one_card_of_the_school_fits(room):
    """uid_of() begins with 04: a reader that prints bytes without their zeros says 4…"""
    short = uid_of("10a1-1").removeprefix("0")
    possible = possible_hex(short, 4)
    assert len(possible) > 1
    await room.attendance.take("door", ShortCardSeen("mifare", short, ("b", 1), possible))
    (feedback,) = await room.readers.told(1)
    assert feedback["outcome"] == "present"
    (event,) = room.heard("tap")
    assert event["tap"]["last4"] == uid_of("10a1-1")[-4:]


@pytest.mark.parametrize("people", [(), ("10a1-1", "10a1-2")], ids=["nobody", "two"])
async def test_a_number_without_its_zero_that_the_cards_do_not_prove_is_not_stored(room, people):
    possible = ("0AC8C5EA", *map(uid_of, people))
    await room.attendance.take("door", ShortCardSeen("mifare", "AC8C5EA", ("b", 1), possible))
    (feedback,) = await room.readers.told(1)
    assert feedback == {"tap_id": None, "outcome": "refused", "n": 1}
    rows = await room.store.read(lambda c: c.execute("SELECT count(*) FROM lane_0").fetchone())
    assert rows == (0,)
