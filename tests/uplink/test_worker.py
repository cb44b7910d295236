"""The uplink against a real small hub over TLS: each fault of the protocol's list, by name."""

import asyncio
import random
from dataclasses import replace

import pytest

from school.moment import TimeQuality
from sync.uplink.anchors import anchors_of
from sync.uplink.pace import Flush
from sync.uplink.ports import LinkState, Silence, Trouble
from sync.wire.event import Lane

pytestmark = pytest.mark.timeout(30)


async def dead_letters(room, wanted: int = 0) -> list[tuple[int, str]]:
    """Number and code of each dead letter, once there are as many as wanted."""
    question = "SELECT seq, code FROM dead ORDER BY seq"
    found = await room.store.read(lambda c: c.execute(question).fetchall())
    while len(found) < wanted:
        heard = asyncio.Event()
        asyncio.get_running_loop().call_later(0.02, heard.set)
        await heard.wait()
        found = await room.store.read(lambda c: c.execute(question).fetchall())
    return found


def spot(room, hub, lane: int = 0):
    return hub.spots[f"{room.store.incarnation:016x}", lane]


async def test_taps_arrive_in_order_each_once(room, hub) -> None:
    room.start()
    ids = await room.taps(range(100))
    await room.until_arrived(ids)
    assert hub.bodies() == [b'{"n":%d}' % n for n in range(100)]
    await room.until(lambda: room.state.state is LinkState.IDLE)
    assert room.state.waiting == 0
    assert room.state.last_ok_ms is not None
    assert room.state.oldest_ms is None


@pytest.mark.parametrize(
    "fault", ["ack_lost", "portal", "wrong_echo", "busy", "half", "error_after", "reset"]
)
async def test_a_fault_of_the_link_loses_and_doubles_nothing(room, hub, fault: str) -> None:
    hub.faults.extend([fault] * 3)
    ids = await room.taps(range(60))
    room.start()
    await room.until_arrived(ids)
    assert await dead_letters(room) == []
    assert not spot(room, hub).forks
    assert not hub.faults


async def test_an_unknown_outcome_repeats_the_same_range_then_half_of_it(room, hub) -> None:
    hub.faults.extend(["error_after"] * 3)
    ids = await room.taps(range(100))
    room.start()
    await room.until_arrived(ids)
    tried = [(batch.first_seq, batch.last_seq) for batch in hub.batches[:4]]
    assert tried == [(1, 50), (1, 50), (1, 25), (1, 12)]


async def test_a_captive_portal_is_shown_as_a_stranger(room, hub) -> None:
    hub.faults.extend(["portal"] * 50)
    await room.taps(range(3))
    room.start()
    await room.until(lambda: room.state.reason == "not_the_hub")
    assert room.state.state is LinkState.WAITING
    assert room.state.waiting == 3


async def test_a_hub_that_hangs_holds_nobody_up(room, hub) -> None:
    room.answer_within_s = 0.3
    hub.faults.extend(["hang"] * 2)
    room.start()
    ids = await room.taps(range(5))
    await room.until(lambda: room.state.reason == "hub_silent")
    ids += await room.taps(range(5, 10))
    await room.until_arrived(ids)


async def test_a_dead_link_is_waited_for_and_then_everything_goes(room, hub) -> None:
    room.start()
    first = await room.taps(range(3))
    await room.until_arrived(first)
    await hub.down()
    more = await room.taps(range(3, 13))
    await room.until(lambda: (room.state.state, room.state.waiting) == (LinkState.WAITING, 10))
    assert room.state.reason == "port_refused"
    assert room.state.oldest_ms is not None
    await hub.up()
    await room.until_arrived(first + more)
    await room.until(lambda: room.state.state is LinkState.IDLE)


async def test_a_hub_whose_cursor_fell_back_gets_everything_again(room, hub) -> None:
    room.start()
    ids = await room.taps(range(40))
    await room.until_arrived(ids)
    here = spot(room, hub)
    here.events = {seq: event for seq, event in here.events.items() if seq <= 10}
    here.acked = 10
    ids.append(await room.tap(40))
    await room.until_arrived(ids)


