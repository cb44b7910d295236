"""While the store is being read, neither the API nor the panel says that there is no lesson."""

import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import ARGS, CHROMIUM
from tests.whole.demo import Demo
from tests.whole.test_agent import Agent

HELD = Path(__file__).parent / "held_reading"


@pytest.fixture
def agent(tmp_path):
    one = Agent(tmp_path)
    yield one
    if one.process is not None and one.process.poll() is None:
        one.stop()


def start_held(agent: Agent) -> Path:
    """Start the agent; it reads its store once the file is gone."""
    hold = agent.folder / "hold"
    hold.touch()
    agent.start(PYTHONPATH=str(HELD), HELD_BY=str(hold))
    Demo.until(lambda: agent.get("/api/room"), "the agent serves")
    return hold


def ask(agent: Agent, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
    headers = {"Idempotency-Key": f"{method} {path}"} if body is not None else {}
    url = f"http://127.0.0.1:{agent.port}{path}"
    answer = httpx.request(method, url, json=body, headers=headers, timeout=5, trust_env=False)
    return answer.status_code, answer.json()


def test_the_api_says_starting_never_no_lesson(agent):
    agent.start()
    agent.until_ready()
    run = ask(agent, "POST", "/api/lesson/start", {"meeting": True})[1]["run"]["id"]
    agent.process.kill()
    agent.process.communicate(timeout=10)

    hold = start_held(agent)
    health = agent.get("/health")
    assert not health["ready"]
    assert "starting" in {one["code"] for one in health["findings"]}
    assert agent.get("/api/room")["lesson"] == {"starting": True}
    for method, path, body in [
        ("GET", "/api/lesson", None),
        ("POST", "/api/lesson/end", {}),
        ("POST", "/api/lesson/start", {"meeting": True}),
        ("GET", "/api/lessons/20261123-S-1-10a1/marks", None),
        ("PUT", "/api/lessons/20261123-S-1-10a1/marks/p1", {"presence": "present"}),
    ]:
        status, told = ask(agent, method, path, body)
        assert (status, told["code"]) == (503, "starting"), path

    with httpx.stream("GET", f"http://127.0.0.1:{agent.port}/events", trust_env=False) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: snapshot"
        assert json.loads(next(lines).removeprefix("data: "))["lesson"] == {"starting": True}
        hold.unlink()
        while next(lines) != "event: lesson":
            pass
        told = json.loads(next(lines).removeprefix("data: "))["lesson"]
    assert (told["starting"], told["run"]["id"]) == (False, run)
    assert ask(agent, "GET", "/api/lesson")[1]["run"]["id"] == run


def test_the_panel_keeps_its_lesson_and_never_shows_the_idle_screen(agent):
    agent.start()
    agent.until_ready()
    ask(agent, "POST", "/api/lesson/start", {"meeting": True})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = browser.new_page(viewport={"width": 800, "height": 480})
        page.set_default_timeout(20_000)
        page.goto(f"http://127.0.0.1:{agent.port}/")
        page.wait_for_selector("[data-test=end]")
        agent.process.kill()
        agent.process.communicate(timeout=10)
        hold = start_held(agent)
        expect(page.locator("[data-test=strip-opening]")).to_be_visible(timeout=20_000)
        assert page.locator("[data-test=end]").get_attribute("aria-disabled") == "true"
        late = browser.new_page(viewport={"width": 800, "height": 480})
        late.goto(f"http://127.0.0.1:{agent.port}/")
        expect(late.locator("[data-test=opening]")).to_have_text("Đang mở sổ của phòng…")
        assert late.locator("[data-test=start]").count() == 0
        hold.unlink()
        for each in (page, late):
            expect(each.locator("[data-test=end]")).to_be_visible()
            expect(each.locator("[data-test=strip-opening]")).to_have_count(0)
        browser.close()
