"""A small school, a hub of it on loopback, and a room that speaks to it as rooms do."""

import base64
import gzip
import hashlib
import itertools
import secrets
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from school.cards import uid_hash
from sync.hub.hub import Running, Times, hub
from sync.hub.keys import admit
from sync.hub.settings import HubSettings
from sync.wire.event import Event, encode_body
from sync.wire.messages import (
    Batch,
    BatchReply,
    Gap,
    Hello,
    HelloReply,
    IncarnationSpans,
    LaneSpan,
    Sent,
    WireEvent,
)
from sync.wire.signature import SignedRequest, sign

BOOT = "ab" * 16
CARD_KEY = "5a" * 32
MONDAY_0710 = 1_795_392_600_000  # 2026-11-23 07:10 at UTC+7
PUPILS = 5


def school_rows() -> dict:
    teacher = {"teacher_id": "gv-ha"}
    classes = ["10a1", "10a2"]
    pupils = [
        {
            "id": f"{c}-{n:02}",
            "kind": "pupil",
            "name": f"Nguyễn Văn {c} {n}",
            "class_id": c,
            "stt": n,
        }
        for c in classes
        for n in range(1, PUPILS + 1)
    ]
    return {
        "schema": 1,
        "school": {"id": "thpt-x", "name": "Trường THPT X"},
        "card_key": CARD_KEY,
        "rooms": [{"id": "a1-05", "name": "A1.05"}, {"id": "a1-06", "name": "A1.06"}],
        "classes": [
            {"id": "10a1", "name": "10A1", "home_room": "a1-05"},
            {"id": "10a2", "name": "10A2", "home_room": "a1-06"},
        ],
        "people": [*pupils, {"id": "gv-ha", "kind": "staff", "name": "Trần Thị Hà"}],
        "cards": [
            {"person_id": p["id"], "tech": "mifare", "uid": card_of(p["id"])} for p in pupils
        ],
        "bells": [
            {"session": "S", "slot": 1, "start": "07:00", "end": "07:45"},
            {"session": "S", "slot": 2, "start": "07:50", "end": "08:35"},
        ],
        "timetable": [
            {"group": c, "weekday": 1, "session": "S", "slot": s, "subject": "Toán", **teacher}
            for c in classes
            for s in (1, 2)
        ],
    }  # fmt: skip


def card_of(person_id: str) -> str:
    return hashlib.sha256(person_id.encode()).hexdigest()[:8].upper().replace("08", "18", 1)


def card_hash(person_id: str) -> str:
    return uid_hash(bytes.fromhex(CARD_KEY), "mifare", card_of(person_id))


def event(seq: int, kind: str = "tap", body: dict | None = None, at_ms: int = MONDAY_0710) -> Event:
    tap = {"reader": "door", "tech": "mifare", "uid_hash": f"{seq:032x}", "last4": "0000"}
    said = encode_body(tap if body is None else body)
    return Event(seq, kind, BOOT, 1000 * seq, at_ms + 1000 * seq, "ntp", said)


def tap(seq: int, person_id: str) -> Event:
    body = {"reader": "door", "tech": "mifare", "uid_hash": card_hash(person_id), "last4": "1"}
    return event(seq, "tap", body)


@dataclass
class FakeTime:
    ms: int = MONDAY_0710

    def now_ms(self) -> int:
        return self.ms

    def now_s(self) -> float:
        return self.ms / 1000


