import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from web.serving.assemble import assemble, new_app
from web.serving.errors import STATUS
from web.serving.guard import Guard, GuardRules, bearer, host_name
from web.serving.roles import NOBODY, Role, declare

GOOD = {"authorization": "Bearer panel", "idempotency-key": "k"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8080"])
async def test_our_own_names_are_let_through(http, host):
    assert (await http.get("/api/open", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1:80:80", "localhost:x", "", "[::1]x"],
)
async def test_a_foreign_host_is_refused(http, host):
    answer = await http.get("/api/open", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_host")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://localhost.evil.example"},
        {"origin": "http://[broken"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_a_foreign_page_cannot_act(surface, http, headers):
    answer = await http.post("/api/wish/a", json={"value": 1}, headers={**GOOD, **headers})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert surface.wishes == []


async def test_our_own_page_can_act(surface, http):
    headers = {**GOOD, "origin": surface.url, "sec-fetch-site": "same-origin"}
    answer = await http.post("/api/wish/a", json={"value": 1}, headers=headers)
    assert answer.status_code == 200


async def test_a_foreign_page_cannot_read_either(http):
    answer = await http.get("/api/open", headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""],
)
async def test_forms_are_refused(surface, http, kind):
    headers = {**GOOD, "content-type": kind}
    answer = await http.post("/api/wish/a", content=b'{"value":1}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")
    assert surface.wishes == []


async def test_a_big_body_is_refused_by_its_length_and_by_its_bytes(surface, http):
    async def drops():
        for _ in range(11):
            yield b"x" * 100

    headers = {**GOOD, "content-type": "application/json"}
    for body in (b"x" * 1001, drops()):
        answer = await http.post("/api/wish/a", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_big")


async def test_every_answer_has_the_safe_headers(http):
    for path in ("/api/open", "/nothing", "/api/wish/a"):
        headers = (await http.get(path)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def away_from_loopback(headers: list[tuple[bytes, bytes]]) -> dict:
    return {
        "type": "http",
        "method": "POST",
        "path": "/x",
        "raw_path": b"/x",
        "query_string": b"",
        "headers": [(b"host", b"lop"), (b"content-type", b"application/json"), *headers],
        "server": ("192.0.2.1", 8443),
        "client": ("192.0.2.9", 5),
    }


async def status_of(app, scope: dict, body: bytes = b"{}") -> int:
    sent: list[Message] = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 403),
        ([(b"origin", b"https://lop")], 204),
        ([(b"authorization", b"Bearer x")], 204),
        ([(b"sec-fetch-site", b"same-origin")], 204),
    ],
)
async def test_away_from_loopback_an_unsafe_request_says_where_it_comes_from(headers, status):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guard = Guard(app, GuardRules(frozenset({"lop"}), lambda scope, headers: NOBODY))
    assert await status_of(guard, away_from_loopback(headers)) == status


async def test_a_caller_who_leaves_before_the_body_ends_is_answered_nothing_harmful():
    async def app(scope, receive, send):
        raise AssertionError("the application must not see it")

    guard = Guard(app, GuardRules(frozenset({"lop"}), lambda scope, headers: NOBODY))
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await guard(away_from_loopback([(b"origin", b"http://lop")]), receive, send)
    assert sent[0]["status"] == 400


def test_bearer_is_read_only_when_there_is_exactly_one():
    assert bearer({"authorization": ["bearer  abc "]}) == "abc"
    assert bearer({"authorization": ["Basic abc"]}) is None
    assert bearer({"authorization": ["Bearer a", "Bearer b"]}) is None
    assert bearer({}) is None


@given(st.text(max_size=40))
def test_a_host_name_is_a_part_of_the_header_or_nothing(text):
    name = host_name(text)
    assert name == "" or text.lower().startswith(name)


def fuzzed_app():
    app = new_app("fuzz")

    @app.post("/x")
    @declare(Role.PUBLIC)
    async def x(body: dict) -> dict:
        return {"n": len(body)}

    rules = GuardRules(frozenset({"lop"}), lambda scope, headers: NOBODY, body_limit=200)
    return assemble(app, rules, now_s=time.monotonic)


NAMES = st.sampled_from(
    [
        b"host", b"origin", b"sec-fetch-site", b"content-type", b"content-length",
        b"authorization", b"idempotency-key", b"accept-encoding", b"cookie",
    ]
)  # fmt: skip
VALUES = st.sampled_from(
    [b"lop", b"http://lop", b"application/json", b"k", b"same-origin", b"5", b"Bearer x"]
) | st.binary(max_size=30)
FUZZED = fuzzed_app()


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "TRACE", "X"]),
    path=st.sampled_from(["/x", "/", "/x/", "//"]) | st.text(max_size=20).map(lambda t: "/" + t),
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=8),
    body=st.sampled_from([b"{}", b"[]", b"", b"null"]) | st.binary(max_size=250),
    host=st.booleans(),
)
def test_no_input_whatever_is_our_fault(method, path, headers, body, host):
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"lop"), *headers] if host else headers,
        "server": ("127.0.0.1", 1),
        "client": ("127.0.0.1", 2),
        "http_version": "1.1",
        "scheme": "http",
        "asgi": {"version": "3.0"},
    }
    status = asyncio.run(status_of(FUZZED, scope, body))
    assert status == 200 or status in STATUS.values()
    assert status < 500
