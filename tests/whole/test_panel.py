"""The panel in a real browser over the real room: start, taps, a mark by touch, chốt, end."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import AHEAD, ARGS, AXE, CHROMIUM, rest
from tests.whole.demo import running_demo

LOOK = (Path(__file__).parents[1] / "browser" / "look.js").read_text()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with running_demo(tmp_path_factory.mktemp("panel") / "demo", "--fast") as running:
        yield running


@pytest.fixture
def page(demo):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        wrong: list[str] = []
        page = browser.new_page(
            viewport={"width": 800, "height": 480}, reduced_motion="reduce", bypass_csp=True
        )
        page.add_init_script(AHEAD)
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(demo.info["panel"])
        yield page
        browser.close()
        assert wrong == []


def touch(page: Page, name: str) -> None:
    target = page.locator(f"[data-test={name}]").first
    target.wait_for()
    rest(page)
    target.click()


def look(page: Page) -> None:
    """What axe finds, and what is cut, on the screen as it is now."""
    page.evaluate(AXE)
    page.evaluate(LOOK)
    assert page.evaluate("axeFinds({})") == []
    assert page.evaluate("cutTexts()") == []
    assert page.evaluate("smallTargets()") == []


def a_pupil_of_another_class_learns_with_this_one(demo, page: Page, lesson_id: str) -> None:
    """A card of 10A2, "Học ghép", and that taken back."""
    visitor = demo.info["cards"][42]
    demo.tap(visitor["uid"])
    expect(page.locator("[data-test=guest]")).to_contain_text("10A2")
    look(page)
    touch(page, "guest-add")
    expect(page.locator("[data-test=counts]")).to_contain_text("Học ghép 1")
    look(page)
    (guest,) = demo.panel(f"/api/lessons/{lesson_id}/marks")["guests"]
    assert (guest["person_id"], guest["presence"]) == (visitor["person_id"], "present")
    touch(page, "undo")
    expect(page.locator("[data-test=counts]")).not_to_contain_text("Học ghép")


def chot_and_that_taken_back(demo, page: Page, lesson_id: str) -> None:
    """Ghi vắng cả n and Chốt are one act: room and hub have the marks of before again."""
    before = demo.panel(f"/api/lessons/{lesson_id}/marks")["counts"]
    touch(page, "confirm")
    touch(page, "fill-absent")
    expect(page.locator("[data-test=confirmed]")).to_be_visible()
    touch(page, "undo")
    expect(page.locator("[data-test=confirm]")).to_be_visible()
    assert demo.panel(f"/api/lessons/{lesson_id}/marks")["counts"] == before
    assert demo.panel("/api/lesson")["lessons"][0]["attendance"] == "open"
    group = lesson_id.rpartition("-")[2]

    def told() -> tuple[object, object]:
        sheet = demo.hub(f"/api/classes/{group}")
        marks = [pupil["marks"].get(lesson_id) for pupil in sheet["pupils"]]
        states = [one["attendance"] for one in sheet["lessons"] if one["id"] == lesson_id]
        return states, sum(bool(mark) and mark["presence"] == "absent" for mark in marks)

    demo.until(lambda: told() == (["open"], before["absent"]), "the hub says the same")


def test_a_teacher_gives_a_lesson(demo, page):
    pupils = demo.info["cards"][:42]
    expect(page.locator("[data-test=start]")).to_be_visible()
    look(page)
    touch(page, "start")
    expect(page.locator("[data-test=roll-number]")).to_be_visible()
    look(page)

    for card in pupils[:3]:
        demo.tap(card["uid"])
    expect(page.locator("[data-test=roll-number]")).to_contain_text("3/42")
    demo.until(lambda: demo.bench("/api/devices/projector")["power"] == "on", "the projector is on")

    touch(page, "roll")
    expect(page.locator("[data-test=roll-list]")).to_be_visible()
    look(page)
    absent = pupils[3]["person_id"]
    touch(page, f"row-{absent}")
    expect(page.locator("[data-test=row-sheet]")).to_be_visible()
    look(page)
    touch(page, "mark-absent")
    (lesson,) = demo.panel("/api/lesson")["lessons"]
    marks = demo.until(
        lambda: (
            (
                marks := {
                    mark["person_id"]: mark
                    for mark in demo.panel(f"/api/lessons/{lesson['id']}/marks")["marks"]
                }
            )[absent]["presence"]
            == "absent"
            and marks
        ),
        "the mark is stored",
    )
    assert marks[absent]["source"] == "teacher"

    a_pupil_of_another_class_learns_with_this_one(demo, page, lesson["id"])
    chot_and_that_taken_back(demo, page, lesson["id"])
    touch(page, "confirm")
    touch(page, "fill-absent")
    expect(page.locator("[data-test=confirmed]")).to_be_visible()
    look(page)
    stored = demo.panel("/api/lesson")["lessons"][0]
    assert (stored["attendance"], stored["counts"]["unmarked"]) == ("confirmed", 0)

    touch(page, "tab-lesson")
    touch(page, "end")
    look(page)
    demo.panel("/api/lesson/end", {"off": True})
    expect(page.locator("[data-test=start]")).to_be_visible()
    demo.until(lambda: demo.bench("/api/devices/projector")["power"] == "off", "it is off", 40)
    names = [pupil["name"] for pupil in pupils]
    assert not [name for name in names if name in page.content()]
