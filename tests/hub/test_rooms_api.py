import asyncio
import gzip
import json
import ssl

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.hub.desk import BusyError, Desk
from sync.hub.keys import admit, keys, revoke
from sync.wire.messages import MAX_BATCH_BYTES
from tests.hub.room_end import event, pack, public_text


@pytest.fixture
async def room(school):
    room = await school.room()
    await room.say_hello()
    return room


BADLY_SIGNED = [
    {"without": ["lophoc-key"]},
    {"without": ["lophoc-signature"]},
    {"without": ["lophoc-start"]},
    {"without": ["lophoc-counter"]},
    {"headers": {"lophoc-counter": "-1"}},
    {"headers": {"lophoc-counter": "9" * 40}},
    {"headers": {"lophoc-counter": "99"}},
    {"headers": {"lophoc-start": "another"}},
    {"headers": {"lophoc-signature": "AAAA"}},
    {"headers": {"lophoc-signature": "not base64!"}},
    {"key": Ed25519PrivateKey.generate()},
    {"key_id": "a1-05.00000000"},
    {"key_id": "' or 1=1 --"},
    {"signed_path": "/v1/agents/a1-05/hello"},
    {"sent": b"another body"},
    {"counter": (1 << 53) + 1},
]


async def test_what_is_not_signed_well_is_refused_and_changes_nothing(school, room):
    for changed in BADLY_SIGNED:
        answer = await room.post("batches", pack(room.batch([event(1)])), **changed)
        code = "key_unknown" if "key_id" in changed else "unsigned"
        assert (answer.status_code, answer.json()["code"]) == (401, code), changed
    assert await school.taps() == []


async def test_a_request_that_was_sent_before_is_refused(school, room):
    body = pack(room.batch([event(1)]))
    first = await room.post("batches", body, counter=50)
    again = await room.post("batches", body, counter=50)
    assert (first.status_code, again.status_code) == (200, 401)
    assert "sent before" in again.json()["message"]


async def test_requests_that_overtake_one_another_are_taken_and_old_ones_are_not(room):
    events = [event(1)]
    for counter, status in [(200, 200), (199, 200), (150, 200), (150, 401), (138, 401), (139, 200)]:
        answer = await room.post("batches", pack(room.batch(events)), counter=counter)
        assert (counter, answer.status_code) == (counter, status)


async def test_counters_are_remembered_by_start(room):
    assert (await room.send([event(1)], first_seq=1)).status_code == 200
    room.start = "another-start"
    answer = await room.post("batches", pack(room.batch([event(2)])), counter=1)
    assert answer.status_code == 200
    room.start = "x" * 129
    assert (await room.send([event(3)])).status_code == 401


async def test_a_refused_batch_leaves_its_counter_unused(room):
    body = pack(room.batch([event(5)]))
    assert (await room.post("batches", body, counter=70)).status_code == 409
    assert (await room.post("batches", body, counter=70)).status_code == 409


async def test_a_revoked_key_is_refused_at_once_and_its_successor_taken(school, room):
    revoke(school.settings.database, "a1-05")
    answer = await room.send([event(1)])
    assert answer.status_code == 401
    assert "revoked" in answer.json()["message"]
    assert answer.json()["code"] == "key_revoked"
    successor = await school.room()
    await successor.say_hello()
    assert (await successor.send([event(1)])).status_code == 200
    known = {key.key_id: key.status for key in keys(school.settings.database)}
    assert known == {room.key_id: "revoked", successor.key_id: "active"}


async def test_a_new_key_of_a_room_replaces_the_old_one(school, room):
    await school.room()
    assert (await room.send([event(1)])).status_code == 401


async def test_a_room_cannot_speak_for_another(school, room):
    await school.room("a1-06")
    answer = await room.post("hello", pack(room.hello()), path="/v1/agents/a1-06/hello")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    room.agent = "a1-06"
    body = pack(room.hello())
    answer = await room.post("hello", body, path="/v1/agents/a1-05/hello")
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:1", ""])
async def test_a_foreign_host_is_refused_even_when_it_is_signed(room, host):
    answer = await room.post("batches", pack(room.batch([event(1)])), host=host)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_host")


async def test_23_a_bomb_is_refused_before_it_is_unpacked(room):
    bomb = gzip.compress(b"[" + b" " * (64 << 20) + b"]", 9)
    assert len(bomb) < MAX_BATCH_BYTES
    answer = await room.post("batches", bomb)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_big")


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_23_an_oversized_body_is_refused(room, encoding):
    answer = await room.post("batches", b"x" * (MAX_BATCH_BYTES + 1), encoding=encoding)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_big")


async def test_identity_is_taken_and_other_encodings_are_not(room):
    plain = room.batch([event(1)]).model_dump_json().encode()
    assert (await room.post("batches", plain, encoding="identity")).status_code == 200
    assert (await room.post("batches", plain, encoding="br")).status_code == 415


def broken(change):
    def body(room) -> bytes:
        batch = json.loads(room.batch([event(1), event(2)]).model_dump_json())
        change(batch)
        return gzip.compress(json.dumps(batch).encode())

    return body


