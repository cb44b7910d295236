"""The hub's page in Debian's Chromium, against a real hub."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from sync.hub.desk import Desk
from sync.hub.keys import revoke
from tests.browser.conftest import CHROMIUM
from tests.hub.room_end import event, tap

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
AXE = ROOT / "tests/browser/assets/axe.min.js"
SIZES = {"wide": (1280, 800), "phone": (390, 844)}


@pytest.fixture(scope="module")
def words() -> dict[str, dict[str, str]]:
    return {
        name: json.loads((WEB / f"i18n/{name}.json").read_text(encoding="utf-8"))
        for name in ("vi", "en")
    }


def test_every_word_of_the_page_is_in_both_languages(words):
    code = "".join(path.read_text(encoding="utf-8") for path in (WEB / "hub").glob("*.js"))
    keys = set(re.findall(r't\("([a-z]+\.[a-z.]+)"', code))
    assert len(keys) > 20
    starts = set(re.findall(r"t\(`(hub\.[a-z]+\.)\$", code))
    for name, catalogue in words.items():
        assert keys <= catalogue.keys(), name
        assert all(any(key.startswith(start) for key in catalogue) for start in starts), name
    mine = {name: {k for k in told if k.startswith("hub.")} for name, told in words.items()}
    assert mine["vi"] == mine["en"]
    for key in mine["vi"]:
        holes = [set(re.findall(r"\{(\w+)\}", words[name][key])) for name in ("vi", "en")]
        assert holes[0] == holes[1], key


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Silent rooms are looked at more often than every 5 s."""
    monkeypatch.setattr("sync.hub.live.LOOK_AGAIN_S", 0.3)


@pytest.fixture
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        await browser.close()


async def faults(page: Page) -> list[str]:
    """What axe finds, and whether anything is wider than the window."""
    await page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = await page.evaluate(
        """async () => (await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a",
        "wcag21aa", "wcag22aa", "best-practice"]})).violations.map((v) => v.id + ": " +
        v.nodes.map((n) => n.target).join(" "))"""
    )
    wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*found, *(["wider than the window"] if wide > 0 else [])]


async def sign_in(page: Page, school) -> None:
    await page.fill("#token", school.running.token)
    await page.click("[data-test=enter]")
    await expect(page.locator("[data-test=class-10a1]")).to_be_visible()


async def test_a_room_that_nobody_connected_and_a_blocked_one_are_not_green(school, browser):
    room = await school.room()
    await room.say_hello()
    page = await browser.new_page()
    await page.goto(school.running.console)
    await sign_in(page, school)
    await expect(page.locator("[data-test=room-a1-06]")).to_contain_text("Chưa nối với máy chủ")
    await expect(page.locator("#rooms-title")).to_contain_text("1 tốt · 1 chưa nối")
    revoke(school.settings.database, "a1-05")
    await expect(page.locator("[data-test=room-a1-05]")).to_contain_text("Khóa đã bị thu hồi")
    await expect(page.locator("#rooms-title")).to_contain_text("1 cần xem · 0 tốt")


