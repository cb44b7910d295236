import asyncio
import gzip
import hashlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from sync.hub.bodies import KNOWN, flaw
from sync.wire.messages import Anchor, BatchReply, Gap
from tests.hub.room_end import BOOT, card_hash, event, pack


def rows(school, question: str) -> list[tuple]:
    engine = create_engine(school.settings.database)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(question))]
    engine.dispose()
    return found


async def test_what_is_sent_is_stored_once_and_in_order(school):
    room = await school.room()
    reply = await room.say_hello()
    assert [(c.lane, c.acked, c.settled) for c in reply.cursors] == [(0, 0, 0), (1, 0, 0)]
    answer = await room.send([event(n) for n in range(1, 51)])
    reply = BatchReply.model_validate_json(answer.content)
    assert (reply.acked_through, reply.settled_through, reply.results) == (50, 50, ())
    assert reply.server_epoch == room.epoch
    assert reply.echo_sha256 == hashlib.sha256(answer.request.content).hexdigest()
    taps = await school.taps()
    assert [t["tap_id"] for t in taps] == [f"{room.incarnation}-{n}" for n in range(1, 51)]
    assert [t["seq"] for t in taps] == sorted(t["seq"] for t in taps)


async def test_a_resent_batch_changes_nothing(school):
    room = await school.room()
    await room.say_hello()
    events = [event(n) for n in range(1, 11)]
    await room.send_well(events)
    reply = await room.send_well(events)
    assert reply.acked_through == 10
    assert [(r.seq, r.code) for r in reply.results] == [(n, "duplicate") for n in range(1, 11)]
    assert len(await school.taps()) == 10


async def test_batches_duplicated_overlapping_and_out_of_order_end_the_same(school):
    room = await school.room()
    await room.say_hello()
    chance = random.Random(7)
    events = {n: event(n) for n in range(1, 101)}
    acked = 0
    while acked < 100:
        first = max(1, acked + chance.randint(-15, 6))
        last = min(100, first + chance.randint(0, 20))
        answer = await room.send([events[n] for n in range(first, last + 1)])
        if first > acked + 1:
            assert (answer.status_code, answer.json()["code"]) == (409, "expected")
            assert answer.json()["expected_seq"] == acked + 1
        else:
            assert answer.status_code == 200
            acked = max(acked, last)
            assert answer.json()["acked_through"] == acked
    assert len({t["tap_id"] for t in await school.taps()}) == len(await school.taps()) == 100


async def test_13_an_answer_that_got_lost_costs_nothing(school):
    room = await school.room()
    await room.say_hello()
    body = pack(room.batch([event(1)]))
    asking = asyncio.create_task(room.post("batches", body))
    while not rows(school, "select 1 from event"):  # noqa: ASYNC110 - the far end gives no signal
        await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait({asking})
    reply = await room.send_well([event(1), event(2)])
    assert [(r.seq, r.code) for r in reply.results] == [(1, "duplicate")]
    assert len(await school.taps()) == 2


async def test_37_the_same_number_with_other_content_is_a_fork_and_both_are_kept(school):
    room = await school.room()
    await room.say_hello()
    await room.send_well([event(1), event(2)])
    other = event(2, body={"reader": "x", "tech": "t", "uid_hash": "f" * 32, "last4": "9"})
    reply = await room.send_well([other, event(3)], first_seq=2)
    assert [(r.seq, r.code) for r in reply.results] == [(2, "fork")]
    assert reply.acked_through == 3
    assert [t["uid_hash"] for t in await school.taps()] == [f"{n:032x}" for n in (1, 2, 3)]
    assert [seq for (seq,) in rows(school, "select seq from fork")] == [2]
    again = await room.send_well([other], first_seq=2)
    assert [r.code for r in again.results] == ["fork"]
    assert len(rows(school, "select seq from fork")) == 1
    rooms = (await school.api.get("/api/rooms")).json()["rooms"]
    assert rooms[0]["forks"] == 1


