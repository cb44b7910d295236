"""One browser and one made-up room for each file of browser tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    sync_playwright,
)

from tests.browser.room_server import RoomServer

CHROMIUM = "/usr/bin/chromium-headless-shell"
"""Debian's Chromium without what a screen needs: a third less work for the same pages."""

ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parent / "assets" / "axe.min.js").read_text()
SMALL: ViewportSize = {"width": 800, "height": 480}

OpenPanel = Callable[..., Page]

# The page's clock runs ahead when a test says so: what was drawn has then been there for a while.
AHEAD = """
    const tick = performance.now.bind(performance);
    let ahead = 0;
    performance.now = () => tick() + ahead;
    window.passMs = (ms) => (ahead += ms);
"""
REST_MS = 1000


def rest(page: Page) -> None:
    """Let what is drawn have been there for long enough to take a touch."""
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    page.evaluate(f"passMs({REST_MS})")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def served_room() -> Iterator[RoomServer]:
    """The room, serving for the whole file."""
    room = RoomServer()
    yield room
    room.close()


@pytest.fixture
def room(served_room: RoomServer) -> RoomServer:
    """The room, idle again."""
    served_room.reset()
    return served_room


@pytest.fixture(scope="module")
def warm_context(browser: Browser) -> Iterator[BrowserContext]:
    """A context whose cache holds the panel's files, so that most tests need not load them."""
    context = browser.new_context(viewport=SMALL, reduced_motion="reduce", has_touch=True)
    context.add_init_script(AHEAD)
    yield context
    context.close()


@pytest.fixture
def open_panel(
    browser: Browser, warm_context: BrowserContext, room: RoomServer
) -> Iterator[OpenPanel]:
    """Opens the panel; fails where the page threw or broke the security policy.

    With `clock` the page's time is the test's to move; with `cold` nothing is cached.
    """
    opened: list[Page] = []
    wrong: list[str] = []

    def open_page(path: str = "/", *, clock: bool = False, cold: bool = False) -> Page:
        context = warm_context
        if cold or clock:
            context = browser.new_context(viewport=SMALL, reduced_motion="reduce")
        page = context.new_page()
        opened.append(page)
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.extend(_complaints(said)))
        if clock:
            page.clock.install(time=room.now)
            page.add_init_script(AHEAD)
        elif cold:
            page.add_init_script(AHEAD)
        page.goto(room.url + path)
        page.wait_for_selector("[data-test=clock]")
        return page

    yield open_page
    for page in opened:
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.close()
        if page.context is not warm_context:
            page.context.close()
    assert wrong == []


def _complaints(said: ConsoleMessage) -> list[str]:
    """What the page complains of, but for servers that a test stopped or told to refuse."""
    told = ("ERR_CONNECTION_REFUSED", "status of 5", "status of 409")
    expected = any(one in said.text for one in told)
    return [said.text] if said.type == "error" and not expected else []
