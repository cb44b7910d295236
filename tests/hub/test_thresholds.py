"""A hub tells rooms the thresholds through the records, and which of its file hold no more."""

import json
from contextlib import AsyncExitStack

import httpx

from school.rules import Rules
from school.school_file import read_school
from sync.hub.hub import Times, hub
from sync.hub.settings import HubSettings
from tests.hub.room_end import FakeTime


async def ask(settings: HubSettings, path: str) -> httpx.Response:
    async with AsyncExitStack() as stack:
        time = FakeTime()
        running = await stack.enter_async_context(
            hub(settings, Times(now_ms=time.now_ms, now_s=time.now_s))
        )
        bearer = {"authorization": f"Bearer {running.token}"}
        api = httpx.AsyncClient(base_url=running.console, headers=bearer, trust_env=False)
        await stack.enter_async_context(api)
        return await api.get(path)


async def test_records_that_rooms_get_have_the_first_row(settings):
    given = settings.model_copy(update={"rules": Rules(late_after_min=9)})
    records = await ask(given, "/api/records")
    assert read_school(records.content).thresholds[0].late_after_min == 9
    later = settings.model_copy(
        update={"rules": Rules(late_after_min=2), "thresholds": {"late_after_min": 2}}
    )
    assert (await ask(later, "/health")).json()["notes"] == [
        {"code": "threshold_passed_over", "key": "late_after_min", "file": 2, "holds": 9}
    ]
    assert read_school((await ask(later, "/api/records")).content).thresholds[0].late_after_min == 9


async def test_an_undo_of_what_came_before_the_first_row_leaves_it(school):
    records = await school.api.get("/api/records")
    held = json.loads(records.content)
    assert held["thresholds"][0]["late_after_min"] == 5
    bare = held | {"thresholds": [], "school": held["school"] | {"name": "Trường B"}}
    put = await school.api.put(
        "/api/records",
        content=json.dumps(bare),
        headers={"if-match": records.headers["etag"], "content-type": "application/json",
                 "idempotency-key": "k1"},
    )  # fmt: skip
    assert put.status_code == 200, put.text
    after = json.loads((await school.api.get("/api/records")).content)
    assert after["school"]["name"] == "Trường B"
    assert after["thresholds"] == held["thresholds"]
