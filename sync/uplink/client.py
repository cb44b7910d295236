"""HTTPS to the hub, and to nobody else: its root certificate is pinned, each request signed.

Imports httpx: keep this module off the start path.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from sync.uplink.identity import Signer
from sync.uplink.ports import Answer, CannotConnectError, Heard, Silence, Trouble
from sync.wire.signature import SignedRequest

MOST_ANSWER_BYTES = 1 << 20
"""A longer answer is not the hub's."""


CONNECT_WITHIN_S = 3.0
"""A connection and its handshake take no longer, each."""


_HANDSHAKE_ENDS = {
    "connection.connect_tcp.failed",
    "connection.start_tls.complete",
    "connection.start_tls.failed",
}


# OpenSSL's X509_V_ERR_*: not yet valid, expired, host name and address mismatch.
_CERTIFICATES = {
    9: Trouble.OUT_OF_DATE,
    10: Trouble.OUT_OF_DATE,
    62: Trouble.WRONG_NAME,
    64: Trouble.WRONG_NAME,
}


class AddressError(CannotConnectError):
    """The hub's address or root certificate cannot be used; the text says which and why."""


class RootError(AddressError):
    """The hub's root certificate cannot be used."""

    trouble = Trouble.ROOT_UNUSABLE


class HubClient:
    """One agent's connection to its hub; kept open between requests.

    Args:
        address: `https://host[:port]`, without a path.
        root: PEM file with the hub's root certificate, the only one believed.
        agent: agent id.
        signer: signs each request.
        answer_within_s: limit for a whole request, handshakes included.

    Raises:
        AddressError: the address is no https address.
        RootError: the file is not there, cannot be read or holds no certificate.
    """

    def __init__(
        self, address: str, root: Path, agent: str, signer: Signer, answer_within_s: float = 15.0
    ) -> None:
        self._host, self._port = _host_and_port(address)
        self._base = f"{address.rstrip('/')}/v1/agents/{agent}"
        self._signer = signer
        self._answer_within_s = answer_within_s
        self._running: set[asyncio.Task[Heard]] = set()
        self._no_handshake = asyncio.Event()
        self._no_handshake.set()
        self._http = httpx.AsyncClient(
            verify=_pinned(root),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(answer_within_s, connect=CONNECT_WITHIN_S),
            limits=httpx.Limits(max_connections=2, keepalive_expiry=120.0),
        )

    async def post(self, what: str, body: bytes) -> Heard:
        """Send a packed body to `hello` or `batches`; the far end never makes this raise."""
        request = self._http.build_request(
            "POST",
            f"{self._base}/{what}",
            content=body,
            headers={"content-type": "application/json", "content-encoding": "gzip"},
            extensions={"trace": self._watch_handshake},
        )
        target = request.url.raw_path.decode("ascii")
        signed = SignedRequest("POST", target, request.headers["host"], body)
        request.headers.update(self._signer.headers(signed))
        exchange = asyncio.create_task(self._exchange_in_time(request))
        self._running.add(exchange)
        exchange.add_done_callback(self._running.discard)
        return await asyncio.shield(exchange)

    async def look(self) -> Trouble | None:
        """Why nobody accepts a connection at the hub's address; None = somebody does."""
        found: list[Trouble] = []
        try:
            async with asyncio.timeout(1.0):
                for address in await self._addresses():
                    trouble = await _knock(address, self._port)
                    if trouble is None:
                        return None
                    found.append(trouble)
        except socket.gaierror:
            return Trouble.NAME_UNKNOWN
        except (TimeoutError, OSError):
            return Trouble.NO_LINK
        return Trouble.PORT_REFUSED if Trouble.PORT_REFUSED in found else Trouble.NO_LINK

    async def _addresses(self) -> list[str]:
        loop, kind = asyncio.get_running_loop(), socket.SOCK_STREAM
        found = await loop.getaddrinfo(self._host, self._port, type=kind)
        return [str(address[0]) for *_, address in found]

    async def close(self) -> None:
        """Let go of the connection.

        A handshake may end first, in at most twice `CONNECT_WITHIN_S`: httpx leaks the socket of a
        request that is cancelled there.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * CONNECT_WITHIN_S):
                await self._no_handshake.wait()
        left = list(self._running)
        for exchange in left:
            exchange.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._http.aclose()

    async def _watch_handshake(self, event: str, _: object) -> None:
        """Told by httpx of each step of a request."""
        if event == "connection.connect_tcp.started":
            self._no_handshake.clear()
        elif event in _HANDSHAKE_ENDS:
            self._no_handshake.set()

    async def _exchange_in_time(self, request: httpx.Request) -> Heard:
        try:
            async with asyncio.timeout(self._answer_within_s):
                return await self._exchange(request)
        except (TimeoutError, httpx.HTTPError) as error:
            return Silence(_trouble(error))

    async def _exchange(self, request: httpx.Request) -> Heard:
        response = await self._http.send(request, stream=True)
        try:
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > MOST_ANSWER_BYTES:
                    return Silence(Trouble.NOT_THE_HUB)
        finally:
            await response.aclose()
        return Answer(response.status_code, bytes(content), _retry_after_s(response))


async def _knock(address: str, port: int) -> Trouble | None:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except ConnectionRefusedError:
        return Trouble.PORT_REFUSED
    except OSError:
        return Trouble.NO_LINK
    writer.transport.abort()
    return None


def _pinned(root: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=root)
    except ssl.SSLError as error:
        raise RootError(
            f"{root} holds no root certificate: copy root.pem from the hub's state folder"
        ) from error
    except OSError as error:
        raise RootError(
            f"{root} cannot be read ({error.strerror}): copy root.pem from the hub's state folder, "
            f"with `install -m 644 root.pem {root}`, so that the agent's user may read it"
        ) from error
    return context


def _host_and_port(address: str) -> tuple[str, int]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or 443
    except ValueError as error:
        raise AddressError(f"the hub's address {address!r} is malformed: {error}") from error
    if parts.scheme != "https" or not host or parts.path not in ("", "/"):
        raise AddressError(f"the hub's address {address!r} must look like https://hub.school:8443")
    return host, port


def _retry_after_s(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _trouble(error: Exception) -> Trouble:
    """Which trouble an exception is: nobody there, somebody else, or no answer."""
    if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Trouble.HUB_SILENT
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _CERTIFICATES.get(cause.verify_code, Trouble.WRONG_ROOT)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLWantReadError):
            return Trouble.NOT_THE_HUB
        if isinstance(cause, socket.gaierror):
            return Trouble.NAME_UNKNOWN
        if isinstance(cause, ConnectionRefusedError):
            return Trouble.PORT_REFUSED
    return Trouble.NO_LINK


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, then what led to it; of several addresses that were tried, each one's."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__
