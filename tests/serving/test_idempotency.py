import asyncio

import pytest

from web.serving.errors import ApiError
from web.serving.idempotency import KEEP_S, AnswerMemory

PANEL = {"authorization": "Bearer panel"}


def keyed(key: str) -> dict[str, str]:
    return {**PANEL, "idempotency-key": key}


async def test_the_same_key_gives_the_same_answer_and_one_effect(surface, http):
    first = await http.post("/api/wish/a", json={"value": 7}, headers=keyed("k1"))
    again = await http.post("/api/wish/a", json={"value": 7}, headers=keyed("k1"))
    assert first.json() == again.json() == {"value": 7, "count": 1}
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert surface.wishes == [7]


@pytest.mark.parametrize(("path", "value"), [("/api/wish/a", 8), ("/api/wish/b", 7)])
async def test_the_same_key_for_another_request_is_a_conflict(surface, http, path, value):
    await http.post("/api/wish/a", json={"value": 7}, headers=keyed("k1"))
    answer = await http.post(path, json={"value": value}, headers=keyed("k1"))
    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    assert surface.wishes == [7]


async def test_two_at_once_have_one_effect(surface, http):
    def post():
        return http.post("/api/wish/held", json={"value": 3}, headers=keyed("k1"))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(post()) for _ in range(5)]
        while not surface.wishes:  # noqa: ASYNC110 - the other side gives no signal
            await asyncio.sleep(0.01)
        surface.hold.set()
    assert {task.result().text for task in tasks} == {'{"value":3,"count":1}'}


@pytest.mark.parametrize("key", ["", "x" * 129, "a\tb"])
async def test_a_malformed_key_is_refused(http, key):
    answer = await http.post("/api/wish/a", json={"value": 1}, headers=keyed(key))
    assert (answer.status_code, answer.json()["code"]) == (400, "key_malformed")


async def test_a_missing_key_is_refused_unless_the_route_has_its_own(surface, http):
    answer = await http.post("/api/wish/a", json={"value": 1}, headers=PANEL)
    assert (answer.status_code, answer.json()["code"]) == (400, "key_missing")
    assert (await http.post("/api/own", json={"value": 2}, headers=PANEL)).status_code == 200
    assert surface.wishes == [2]


async def test_a_later_is_not_remembered(http):
    first = await http.post("/api/wish/busy", json={"value": 1}, headers=keyed("k1"))
    second = await http.post("/api/wish/busy", json={"value": 1}, headers=keyed("k1"))
    assert first.status_code == second.status_code == 503
    assert "idempotency-replayed" not in second.headers


class Bare:
    """The memory alone, with a clock that is moved by hand."""

    def __init__(self, **limits: int) -> None:
        self.now_s = 0.0
        self.memory = AnswerMemory(lambda: self.now_s, **limits)
        self.calls = 0

    async def handle(self, scope, receive, send):
        self.calls += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 100})

    async def ask(self, key: str, caller: str = "me") -> list[dict]:
        sent: list[dict] = []

        async def send(message):
            sent.append(message)

        scope = {
            "method": "POST",
            "path": "/p",
            "query_string": b"",
            "headers": [(b"idempotency-key", key.encode())],
        }
        await self.memory.answer(caller, self.handle, scope, None, send)
        return sent


async def test_answers_are_forgotten_after_a_day():
    bare = Bare()
    await bare.ask("a")
    bare.now_s = KEEP_S - 1
    await bare.ask("a")
    assert bare.calls == 1
    bare.now_s = KEEP_S
    await bare.ask("a")
    assert bare.calls == 2


@pytest.mark.parametrize("limits", [{"limit": 3}, {"byte_limit": 300}])
async def test_the_oldest_answers_make_room(limits):
    bare = Bare(**limits)
    for key in "abcd":
        await bare.ask(key)
    await bare.ask("b")
    assert bare.calls == 4
    await bare.ask("a")
    assert bare.calls == 5


async def test_keys_of_different_callers_do_not_meet():
    bare = Bare()
    await bare.ask("a", "me")
    await bare.ask("a", "you")
    assert bare.calls == 2


async def test_a_handler_that_fails_leaves_no_answer_behind():
    bare = Bare()

    async def fail(scope, receive, send):
        raise ApiError("busy", "later")

    good, bare.handle = bare.handle, fail
    with pytest.raises(ApiError):
        await bare.ask("a")
    bare.handle = good
    await bare.ask("a")
    assert bare.calls == 1