async def test_a_hub_restored_from_yesterday_gets_everything_again(room, hub) -> None:
    room.start()
    ids = await room.taps(range(40))
    await room.until_arrived(ids)
    hub.restore(keep=7)
    ids.append(await room.tap(40))
    await room.until_arrived(ids)
    await room.until(lambda: len(hub.hellos) >= 2)


async def test_a_new_epoch_alone_makes_the_room_say_hello(room, hub) -> None:
    room.start()
    ids = await room.taps(range(3))
    await room.until_arrived(ids)
    hub.epoch = "e2"
    ids.append(await room.tap(3))
    await room.until(lambda: len(hub.hellos) >= 2)
    await room.until_arrived(ids)


async def test_a_room_with_nothing_to_send_says_that_it_lives(room, hub) -> None:
    room.pace = replace(room.pace, greet_s=0.05)
    room.start()
    await room.until(lambda: len(hub.hellos) >= 3)
    ids = await room.taps(range(3))
    await room.until_arrived(ids)
    assert room.state.state is not LinkState.BLOCKED


async def test_a_hub_that_knows_more_than_we_do_starts_a_new_incarnation(room, hub) -> None:
    room.start()
    ids = await room.taps(range(5))
    await room.until_arrived(ids)
    before = room.store.incarnation
    spot(room, hub).acked = 50
    await room.stop()
    room.start()
    await room.until(lambda: room.store.incarnation != before)
    ids.append(await room.tap(5))
    await room.until_arrived(ids)
    assert hub.hellos[-1].incarnations[-1].reason == "rollback"


async def test_rows_of_a_rolled_back_store_are_sent_and_called_a_fork(room, hub) -> None:
    """An older image of the card: the hub has other events under our numbers; both are kept."""
    ids = await room.taps(range(3))
    incarnation = f"{room.store.incarnation:016x}"
    room.start()
    await room.until_arrived(ids)
    await room.stop()
    theirs = spot(room, hub)
    theirs.events = {
        seq: replace(event, seq=seq, body=b'{"n":%d}' % (100 + seq))
        for seq in range(1, 9)
        for event in [theirs.events[1]]
    }
    theirs.acked = 8
    await room.store.project(lambda c: c.execute("DELETE FROM cursor"))
    room.start()
    await room.until(lambda: len(theirs.forks) == 3)
    await room.until(lambda: room.store.incarnation != int(incarnation, 16))
    new = await room.tap(9)
    await room.until(lambda: new in hub.ids())
    assert await dead_letters(room, 3) == [(1, "fork"), (2, "fork"), (3, "fork")]


async def test_a_batch_too_big_is_made_smaller(room, hub) -> None:
    hub.most = 7
    ids = await room.taps(range(60))
    room.start()
    await room.until_arrived(ids)
    assert await dead_letters(room) == []


async def test_an_event_too_big_by_itself_is_a_dead_letter(room, hub) -> None:
    hub.most = 0
    await room.taps(range(3))
    room.start()
    assert await dead_letters(room, 3) == [(1, "too_big"), (2, "too_big"), (3, "too_big")]
    hub.most = 500
    late = await room.tap(3)
    await room.until_arrived([late])
    assert spot(room, hub).gaps == [(seq, seq, "too_big") for seq in (1, 2, 3)]
    await room.until(lambda: room.state.state is LinkState.IDLE)


@pytest.mark.parametrize("poison", [{1}, {20}, {40}, {1, 20, 21, 40}, set(range(1, 41))], ids=str)
async def test_poison_is_isolated_and_the_rest_goes_on(room, hub, poison: set[int]) -> None:
    hub.poison = poison
    ids = await room.taps(range(40))
    room.start()
    healthy = [id_ for id_ in ids if int(id_.split("-")[1]) not in poison]
    await room.until_arrived(healthy)
    last = await room.tap(40)
    await room.until_arrived([*healthy, last])
    assert await dead_letters(room) == [(seq, "malformed") for seq in sorted(poison)]
    declared = {seq for first, last, _ in spot(room, hub).gaps for seq in range(first, last + 1)}
    assert declared == poison
    await room.until(lambda: room.state.state is LinkState.IDLE)


