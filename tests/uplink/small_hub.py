"""A small hub of our own over real TLS, by the book, with every fault we know on request."""

import asyncio
import datetime
import gzip
import hashlib
import ipaddress
import json
import ssl
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.wire.event import Event
from sync.wire.messages import (
    Batch,
    BatchReply,
    ErrorReply,
    Hello,
    HelloReply,
    HubTime,
    LaneCursor,
    Result,
)
from sync.wire.signature import BadSignatureError, SignedRequest, read_proof, verify

ROOM = "a1-05"
HUB_MS = 1_764_100_000_000


@dataclass
class Authority:
    """A root certificate and one for 127.0.0.1 under it."""

    root: Path
    context: ssl.SSLContext


def make_authority(
    folder: Path, name: str = "127.0.0.1", days: tuple[int, int] = (-1, 1)
) -> Authority:
    def subject(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def builder(text: str, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject(text))
            .issuer_name(subject("test root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=days[0]))
            .not_valid_after(now + datetime.timedelta(days=days[1]))
        )

    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = (
        builder("test root", root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        builder("hub", key.public_key())
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    (folder / "hub.pem").write_bytes(leaf.public_bytes(pem))
    (folder / "hub.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "hub.pem", folder / "hub.key")
    return Authority(folder / "root.pem", context)


@dataclass
class Reply:
    """What goes back: a status, a body, headers; `cut` sends so many bytes and hangs up."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class Spot:
    """One (incarnation, lane) at the hub."""

    first_seq: int
    acked: int
    events: dict[int, Event] = field(default_factory=dict)
    gaps: list[tuple[int, int, str]] = field(default_factory=list)
    forks: list[Event] = field(default_factory=list)


class SmallHub:
    """The other end by the book, with faults on request.

    `faults` holds words, one for each coming batch: ok ack_lost portal wrong_echo busy hang half
    error_after reset none_taken. `poison` seqs make a batch 422, `most` events more make it 413,
    `reject` seqs are rejected one by one.
    """

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.public: Ed25519PublicKey | None = None
        self.epoch = "e1"
        self.spots: dict[tuple[str, int], Spot] = {}
        self.faults: deque[str] = deque()
        self.poison: set[int] = set()
        self.reject: set[int] = set()
        self.most = 500
        self.refuse_key = False
        self.hellos: list[Hello] = []
        self.batches: list[Batch] = []
        self.seen: set[tuple[str, int]] = set()
        self.release = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    # what tests ask

    def bodies(self, lane: int = 0) -> list[bytes]:
        """Everything taken of a lane, by incarnation and number."""
        return [
            spot.events[seq].body
            for (_, at), spot in self.spots.items()
            if at == lane
            for seq in sorted(spot.events)
        ]

    def ids(self, lane: int = 0) -> list[str]:
        return [
            f"{incarnation}-{seq}"
            for (incarnation, at), spot in self.spots.items()
            if at == lane
            for seq in spot.events
        ]

    def restore(self, keep: int) -> None:
        """The hub comes back from an old backup: only the first events of each lane are there."""
        self.epoch += "x"
        for spot in self.spots.values():
            spot.events = {s: e for s, e in spot.events.items() if s < spot.first_seq + keep}
            spot.gaps = [gap for gap in spot.gaps if gap[1] < spot.first_seq + keep]
            spot.acked = min(spot.acked, spot.first_seq + keep - 1)

    # the wire

    async def up(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.authority.context
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, *rest = head.decode().strip().split("\r\n")
                method, target, _ = line.split(" ")
                headers = {k.lower(): v for k, v in (h.split(": ", 1) for h in rest)}
                body = await reader.readexactly(int(headers["content-length"]))
                reply = await self._answer(
                    SignedRequest(method, target, headers["host"], body), headers
                )
                if reply is None or not self._write(writer, reply):
                    writer.transport.abort()
                    return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    def _write(self, writer: asyncio.StreamWriter, reply: Reply) -> bool:
        headers = {"content-type": "application/json", **reply.headers}
        headers["content-length"] = str(len(reply.body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        raw = f"HTTP/1.1 {reply.status} Word\r\n{lines}\r\n".encode() + reply.body
        writer.write(raw if reply.cut is None else raw[: reply.cut])
        return reply.cut is None

    # meaning

    async def _answer(self, request: SignedRequest, headers: dict[str, str]) -> Reply | None:
        try:
            proof = read_proof(headers)
            assert self.public is not None
            verify(request, proof, self.public)
        except BadSignatureError as error:
            return _error(401, "signature", str(error))
        if self.refuse_key:
            return _error(403, "revoked", "this key was revoked")
        assert (proof.start_id, proof.counter) not in self.seen, "a counter was used twice"
        self.seen.add((proof.start_id, proof.counter))
        raw = gzip.decompress(request.body)
        if request.target == f"/v1/agents/{ROOM}/hello":
            return self._hello(Hello.model_validate_json(raw))
        assert request.target == f"/v1/agents/{ROOM}/batches"
        return await self._with_fault(Batch.model_validate_json(raw), request.body)

    def _hello(self, hello: Hello) -> Reply:
        self.hellos.append(hello)
        cursors = []
        for incarnation in hello.incarnations:
            for span in incarnation.lanes:
                spot = self.spots.setdefault(
                    (incarnation.id, span.lane), Spot(span.first_seq, span.first_seq - 1)
                )
                cursors.append(
                    LaneCursor(
                        incarnation=incarnation.id,
                        lane=span.lane,
                        acked=spot.acked,
                        settled=spot.acked,
                    )
                )
        reply = HelloReply(server_epoch=self.epoch, cursors=tuple(cursors), time=_time())
        return Reply(200, reply.model_dump_json().encode())

    async def _with_fault(self, batch: Batch, body: bytes) -> Reply | None:
        fault = self.faults.popleft() if self.faults else "ok"
        if fault == "hang":
            await self.release.wait()
        if fault in ("hang", "reset"):
            return None
        if fault in _INSTEAD:
            return _INSTEAD[fault]
        reply = self.take(batch, body)
        if fault == "ack_lost":
            return None
        if fault == "half":
            reply.cut = 60
        if fault == "wrong_echo":
            said = json.loads(reply.body)
            reply.body = json.dumps({**said, "echo_sha256": "0" * 64}).encode()
        return _error(502, "proxy", "bad gateway") if fault == "error_after" else reply

    def take(self, batch: Batch, body: bytes) -> Reply:
        """One batch by the book."""
        self.batches.append(batch)
        assert batch.n == len(batch.events) <= 500
        if batch.n > self.most:
            return _error(413, "too_big", "too many")
        if any(event.seq in self.poison for event in batch.events):
            return _error(422, "malformed", "an event is malformed")
        spot = self.spots.get((batch.incarnation, batch.lane))
        if spot is None:
            return _error(409, "hello", "say hello first")
        covered = {seq for gap in batch.gaps for seq in range(gap.first, gap.last + 1)}
        covered |= {event.seq for event in batch.events}
        for seq in range(min(spot.acked + 1, batch.first_seq), batch.last_seq + 1):
            if seq > spot.acked and seq not in covered:
                return _error(409, "expected", "a hole", expected_seq=seq)
        results = [result for event in batch.events if (result := self._keep(spot, event.event()))]
        spot.gaps += [(gap.first, gap.last, gap.reason) for gap in batch.gaps]
        spot.acked = max(spot.acked, batch.last_seq)
        reply = BatchReply(
            server_epoch=self.epoch,
            lane=batch.lane,
            incarnation=batch.incarnation,
            acked_through=spot.acked,
            settled_through=spot.acked,
            results=tuple(results),
            time=_time(),
            echo_sha256=hashlib.sha256(body).hexdigest(),
        )
        return Reply(200, reply.model_dump_json().encode())

    def _keep(self, spot: Spot, event: Event) -> Result | None:
        if event.seq in self.reject:
            return Result(seq=event.seq, code="rejected", reason="not today")
        known = spot.events.get(event.seq)
        if known is None:
            spot.events[event.seq] = event
            return None
        if known.sha8 == event.sha8:
            return Result(seq=event.seq, code="duplicate")
        spot.forks.append(event)
        return Result(seq=event.seq, code="fork")


def _time() -> HubTime:
    return HubTime(recv_ms=HUB_MS, send_ms=HUB_MS)


def _error(status: int, code: str, message: str, *, expected_seq: int | None = None) -> Reply:
    reply = ErrorReply(code=code, message=message, expected_seq=expected_seq)
    return Reply(status, reply.model_dump_json().encode())


_INSTEAD = {
    "portal": Reply(200, b"<html>Please log in</html>", {"content-type": "text/html"}),
    "busy": Reply(503, b"{}", {"retry-after": "0"}),
}