BAD_BODIES = {
    "not gzip": lambda room: b"{}",
    "gzip cut off": lambda room: pack(room.batch([event(1)]))[:-5],
    "gzip with more after it": lambda room: pack(room.batch([event(1)])) + b"x",
    "empty": lambda room: b"",
    "empty gzip": lambda room: gzip.compress(b""),
    "not json": lambda room: gzip.compress(b"{"),
    "deep": lambda room: gzip.compress(b"[" * 100_000),
    "not utf-8": lambda room: gzip.compress(b'{"agent": "\xff"}'),
    "half a character": lambda room: gzip.compress(b'{"agent": "\\ud800"}'),
    "an array": lambda room: gzip.compress(b"[]"),
    "another protocol": broken(lambda b: b.update(proto=2)),
    "another agent": broken(lambda b: b.update(agent="a1-06")),
    "no events": broken(lambda b: b.update(events=[])),
    "n too small": broken(lambda b: b.update(n=1)),
    "n too large": broken(lambda b: b.update(n=501)),
    "falling seqs": broken(lambda b: b["events"].reverse()),
    "a seq twice": broken(lambda b: b["events"][1].update(seq=1)),
    "a seq outside": broken(lambda b: b["events"][1].update(seq=9)),
    "an event without a number": broken(lambda b: b["events"][0].update(seq="x", kind="!")),
    "an event that is no object": broken(lambda b: b["events"].__setitem__(0, 7)),
    "a lane that is none": broken(lambda b: b.update(lane=4)),
    "an incarnation that is none": broken(lambda b: b.update(incarnation="XYZ")),
    "a gap that ends before it begins": broken(
        lambda b: b.update(gaps=[{"first": 5, "last": 4, "reason": ""}])
    ),
    "a seq beyond all numbers": broken(lambda b: b["events"][1].update(seq=1 << 60)),
}


async def test_a_malformed_batch_is_refused_in_one_sentence(school, room):
    for name, body in BAD_BODIES.items():
        answer = await room.post("batches", body(room))
        assert answer.status_code == 422, (name, answer.text)
        said = answer.json()
        assert said["code"] in ("malformed", "proto"), name
        assert 5 < len(said["message"]) < 300, name
    assert await school.taps() == []


BAD_HELLOS = [
    lambda h: h.update(incarnations=7),
    lambda h: h["incarnations"][0].update(n=1 << 40),
    lambda h: h["incarnations"][0].update(boot="x"),
    lambda h: h.pop("sent"),
    lambda h: h.update(software=5),
]


async def test_a_malformed_hello_is_refused_in_one_sentence(room):
    for n, change in enumerate(BAD_HELLOS):
        hello = json.loads(room.hello().model_dump_json())
        change(hello)
        answer = await room.post("hello", gzip.compress(json.dumps(hello).encode()))
        assert (n, answer.status_code, answer.json()["code"]) == (n, 422, "malformed")


async def test_signs_that_postgresql_cannot_hold_are_left_out(school, room):
    hello = json.loads(room.hello().model_dump_json())
    hello.update(software="1\0" * 300, storage="\0")
    hello["incarnations"][0].update(id="ee" * 8, reason="\0why")
    assert (await room.post("hello", gzip.compress(json.dumps(hello).encode()))).status_code == 200
    found = (await school.api.get("/api/rooms")).json()["rooms"][0]
    assert (found["software"], found["storage"]) == ("1" * 200, "")
    assert found["incarnations"][-1]["reason"] == "why"


ADDRESSES = [
    ("GET", "/"),
    ("GET", "/health"),
    ("POST", "/v1/agents/a1-05/hello"),
    ("POST", "/v1/agents/a1-05/batches"),
    ("GET", "/v1/agents/a1-05/hello"),
    ("POST", "/v1/agents/..%2f/batches"),
    ("OPTIONS", "/v1/agents/a1-05/batches"),
]


async def test_without_a_key_there_is_nothing_here(room):
    for method, path in ADDRESSES:
        answer = await room.http.request(method, path, headers={"host": "localhost"})
        assert (method, path, answer.status_code) == (method, path, 401)


async def test_with_a_key_unknown_addresses_are_not_found(room):
    for path in ("/v1/agents/a1-05/nothing", "/v1/agents/a1-05/hello/", "/"):
        answer = await room.post("x", b"", path=path)
        assert (path, answer.status_code) == (path, 404)


async def test_the_listener_is_known_by_its_root_alone(school, room):
    stranger = httpx.AsyncClient(base_url=school.running.rooms, trust_env=False)
    with pytest.raises(httpx.ConnectError):
        await stranger.get("/")
    await stranger.aclose()
    context = ssl.create_default_context(cafile=school.running.root)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    strict = httpx.AsyncClient(base_url=school.running.rooms, verify=context, trust_env=False)
    assert (await strict.get("/")).status_code == 401
    await strict.aclose()


async def test_35_a_slow_database_says_come_back(school, room, monkeypatch):
    async def slow(*_):
        raise BusyError("slow")

    monkeypatch.setattr(Desk, "do", slow)
    answer = await room.send([event(1)])
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"] == "2"


async def test_a_room_is_told_the_hubs_time(school, room):
    school.time.ms += 5
    reply = await room.send_well([event(1)])
    assert (reply.time.recv_ms, reply.time.send_ms) == (school.time.ms, school.time.ms)


async def test_keys_can_be_admitted_beside_a_running_hub_again_and_again(school, room):
    again = admit(school.settings.database, "a1-05", public_text(room.key))
    assert again == room.key_id
    assert (await room.send([event(1)])).status_code == 200


async def test_500_events_in_one_batch(school, room):
    reply = await room.send_well([event(n) for n in range(1, 501)])
    assert (reply.acked_through, len(await school.taps())) == (500, 500)


async def test_many_rooms_at_once(school):
    rooms = await asyncio.gather(*(school.room(f"r{n}") for n in range(8)))

    async def work(room) -> None:
        await room.say_hello()
        for first in range(1, 50, 7):
            await room.send_well([event(n) for n in range(first, first + 7)])

    await asyncio.gather(*(work(room) for room in rooms))
    assert len({tap["tap_id"] for tap in await school.taps()}) == 8 * 49
