"""A hub that is killed and starts again: who was signed in stays so, and its page is of now."""

import json
import socket
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Page, async_playwright, expect

from sync.hub.keys import admit
from sync.hub.session_file import SessionFile
from sync.hub.sessions import SESSION_S, Sessions
from sync.hub.settings import load_settings
from tests.browser.conftest import CHROMIUM
from tests.hub.room_end import public_text, school_rows
from tests.hub.test_crash import HubProcess
from tests.hub.test_page import faults

TOKEN = "t" * 30
BACK_MS = 15_000


@pytest.fixture
async def process(tmp_path: Path):
    (tmp_path / "school.json").write_text(json.dumps(school_rows()), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "hub.toml"
    config.write_text(
        f'schema = 1\n[hub]\nstate = "state"\nconsole = "127.0.0.1:{port}"\nrooms = "127.0.0.1:0"\n'
    )
    process = HubProcess(config)
    yield process
    if process.process is not None and process.process.returncode is None:
        process.process.kill()
        await process.process.communicate()


@pytest.fixture
async def page():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        context = await browser.new_context(
            viewport={"width": 1280, "height": 800}, reduced_motion="reduce", bypass_csp=True
        )
        yield await context.new_page()
        await browser.close()


async def kill(process: HubProcess) -> None:
    process.process.kill()
    await process.process.communicate()


async def sign_in(page: Page, process: HubProcess) -> None:
    await page.fill("#token", (process.state / "hub.token").read_text().strip())
    await page.click("[data-test=enter]")
    await expect(page.locator("[data-test=rooms]")).to_be_visible()


def admit_a_room(process: HubProcess, room: str) -> None:
    key = Ed25519PrivateKey.generate()
    admit(load_settings(process.config).database, room, public_text(key))


async def test_who_was_signed_in_sees_the_day_go_on(process, page):
    told = await process.start()
    await page.goto(told["console"])
    await sign_in(page, process)
    await page.evaluate("window.sameDocument = true")
    await kill(process)
    await expect(page.locator("[data-test=cut-off]")).to_be_visible(timeout=BACK_MS)
    assert await faults(page) == []
    await process.start()
    await expect(page.locator("[data-test=cut-off]")).to_have_count(0, timeout=BACK_MS)
    admit_a_room(process, "a1-05")
    await expect(page.locator("[data-test=room-a1-05]")).to_be_visible(timeout=BACK_MS)
    assert await page.evaluate("window.sameDocument")
    assert await page.locator("[data-test=sign-in]").count() == 0


async def test_a_forgotten_session_leads_to_the_door_and_then_to_now(process, page):
    told = await process.start()
    admit_a_room(process, "a1-05")
    await page.goto(told["console"])
    await sign_in(page, process)
    await expect(page.locator("[data-test=room-a1-05]")).to_be_visible(timeout=BACK_MS)
    await kill(process)
    await expect(page.locator("[data-test=cut-off]")).to_be_visible(timeout=BACK_MS)
    (process.state / "hub.token").unlink()
    admit_a_room(process, "a1-06")
    await process.start()
    await expect(page.locator("[data-test=sign-in]")).to_be_visible(timeout=BACK_MS)
    assert "A1.05" not in await page.content()
    await sign_in(page, process)
    await expect(page.locator("[data-test=room-a1-06]")).to_be_visible(timeout=BACK_MS)
    await expect(page.locator("[data-test=cut-off]")).to_have_count(0)


async def test_a_refused_question_about_a_class_leads_to_the_door(process, page):
    told = await process.start()
    await page.goto(told["console"])
    await sign_in(page, process)
    refusal = json.dumps({"code": "sign_in", "message": "x", "params": {}})
    await page.route("**/api/classes/*", lambda route: route.fulfill(status=401, body=refusal))
    await page.evaluate("location.hash = '#10a1'")
    await expect(page.locator("[data-test=sign-in]")).to_be_visible()


async def test_figures_that_could_not_be_read_anew_are_called_old(process, page):
    told = await process.start()
    await page.goto(told["console"])
    await sign_in(page, process)
    await page.evaluate("location.hash = '#10a1'")
    await expect(page.locator("[data-test=sheet] table, [data-test=empty]").first).to_be_visible()
    busy = json.dumps({"code": "busy", "message": "x", "params": {}})
    await page.route("**/api/classes/*", lambda route: route.fulfill(status=503, body=busy))
    await kill(process)
    await process.start()
    await expect(page.locator("[data-test=sheet-old]")).to_be_visible(timeout=BACK_MS)
    assert await faults(page) == []
    await page.unroute("**/api/classes/*")
    await expect(page.locator("[data-test=sheet-old]")).to_have_count(0, timeout=BACK_MS)


class Wall:
    """Two clocks of one machine, moved together."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def now_s(self) -> float:
        return self.s

    def now_ms(self) -> int:
        return int(self.s * 1000) + 1_795_000_000_000


def caller_of(sessions: Sessions, cookie: str) -> str:
    pair = cookie.partition(";")[0]
    return sessions.identify({}, {"cookie": [pair]}).name


def test_a_session_survives_a_restart_until_its_own_end(tmp_path):
    wall, path = Wall(), tmp_path / "sessions.json"

    def start(token: str = TOKEN) -> Sessions:
        return Sessions(token, wall.now_s, secure=False, file=SessionFile(path, wall.now_ms))

    cookie = start().sign_in(TOKEN)
    secret = cookie.partition(";")[0].partition("=")[2]
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret not in path.read_text()
    assert caller_of(start(), cookie)
    assert not caller_of(start("u" * 30), cookie)
    wall.s += SESSION_S - 1
    assert caller_of(start(), cookie)
    wall.s += 2
    assert not caller_of(start(), cookie)


def test_who_signed_out_stays_out_after_a_restart(tmp_path):
    wall, path = Wall(), tmp_path / "sessions.json"
    first = Sessions(TOKEN, wall.now_s, secure=False, file=SessionFile(path, wall.now_ms))
    cookie = first.sign_in(TOKEN)
    first.sign_out(first.identify({}, {"cookie": [cookie.partition(";")[0]]}))
    again = Sessions(TOKEN, wall.now_s, secure=False, file=SessionFile(path, wall.now_ms))
    assert not caller_of(again, cookie)


@pytest.mark.parametrize("content", ["", "[1]", '{"a": "x"}', "\x00"])
def test_a_damaged_file_of_sessions_asks_for_the_token(tmp_path, content):
    wall, path = Wall(), tmp_path / "sessions.json"
    path.write_text(content)
    sessions = Sessions(TOKEN, wall.now_s, secure=False, file=SessionFile(path, wall.now_ms))
    cookie = sessions.sign_in(TOKEN)
    assert caller_of(sessions, cookie)


def test_a_disk_that_refuses_keeps_nobody_out(tmp_path):
    wall = Wall()
    file = SessionFile(tmp_path / "not" / "there", wall.now_ms)
    sessions = Sessions(TOKEN, wall.now_s, secure=False, file=file)
    assert caller_of(sessions, sessions.sign_in(TOKEN))
