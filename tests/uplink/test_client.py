"""The client speaks to the pinned hub alone, and every failure has its name."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sync.uplink.client import MOST_ANSWER_BYTES, AddressError, HubClient
from sync.uplink.identity import Signer, load_or_make_key
from sync.uplink.ports import Answer, Silence, Trouble
from tests.uplink.small_hub import make_authority


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer("a1-05", load_or_make_key(tmp_path / "k"), "start")


@pytest.mark.parametrize(
    "address",
    ["http://hub:1", "hub", "https://", "https://hub:99999", "https://hub/x", "https://[::1", ""],
)
def test_an_address_that_cannot_be_used_is_said(authority, signer, address: str) -> None:
    with pytest.raises(AddressError, match="hub's address"):
        HubClient(address, authority.root, "a1-05", signer)


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_root_that_cannot_be_used_is_said(tmp_path: Path, signer, content) -> None:
    root = tmp_path / "root.pem"
    if content is not None:
        root.write_bytes(content)
    with pytest.raises(AddressError, match=r"root\.pem"):
        HubClient("https://hub:1", root, "a1-05", signer)


@asynccontextmanager
async def answering(raw: bytes, context: ssl.SSLContext | None) -> AsyncIterator[str]:
    """A server that sends the same bytes to everybody who asks, then hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(raw)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def http(status: int, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def heard_from(raw: bytes, authority, signer, *, tls: bool = True) -> Answer | Silence:
    async with answering(raw, authority.context if tls else None) as address:
        client = HubClient(address, authority.root, "a1-05", signer, answer_within_s=5.0)
        try:
            return await client.post("hello", b"x")
        finally:
            await client.close()


async def test_an_answer_is_handed_over_as_it_is(authority, signer) -> None:
    raw = http(503, b"later", "Retry-After: 7")
    assert await heard_from(raw, authority, signer) == Answer(503, b"later", 7.0)


@pytest.mark.parametrize(
    "word", ["soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 30, "\u0663"]
)
async def test_a_retry_after_that_is_no_number_is_none(authority, signer, word: str) -> None:
    raw = http(503, b"", "Retry-After: " + word)
    assert await heard_from(raw, authority, signer) == Answer(503, b"", None)


async def test_a_packed_answer_is_unpacked(authority, signer) -> None:
    raw = http(200, gzip.compress(b"{}"), "Content-Encoding: gzip")
    assert await heard_from(raw, authority, signer) == Answer(200, b"{}")


async def test_a_redirect_is_not_followed(authority, signer) -> None:
    heard = await heard_from(http(302, b"", "Location: http://127.0.0.1:9/"), authority, signer)
    assert heard == Answer(302, b"")


async def test_an_answer_without_end_is_a_strangers(authority, signer) -> None:
    bomb = gzip.compress(b"0" * (MOST_ANSWER_BYTES + 1))
    heard = await heard_from(http(200, bomb, "Content-Encoding: gzip"), authority, signer)
    assert heard == Silence(Trouble.NOT_THE_HUB)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe garbage",
        http(200, b"half of it")[:-4],
        http(200, b"no gzip", "Content-Encoding: gzip"),
    ],
)
async def test_an_answer_that_is_none_is_silence(authority, signer, raw: bytes) -> None:
    assert await heard_from(raw, authority, signer) == Silence(Trouble.HUB_SILENT)


async def test_somebody_without_tls_is_a_stranger(authority, signer) -> None:
    heard = await heard_from(http(200, b"log in"), authority, signer, tls=False)
    assert heard == Silence(Trouble.NOT_THE_HUB)


async def test_another_root_is_a_stranger(authority, other_authority, signer) -> None:
    async with answering(http(200, b"{}"), other_authority.context) as address:
        client = HubClient(address, authority.root, "a1-05", signer)
        assert await client.post("hello", b"x") == Silence(Trouble.WRONG_ROOT)
        assert await client.look() is None
        await client.close()


@pytest.mark.parametrize(
    ("made", "trouble"),
    [
        ({"name": "127.0.0.7"}, Trouble.WRONG_NAME),
        ({"days": (-9, -1)}, Trouble.OUT_OF_DATE),
        ({"days": (1, 9)}, Trouble.OUT_OF_DATE),
    ],
    ids=["another name", "expired", "not yet valid: our clock is behind"],
)
async def test_a_certificate_that_does_not_fit_is_said(tmp_path, signer, made, trouble) -> None:
    authority = make_authority(tmp_path, **made)
    assert await heard_from(http(200, b"{}"), authority, signer) == Silence(trouble)


async def test_a_name_that_nobody_knows_is_said(authority, signer) -> None:
    client = HubClient("https://hub.invalid:8443", authority.root, "a1-05", signer)
    assert await client.post("hello", b"x") == Silence(Trouble.NAME_UNKNOWN)
    assert await client.look() is Trouble.NAME_UNKNOWN
    await client.close()


async def test_a_machine_without_a_hub_is_said(authority, signer) -> None:
    async with answering(b"", None) as address:
        pass
    client = HubClient(address, authority.root, "a1-05", signer)
    assert await client.post("hello", b"x") == Silence(Trouble.PORT_REFUSED)
    assert await client.look() is Trouble.PORT_REFUSED
    await client.close()