async def test_poison_at_the_very_end_survives_a_restart_of_the_agent(room, hub) -> None:
    hub.poison = {3}
    ids = await room.taps(range(3))
    room.start()
    await room.until_arrived(ids[:2])
    assert await dead_letters(room, 1) == [(3, "malformed")]
    await room.crash()
    room.start()
    await room.until(lambda: room.state.state is LinkState.IDLE)
    hub.poison = set()
    last = await room.tap(3)
    await room.until_arrived([*ids[:2], last])


async def test_rejected_events_become_dead_letters_one_by_one(room, hub) -> None:
    hub.reject = {2, 5}
    ids = await room.taps(range(6))
    room.start()
    await room.until_arrived([id_ for id_ in ids if id_[-2:] not in ("-2", "-5")])
    assert await dead_letters(room, 2) == [(2, "rejected"), (5, "rejected")]
    assert spot(room, hub).acked == 6


async def test_a_refused_key_blocks_until_a_person_mends_it(room, hub) -> None:
    hub.refuse_key = True
    ids = await room.taps(range(3))
    room.start()
    await room.until(lambda: room.state.state is LinkState.BLOCKED)
    assert (room.state.reason, room.state.waiting) == ("key_refused", 3)
    hub.refuse_key = False
    await room.until_arrived(ids)


async def test_attendance_goes_before_audit(room, hub) -> None:
    audit = [(await room.store.append(Lane.AUDIT, "command", {"id": str(n)})).id for n in range(3)]
    ids = await room.taps(range(120))
    room.start()
    await room.until_arrived(ids)
    await room.until_arrived(audit, lane=1)
    order = [batch.lane for batch in hub.batches]
    assert order == sorted(order)


async def test_the_rest_is_not_starved_by_a_long_backlog(room, hub) -> None:
    room.pace = replace(room.pace, first_events=1)
    hub.most = 1
    audit = await room.store.append(Lane.AUDIT, "command", {})
    ids = await room.taps(range(60))
    room.start()
    await room.until_arrived([audit.id], lane=1)
    assert len(hub.bodies()) < 60
    await room.until_arrived(ids)


async def test_after_power_returns_the_other_lanes_wait(room, hub) -> None:
    room.pace = replace(room.pace, fresh_boot_ms=1 << 60, spread_s=0.0, spread_rest_s=3600.0)
    await room.store.append(Lane.AUDIT, "command", {})
    ids = await room.taps(range(3))
    room.start()
    await room.until_arrived(ids)
    await room.until(lambda: room.state.waiting == 1)
    assert hub.ids(lane=1) == []


async def test_an_older_incarnation_drains_first(room, hub) -> None:
    old = await room.taps(range(30))
    await room.store.close()
    room.clock.boot = "b1" * 16
    await room.open()
    new = await room.taps(range(30, 33))
    room.start()
    await room.until_arrived(old + new)
    assert hub.bodies() == [b'{"n":%d}' % n for n in range(33)]
    assert [batch.incarnation for batch in hub.batches] == sorted(
        batch.incarnation for batch in hub.batches
    )


async def test_a_killed_agent_goes_on_where_the_hub_is(room, hub) -> None:
    room.start()
    ids = await room.taps(range(30))
    await room.until(lambda: len(hub.bodies()) >= 1)
    await room.crash()
    room.start()
    ids += await room.taps(range(30, 40))
    await room.until_arrived(ids)
    assert not spot(room, hub).forks


