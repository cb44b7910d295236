"""The outermost layer of both servers: foreign hosts, origins and forms, big bodies, safe headers.

Plain ASGI. Source of the rules: design §8, threat model S7.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.serving.errors import ApiError, error_answer
from web.serving.roles import SAFE_METHODS, Caller

BODY_WITHIN_S = 20.0

_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_NO_STORE = (b"cache-control", b"no-store")

Headers = dict[str, list[str]]
Identify = Callable[[Scope, Headers], Caller]


@dataclass(frozen=True, slots=True)
class GuardRules:
    """What a guard lets through.

    Attributes:
        hosts: host names that are ours, lower case, without port (`localhost`, `127.0.0.1`,
            `[::1]`, `may-chu.truong.vn`).
        identify: says who is asking from scope and headers; must not wait.
        body_limit: most bytes of a body, where the caller has no limit of its own.
    """

    hosts: frozenset[str]
    identify: Identify
    body_limit: int = 65_536


class Guard:
    """Wraps an ASGI application and refuses what is foreign or malformed before it is read."""

    def __init__(self, app: ASGIApp, rules: GuardRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        safely = _with_safe_headers(send)
        try:
            receive = await self._admit(scope, receive)
        except ApiError as error:
            answer = error_answer(error.code, error.message, error.params)
            await answer(scope, receive, safely)
            return
        await self._app(scope, receive, safely)

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        headers = read_headers(scope["headers"])
        host = check_host(headers, self._rules.hosts)
        caller = scope["lophoc.caller"] = self._rules.identify(scope, headers)
        if not all(_same_place(origin, host) for origin in headers.get("origin", ())):
            raise ApiError("foreign_origin", "The request comes from a page that is not ours.")
        if scope["method"] in SAFE_METHODS:
            return receive
        _check_unsafe(scope, headers)
        limit = self._rules.body_limit if caller.body_limit is None else caller.body_limit
        body = await read_body(receive, headers, limit)
        _check_text(body)
        scope["lophoc.body"] = body
        return replayed(body, receive)


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers by lower-case name, each with all its values."""
    headers: Headers = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers


def check_host(headers: Headers, hosts: frozenset[str]) -> str:
    """The Host header, if it names one of ours.

    Raises:
        ApiError: `bad_host`: it is missing, twice there, or another's (DNS rebinding).
    """
    values = headers.get("host", [])
    if len(values) == 1 and host_name(values[0]) in hosts:
        return values[0].lower()
    raise ApiError("bad_host", "The Host header does not name this server.")


def host_name(authority: str) -> str:
    """The name in `name:port`, lower case, IPv6 in brackets; "" where it is malformed."""
    text = authority.lower()
    if text.startswith("["):
        name, closing, port = text.partition("]")
        name += closing
        port = port.removeprefix(":") if port.startswith(":") else ("0" if not port else "x")
    else:
        name, colon, port = text.partition(":")
        port = port if colon else "0"
    return name if port.isascii() and port.isdigit() else ""


def bearer(headers: Headers) -> str | None:
    """The bearer token of the request, if it has one."""
    values = headers.get("authorization", [])
    if len(values) != 1:
        return None
    scheme, _, token = values[0].partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body.

    Raises:
        ApiError: `too_big` above `limit` bytes, `too_slow` after 20 s, `bad_request` when the
            caller went away.
    """
    length = headers.get("content-length", ["0"])[0]
    if length.isdigit() and int(length[:18]) > limit:
        raise ApiError("too_big", f"The body may have at most {limit} bytes.", limit=limit)
    parts = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ApiError("bad_request", "The request ended before its body did.")
                parts += message.get("body", b"")
                if len(parts) > limit:
                    raise ApiError("too_big", f"The body may have at most {limit} bytes.")
                if not message.get("more_body", False):
                    return bytes(parts)
    except TimeoutError as error:
        raise ApiError("too_slow", f"The body did not come within {BODY_WITHIN_S} s.") from error


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _check_text(body: bytes) -> None:
    # Half a surrogate pair passes a JSON reader, and then cannot be stored or sent by anybody.
    if b"\\u" not in body:
        return
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ApiError("malformed", "The body holds half a character.", field="body") from error
    except (ValueError, RecursionError):
        return  # the application says what is wrong with it


def _check_unsafe(scope: Scope, headers: Headers) -> None:
    sites = headers.get("sec-fetch-site", [])
    if any(site != "same-origin" for site in sites):
        raise ApiError("foreign_origin", "The request comes from a page that is not ours.")
    vouched = sites or "origin" in headers or bearer(headers) is not None
    if not vouched and not _on_loopback(scope):
        raise ApiError("foreign_origin", "The request does not say which page it comes from.")
    kinds = headers.get("content-type", [])
    if len(kinds) != 1 or kinds[0].split(";")[0].strip().lower() != "application/json":
        raise ApiError("not_json", "Send JSON, with Content-Type: application/json.")


def _on_loopback(scope: Scope) -> bool:
    server = scope.get("server")
    return server is not None and _is_loopback(server[0])


@lru_cache(maxsize=16)
def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _same_place(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == host


def _with_safe_headers(send: Send) -> Send:
    async def safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), *_HEADERS]
            if all(name != b"cache-control" for name, _ in headers):
                headers.append(_NO_STORE)
            message = {**message, "headers": headers}
        await send(message)

    return safely