async def test_a_hole_must_be_explained_by_a_gap(school):
    room = await school.room()
    await room.say_hello()
    await room.send_well([event(1)])
    refused = await room.send([event(4)])
    assert (refused.status_code, refused.json()["expected_seq"]) == (409, 2)
    assert refused.json()["server_epoch"] == room.epoch
    inside = await room.send([event(2), event(5)])
    assert (inside.status_code, inside.json()["expected_seq"]) == (409, 3)
    lost = Gap(first=3, last=6, reason="thinned")
    reply = await room.send_well([event(2), event(7)], gaps=[lost])
    assert reply.acked_through == 7
    assert rows(school, "select first, last, reason from gap") == [(3, 6, "thinned")]
    ahead = Gap(first=8, last=1_000_000_000_000, reason="lost")
    reply = await room.send_well([event(1_000_000_000_001)], gaps=[ahead])
    assert reply.acked_through == 1_000_000_000_001


async def test_a_gap_after_the_last_event_moves_the_cursor_too(school):
    room = await school.room()
    await room.say_hello()
    gap = Gap(first=2, last=9, reason="lost")
    assert (await room.send_well([event(1)], last_seq=9, gaps=[gap])).acked_through == 9
    refused = await room.send([event(10)], last_seq=12)
    assert (refused.status_code, refused.json()["expected_seq"]) == (409, 11)


async def test_an_incarnation_must_be_declared_and_begins_where_it_said(school):
    room = await school.room()
    refused = await room.send([event(1)])
    assert (refused.status_code, refused.json()["code"]) == (409, "hello")
    assert refused.json()["expected_seq"] is None
    reply = await room.say_hello(first=41, last=45)
    assert reply.cursors[0].acked == 40
    early = await room.send([event(40), event(41)])
    assert (early.status_code, early.json()["expected_seq"]) == (409, 41)
    assert (await room.send_well([event(41)])).acked_through == 41
    again = await room.say_hello(first=1, last=45)
    assert again.cursors[0].acked == 41


async def test_a_new_incarnation_may_use_the_same_numbers(school):
    room = await school.room()
    await room.say_hello()
    await room.send_well([event(1)])
    room.incarnation = "00ff" * 4
    await room.say_hello()
    await room.send_well([event(1)])
    taps = await school.taps()
    assert len({t["tap_id"] for t in taps}) == 2


@pytest.mark.parametrize("where", ["head", "middle", "end", "all"])
async def test_36_poison_is_set_aside_and_the_rest_goes_on(school, where):
    room = await school.room()
    await room.say_hello()
    bad = {"head": {1}, "middle": {5, 6}, "end": {10}, "all": set(range(1, 11))}[where]
    batch = json.loads(room.batch([event(n) for n in range(1, 11)]).model_dump_json())
    for n in bad:
        batch["events"][n - 1]["kind"] = "NOT A KIND"
    answer = await room.post("batches", gzip.compress(json.dumps(batch).encode()))
    assert answer.status_code == 200
    reply = BatchReply.model_validate_json(answer.content)
    assert reply.acked_through == 10
    assert {r.seq for r in reply.results if r.code == "rejected"} == bad
    assert all("kind" in r.reason for r in reply.results)
    assert len(await school.taps()) == 10 - len(bad)
    assert {seq for (seq,) in rows(school, "select seq from rejected")} == bad


@pytest.mark.parametrize(
    "body",
    [
        {"reader": "door", "tech": "m", "uid_hash": "short", "last4": "1"},
        {"reader": "door", "tech": "m", "last4": "1"},
        {"reader": 1, "tech": "m", "uid_hash": "0" * 32, "last4": "1"},
        {"reader": "door", "tech": "m", "uid_hash": "0" * 32, "last4": "1", "n": "7"},
    ],
)
async def test_a_tap_that_says_the_wrong_things_becomes_a_dead_letter(school, body):
    room = await school.room()
    await room.say_hello()
    reply = await room.send_well([event(1), event(2, body=body), event(3)])
    assert [(r.seq, r.code) for r in reply.results] == [(2, "rejected")]
    assert "the body of tap is wrong" in reply.results[0].reason
    assert len(await school.taps()) == 2