async def test_a_hub_with_another_root_is_never_spoken_to(room, hub, other_authority) -> None:
    hub.authority = replace(hub.authority, root=other_authority.root)
    await room.tap(1)
    room.start()
    await room.until(lambda: room.state.reason == "wrong_root")
    assert hub.hellos == []


async def test_the_hub_clock_is_told_and_kept(room, hub) -> None:
    room.start()
    ids = await room.taps(range(3))
    await room.until_arrived(ids)
    anchor = room.hub_times[0]
    assert anchor.boot == room.clock.boot
    assert anchor.wall_ms == 1_764_100_000_000
    assert anchor.source == "hub"
    kept = ()
    while not kept:
        kept = await room.store.read(lambda c: anchors_of(c, room.clock.boot))
    assert kept[0] == anchor
    ids.append(await room.tap(3))
    await room.until_arrived(ids)
    assert hub.batches[-1].anchors[0].boot == room.clock.boot


async def test_lone_taps_leave_at_once_and_a_stream_is_grouped(room, hub) -> None:
    room.pace = replace(room.pace, flush={lane: Flush(20, 3600.0) for lane in Lane})
    room.start()
    first = await room.tap(0)
    await room.until_arrived([first])
    ids = [first, *await room.taps(range(1, 19))]
    await room.until(lambda: room.state.waiting == 18)
    ids += await room.taps(range(19, 21))
    await room.until_arrived(ids)
    assert [batch.n for batch in hub.batches] == [1, 20]


async def test_11_what_was_purged_before_the_hub_was_restored_is_declared_lost(room, hub) -> None:
    room.clock.tq = TimeQuality.NTP
    room.start()
    old = await room.taps(range(30))
    await room.until_arrived(old)
    room.clock.wall_offset_ms = 36 * 24 * 3600 * 1000
    new = [await room.tap(30)]
    await room.until_arrived(old + new)
    purged = 0
    while purged < 30:  # the cursor is written behind the sending
        purged += await room.store.purge()
    hub.restore(keep=5)
    new.append(await room.tap(31))
    await room.until_arrived(old[:5] + new)
    assert spot(room, hub).gaps == [(6, 30, "purged")]


async def test_a_root_that_is_not_there_is_said_and_taken_as_soon_as_it_comes(
    room, hub, caplog
) -> None:
    """Once the uplink failed as a part: a traceback every few seconds, and no word of the root."""
    caplog.set_level("INFO", "sync.uplink.telling")
    away = hub.authority.root.rename(hub.authority.root.with_name("away.pem"))
    ids = await room.taps(range(3))
    room.start()
    await room.until(lambda: room.state.state is LinkState.BLOCKED)
    assert (room.state.reason, room.state.waiting) == ("root_unusable", 3)
    await asyncio.sleep(5 * room.pace.unready_s)
    (told,) = caplog.messages
    assert "root.pem" in told
    assert "install -m 644" in told
    away.rename(hub.authority.root)
    await room.until_arrived(ids)
    await room.until(lambda: room.state.state is LinkState.IDLE)
    assert caplog.messages[1:] == ["uplink: the hub answers"]


async def test_the_reason_follows_while_nobody_can_be_reached(room, hub) -> None:
    """A name that was unknown first stayed blamed for minutes after the DNS was mended."""
    room.pace = replace(room.pace, least_s=60.0, most_s=60.0)
    room.chance = random.Random(3)
    links: list[Trouble | None] = [Trouble.NAME_UNKNOWN]
    connect = room.connect

    def connect_by_name():
        link = connect()
        real_post, real_look = link.post, link.look

        async def post(what: str, body: bytes):
            return Silence(links[0]) if links[0] else await real_post(what, body)

        async def look():
            return links[0] or await real_look()

        link.post, link.look = post, look
        return link

    room.connect = connect_by_name
    room.start()
    await room.until(lambda: room.state.reason == "name_unknown")
    links[0] = Trouble.PORT_REFUSED
    await room.until(lambda: room.state.reason == "port_refused")
    links[0] = None
    await room.until(lambda: room.state.state is LinkState.IDLE)