async def test_a_full_disk_of_the_server_is_said_on_its_page(school, browser, monkeypatch):
    """The room keeps what the server cannot store; once there is room again, the banner goes."""
    room = await school.room()
    await room.say_hello()
    page = await browser.new_page()
    await page.goto(school.running.console)
    await sign_in(page, school)
    refusing = ["disk_full"]
    said = property(lambda _: refusing[0], lambda *_: None)
    monkeypatch.setattr(Desk, "refusal", said, raising=False)
    await expect(page.locator("[data-test=refusal]")).to_contain_text("Ổ đĩa của máy chủ đã đầy")
    refusing[0] = ""
    await expect(page.locator("[data-test=refusal]")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
async def test_the_page_from_the_door_to_a_pupils_mark(school, browser, size):
    room = await school.room()
    await room.say_hello()
    context = await browser.new_context(
        viewport={"width": SIZES[size][0], "height": SIZES[size][1]},
        reduced_motion="reduce",  # a colour on its way to another is no finding
        bypass_csp=True,
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(school.running.console)
    await expect(page.locator("[data-test=sign-in]")).to_be_visible()
    assert await faults(page) == []

    await page.fill("#token", "wrong")
    await page.click("[data-test=enter]")
    await expect(page.locator(".field-error")).to_contain_text("Mã này không đúng")
    await sign_in(page, school)
    await expect(page.locator("[data-test=school]")).to_have_text(
        "Trường THPT X · Thứ Hai, 23/11/2026"
    )
    await expect(page.locator("[data-test=class-10a1]")).to_contain_text("Chưa điểm danh")
    await expect(page.locator("[data-test=room-a1-05]")).to_contain_text("Tốt")
    assert await faults(page) == []

    await room.send_well([tap(1, "10a1-01"), tap(2, "10a1-02")])
    await expect(page.locator("[data-test='10a1-present']")).to_have_text("2")
    await expect(page.locator("[data-test=class-10a1]")).to_contain_text("Có quẹt thẻ, chưa ai")
    await page.click("[data-test=class-10a1] button")
    first = page.locator("[data-test='pupil-10a1-01']")
    await expect(first).to_contain_text("Muộn 10'")

    lesson = "20261123-S-1-10a1"
    mark = {"lesson": lesson, "person": "10a1-03", "presence": "absent", "source": "teacher"}
    await room.send_well([event(3, "mark", mark)])
    await expect(page.locator("[data-test='pupil-10a1-03']")).to_contain_text("Vắng")
    assert await faults(page) == []

    await page.click("[data-test=language-en]")
    await expect(first).to_contain_text("Late 10'")
    assert await page.evaluate("document.documentElement.lang") == "en"
    await page.go_back()
    await expect(page.locator("[data-test=class-10a2]")).to_contain_text("Not taken")
    assert await faults(page) == []

    school.time.ms += 10 * 60_000
    await expect(page.locator("[data-test=room-a1-05]")).to_contain_text(
        "Lost since 07:10", timeout=9000
    )
    await page.click("[data-test=sign-out]")
    await expect(page.locator("[data-test=sign-in]")).to_be_visible()
    assert wrong == []
    await context.close()


async def test_the_page_keeps_to_its_own_policy(school, browser):
    page = await browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(school.running.console)
    await sign_in(page, school)
    assert [text for text in said if "Content Security Policy" in text] == []
    assert all(url.startswith(school.running.console) for url in asked)
    assert school.running.token not in "".join(asked)
    await page.close()


async def test_targets_are_large_enough_for_fingers(school, browser):
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    await page.goto(school.running.console)
    await sign_in(page, school)
    small = await page.evaluate(
        """() => [...document.querySelectorAll("button, input")]
        .map((one) => one.getBoundingClientRect())
        .filter((r) => r.width < 44 || r.height < 44).length"""
    )
    assert small == 0
    await page.close()


async def test_a_class_counts_as_taken_once_it_is_confirmed(school, browser):
    room = await school.room()
    await room.say_hello()
    page = await browser.new_page()
    await page.goto(school.running.console)
    await sign_in(page, school)
    totals = page.locator("[data-test=totals]")
    classes = await page.locator("tr[data-test^=class-]").count()
    lesson = {"lesson": "20261123-S-1-10a1"}
    mark = {**lesson, "person": "10a1-01", "presence": "absent", "source": "teacher"}
    await room.send_well([event(1, "mark", mark)])
    await expect(page.locator("[data-test=class-10a1]")).to_contain_text("Chưa chốt")
    await expect(totals).to_contain_text(f"0/{classes} lớp đã điểm danh")
    await room.send_well([event(2, "confirm", lesson | {"by": "place"})])
    await expect(page.locator("[data-test=class-10a1]")).to_contain_text("Đã chốt")
    await expect(totals).to_contain_text(f"1/{classes} lớp đã điểm danh")