async def test_unknown_kinds_from_newer_rooms_are_kept(school):
    room = await school.room()
    await room.say_hello()
    reply = await room.send_well([event(1, "door.opened", {"by": "wind"})])
    assert reply.results == ()
    assert rows(school, "select kind, body from event") == [("door.opened", b'{"by":"wind"}')]


async def test_a_body_that_does_not_fit_its_hash_is_a_dead_letter(school):
    room = await school.room()
    await room.say_hello()
    batch = json.loads(room.batch([event(1), event(2)]).model_dump_json())
    batch["events"][0]["mono_ms"] += 1
    answer = await room.post("batches", gzip.compress(json.dumps(batch).encode()))
    assert answer.json()["results"][0]["code"] == "rejected"
    assert "sha8" in answer.json()["results"][0]["reason"]


@pytest.mark.parametrize("field", ["mono_ms", "wall_ms"])
async def test_times_that_no_database_can_hold_are_dead_letters(school, field):
    room = await school.room()
    await room.say_hello()
    batch = json.loads(room.batch([event(1)]).model_dump_json())
    batch["events"][0][field] = 1 << 64
    answer = await room.post("batches", gzip.compress(json.dumps(batch).encode()))
    assert answer.status_code == 200
    assert answer.json()["results"][0]["code"] == "rejected"


async def test_anchors_are_kept_once(school):
    room = await school.room()
    await room.say_hello()
    good = Anchor(boot=BOOT, mono_ms=1, wall_ms=2, err_ms=3, source="ntp")
    huge = Anchor(boot=BOOT, mono_ms=1 << 60, wall_ms=2, err_ms=3, source="hub")
    for n in (1, 2):
        await room.send_well([event(n)], anchors=(good, huge))
    assert rows(school, "select agent_id, mono_ms, source from anchor") == [("a1-05", 1, "ntp")]


async def test_38_two_of_the_same_at_once_store_one(school):
    room = await school.room()
    await room.say_hello()
    events = [event(n) for n in range(1, 101)]
    bodies = [pack(room.batch(events)) for _ in range(6)]
    answers = await asyncio.gather(*(room.post("batches", body) for body in bodies))
    assert {a.status_code for a in answers} == {200}
    assert {a.json()["acked_through"] for a in answers} == {100}
    assert len(await school.taps()) == 100
    fresh = [a for a in answers if not a.json()["results"]]
    assert len(fresh) == 1


async def test_lanes_have_cursors_of_their_own(school):
    room = await school.room()
    await room.say_hello()
    await room.send_well([event(1), event(2)])
    body = {"id": "c1", "device": "projector", "capability": "power", "value": "on", "by": "panel"}
    reply = await room.send_well([event(1, "command", body)], lane=1)
    assert (reply.lane, reply.acked_through) == (1, 1)
    assert len(await school.taps()) == 2


@given(st.sampled_from([*sorted(KNOWN), "other"]), st.binary(max_size=60))
def test_any_body_is_kept_or_has_one_flaw(kind, body):
    why = flaw(kind, body)
    assert why is None or why.startswith(f"the body of {kind} is wrong")


async def test_a_readers_number_is_no_key_at_the_hub(school):
    """Another card under a known (reader, boot, n) is a tap of its own; the same row comes once."""
    room = await school.room()
    await room.say_hello()
    bodies = [
        {"reader": "door", "tech": "mifare", "uid_hash": card_hash(one), "last4": "1"}
        | {"dboot": "b", "n": 1}
        for one in ("10a1-01", "10a1-02")
    ]
    events = [event(seq, "tap", body) for seq, body in enumerate(bodies, 1)]
    await room.send_well(events)
    again = await room.send_well(events)
    assert [result.code for result in again.results] == ["duplicate", "duplicate"]
    taps = await school.taps()
    assert [tap["uid_hash"] for tap in taps] == [body["uid_hash"] for body in bodies]
    assert len({tap["tap_id"] for tap in taps}) == 2