@dataclass
class RoomEnd:
    """The room's end of the wire, one request at a time, with every knob in reach."""

    http: httpx.AsyncClient
    agent: str
    key: Ed25519PrivateKey
    key_id: str
    start: str = field(default_factory=lambda: f"{BOOT}.{secrets.token_hex(8)}")
    incarnation: str = field(default_factory=lambda: secrets.token_hex(8))
    epoch: str = ""
    _counter: itertools.count = field(default_factory=lambda: itertools.count(1))

    async def post(
        self,
        what: str,
        body: bytes,
        *,
        counter: int | None = None,
        encoding: str = "gzip",
        **changed,
    ) -> httpx.Response:
        path = changed.get("path", f"/v1/agents/{self.agent}/{what}")
        request = self.http.build_request(
            "POST",
            path,
            content=changed.get("sent", body),
            headers={"content-encoding": encoding, "host": changed.get("host", "127.0.0.1:1")},
        )
        signed = SignedRequest(
            "POST", changed.get("signed_path", path), request.headers["host"], body
        )
        number = next(self._counter) if counter is None else counter
        key = changed.get("key", self.key)
        headers = sign(signed, key, changed.get("key_id", self.key_id), self.start, number)
        for name in changed.get("without", ()):
            headers.pop(name)
        request.headers.update({**headers, **changed.get("headers", {})})
        return await self.http.send(request)

    def hello(
        self, first: int = 1, last: int = 0, lanes: Sequence[int] = (0, 1), storage: str = ""
    ) -> Hello:
        spans = tuple(LaneSpan(lane=n, first_seq=first, last_seq=last) for n in lanes)
        mine = IncarnationSpans(id=self.incarnation, n=1, boot=BOOT, reason="first", lanes=spans)
        sent = Sent(boot=BOOT, mono_ms=5, wall_ms=MONDAY_0710)
        return Hello(
            agent=self.agent,
            incarnations=(mine,),
            software="0.1",
            storage=storage,
            sent=sent,
        )

    async def say_hello(self, **spans) -> HelloReply:
        answer = await self.post("hello", pack(self.hello(**spans)))
        assert answer.status_code == 200, answer.text
        reply = HelloReply.model_validate_json(answer.content)
        self.epoch = reply.server_epoch
        return reply

    def batch(
        self, events: Sequence[Event], lane: int = 0, gaps: Sequence[Gap] = (), **changed
    ) -> Batch:
        seqs = [e.seq for e in events]
        return Batch(
            agent=self.agent,
            incarnation=self.incarnation,
            lane=lane,
            first_seq=changed.get("first_seq", seqs[0] if seqs else 1),
            last_seq=changed.get("last_seq", seqs[-1] if seqs else 1),
            n=changed.get("n", len(events)),
            server_epoch=self.epoch,
            sent=Sent(boot=BOOT, mono_ms=5, wall_ms=MONDAY_0710),
            gaps=tuple(gaps),
            anchors=changed.get("anchors", ()),
            events=tuple(WireEvent.of(e) for e in events),
        )

    async def send(self, events: Sequence[Event], **changed) -> httpx.Response:
        return await self.post("batches", pack(self.batch(events, **changed)))

    async def send_well(self, events: Sequence[Event], **changed) -> BatchReply:
        answer = await self.send(events, **changed)
        assert answer.status_code == 200, answer.text
        return BatchReply.model_validate_json(answer.content)


def pack(message) -> bytes:
    return gzip.compress(message.model_dump_json().encode(), 1)


@dataclass
class School:
    """A hub that serves, its settings, clock and doors."""

    settings: HubSettings
    time: FakeTime
    running: Running
    stack: AsyncExitStack
    api: httpx.AsyncClient

    async def room(self, agent: str = "a1-05", **changed) -> RoomEnd:
        key = Ed25519PrivateKey.generate()
        key_id = admit(self.settings.database, agent, public_text(key), at_ms=1)
        http = rooms_client(self.running.rooms, self.running.root)
        await self.stack.enter_async_context(http)
        return RoomEnd(http, agent, key, key_id, **changed)

    async def taps(self, after: int = 0) -> list[dict]:
        answer = await self.api.get("/api/taps", params={"after": after, "limit": 10_000})
        assert answer.status_code == 200, answer.text
        return answer.json()["taps"]


def public_text(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def rooms_client(url: str, root: Path) -> httpx.AsyncClient:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(root)
    return httpx.AsyncClient(base_url=url, verify=context, trust_env=False, timeout=30)


@asynccontextmanager
async def open_school(settings: HubSettings) -> AsyncIterator[School]:
    """A hub with these settings, and who looks at it."""
    time = FakeTime()
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(
            hub(settings, Times(now_ms=time.now_ms, now_s=time.now_s))
        )
        bearer = {"authorization": f"Bearer {running.token}"}
        api = httpx.AsyncClient(base_url=running.console, headers=bearer, trust_env=False)
        await stack.enter_async_context(api)
        yield School(settings, time, running, stack, api)
