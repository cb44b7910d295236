"""A hand that touches everything twice: no second touch does anything but step what may be stepped.

The page's clock is moved by the test, so 150, 280 and 380 ms are exactly that.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import SMALL, rest
from tests.browser.room_model import START
from tests.browser.room_server import RoomServer

GAPS_MS = (150, 130, 100)  # between touches: they come 150, 280 and 380 ms after the first
REPEATABLE = {"volume-up", "volume-down", "late-less", "late-more", "page-up", "page-down"}

# The clock stands still but for the test, and what is drawn need not wait for the screen's next
# picture. Whatever a touch reaches is noted before it acts.
HAND = """
    let at = 10_000;
    performance.now = () => at;
    window.passMs = (ms) => (at += ms);
    window.requestAnimationFrame = (draw) => setTimeout(() => draw(at));
    window.reached = [];
    document.addEventListener("click", (event) => {
        const target = event.target.closest("button, a, .sheet-veil");
        if (target) window.reached.push(target.dataset.test || target.className);
    }, true);
"""
# What a touch of a point would hit, and what it says.
UNDER = """({ x, y }) => {
    const hit = document.elementFromPoint(x, y);
    const one = hit && hit.closest("button, a[href], .sheet-veil, .snackbar");
    return one && [one.dataset.test || one.className, one.textContent, one.ariaPressed].join();
}"""
MIDDLE = """(selector) => {
    const box = document.querySelector(selector).getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
}"""
TARGETS = """() => {
    const under = UNDER;
    const veil = document.querySelector(".sheet-veil");
    return Array.from((veil || document).querySelectorAll("button, a[href]")).map((one) => {
        const box = one.getBoundingClientRect();
        const name = one.dataset.test || one.textContent.trim();
        const point = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
        return { name, under: under(point), ...point };
    }).filter((one) => one.x > 0 && one.y > 0 && one.x < innerWidth && one.y < innerHeight);
}""".replace("UNDER", UNDER)


def nothing(page: Page, room: RoomServer) -> None:
    """The idle room as it is."""


def lit(page: Page, room: RoomServer) -> None:
    room.read("power", "on", left_s=None, slow=False, queued=None)
    page.wait_for_selector("[data-test=strip-lit]")


def begun(page: Page, room: RoomServer) -> str:
    lesson = room.begin(size=9)
    room.read("power", "on", left_s=None, slow=False, queued=None)
    page.wait_for_selector("[data-test=roll]")
    return lesson


def handed_over(page: Page, room: RoomServer) -> None:
    begun(page, room)
    room.hand_over()
    page.wait_for_selector("[data-test=strip-handover]")


def ending(page: Page, room: RoomServer) -> None:
    begun(page, room)
    room.lesson["run"].update(state="ending", ends_in_s=10)
    room.tell_lesson()
    page.wait_for_selector("[data-test=strip-ending]")


def blanked(page: Page, room: RoomServer) -> None:
    begun(page, room)
    room.read("blank", value=True)
    page.wait_for_selector("[data-test=strip-blank]")


def no_answer(page: Page, room: RoomServer) -> None:
    begun(page, room)
    room.device()["link"] = "silent"
    room.tell_device()
    page.wait_for_selector("[data-test=strip-trouble]")


def sheet(name: str, *way: str) -> Callable[[Page, RoomServer], None]:
    """A sheet of the lesson, by the targets that lead to it."""

    def open_it(page: Page, room: RoomServer) -> None:
        if name != "class-sheet":
            begun(page, room)
        for step in way:
            touch(page, step)
        page.wait_for_selector(f"[data-test={name}]")

    open_it.__name__ = name
    return open_it


def roll(page: Page, room: RoomServer) -> str:
    lesson = begun(page, room)
    touch(page, "tab-roll")
    page.wait_for_selector(".student")
    return lesson


def roll_whole(page: Page, room: RoomServer) -> None:
    roll(page, room)
    touch(page, "view-whole")


def roll_asked(page: Page, room: RoomServer) -> None:
    roll(page, room)
    touch(page, "confirm")
    page.wait_for_selector("[data-test=ask-unmarked]")


def roll_full(page: Page, room: RoomServer) -> None:
    lesson = roll(page, room)
    for mark in room.marks[lesson]:
        room.mark(lesson, mark["person_id"], presence="present")
    page.wait_for_selector(".roll-bar:not(.unsure)")


def roll_confirmed(page: Page, room: RoomServer) -> None:
    roll_full(page, room)
    touch(page, "confirm")
    page.wait_for_selector("[data-test=confirmed]")


def roll_confirmed_sheet(page: Page, room: RoomServer) -> None:
    roll_confirmed(page, room)
    touch(page, "confirmed-more")
    page.wait_for_selector("[data-test=confirmed-sheet]")


def late_tap(page: Page, room: RoomServer) -> None:
    lesson = roll(page, room)
    came = {"at": START.replace(minute=22).isoformat(), "minutes": 22}
    room.mark(lesson, "p2", question=came)
    page.wait_for_selector("[data-test=late-tap]")


def marked(page: Page, room: RoomServer) -> None:
    """A message that offers to take a mark back."""
    roll(page, room)
    touch(page, "row-p2")
    touch(page, "mark-absent")
    page.wait_for_selector("[data-test=undo]")


def book(page: Page, room: RoomServer) -> None:
    begun(page, room)
    touch(page, "tab-book")


def help_page(page: Page, room: RoomServer) -> None:
    begun(page, room)
    touch(page, "tab-help")


SCREENS = [
    nothing,
    lit,
    sheet("class-sheet", "other-class"),
    begun,
    blanked,
    no_answer,
    ending,
    handed_over,
    sheet("source-sheet", "source"),
    sheet("more-sheet", "more"),
    roll,
    roll_whole,
    sheet("row-sheet", "tab-roll", "row-p2"),
    sheet("row-sheet", "tab-roll", "row-p2", "mark-more"),
    roll_asked,
    roll_full,
    roll_confirmed,
    roll_confirmed_sheet,
    late_tap,
    marked,
    book,
    help_page,
]


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SMALL, reduced_motion="reduce", has_touch=True)
    context.add_init_script(HAND)
    yield context
    context.close()


def touch(page: Page, name: str) -> None:
    page.wait_for_selector(f"[data-test={name}]")
    rest(page)
    page.touchscreen.tap(*page.evaluate(MIDDLE, f"[data-test={name}]"))


def fresh(context: BrowserContext, room: RoomServer, page: Page | None = None) -> Page:
    """The panel of an idle room, opened anew."""
    room.reset()
    page = page or context.new_page()
    page.set_default_timeout(5000)
    page.goto(room.url, wait_until="commit")
    page.wait_for_selector("[data-test=start]")
    return page


def settled(page: Page) -> None:
    """Let what the touch has asked for be done and drawn."""
    page.evaluate(
        """async () => {
            for (let i = 0; i < 2; i += 1) {
                await fetch("/health");
                await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
            }
        }"""
    )


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_a_second_touch_never_does_a_second_thing(
    screen: Callable[[Page, RoomServer], None], context: BrowserContext, served_room: RoomServer
) -> None:
    page = fresh(context, served_room)
    screen(page, served_room)
    count = len(page.evaluate(TARGETS))
    assert count
    wrong = []
    changed = []
    for n in range(count):
        if n:
            fresh(context, served_room, page)
            screen(page, served_room)
        target = first_touch(page, n)
        if page.evaluate(UNDER, target) != target["under"]:
            changed.append(n)
        for gap_ms in GAPS_MS:
            page.evaluate(f"passMs({gap_ms})")
            page.touchscreen.tap(target["x"], target["y"])
            settled(page)
        first, *more = page.evaluate("window.reached") or [None]
        allowed = more if first in REPEATABLE and set(more) <= {first} else []
        if first is None or more != allowed:
            wrong.append((target["name"], first, more))
    assert wrong == []
    for n in changed:
        fresh(context, served_room, page)
        screen(page, served_room)
        wait_ms = WAITS_MS[n % len(WAITS_MS)]
        wrong += reached_after_a_wait(page, first_touch(page, n), wait_ms)
    page.close()
    assert wrong == []


def first_touch(page: Page, n: int) -> dict[str, Any]:
    """Touch the screen's n-th target and let what that does be drawn."""
    rest(page)
    target: dict[str, Any] = page.evaluate(TARGETS)[n]
    page.evaluate("window.reached = []")
    page.touchscreen.tap(target["x"], target["y"])
    settled(page)
    return target


WAITS_MS = (500, 700, 900)  # a person who looks whether something happens, and touches again


def reached_after_a_wait(page: Page, target: dict[str, Any], wait_ms: int) -> list[object]:
    """What a touch a moment later reached, where it was not what the first touch meant."""
    there = page.evaluate(UNDER, target)
    page.evaluate(f"passMs({wait_ms})")
    page.touchscreen.tap(target["x"], target["y"])
    first, *more = page.evaluate("window.reached") or [None]
    same = [first] if there == target["under"] or first in REPEATABLE else []
    return [] if more in ([], same) else [(target["name"], wait_ms, more)]


def test_a_spot_takes_a_new_touch_in_its_time(
    context: BrowserContext, served_room: RoomServer
) -> None:
    """Who touches the same spot later means what is there now."""
    page = fresh(context, served_room)
    begun(page, served_room)
    rest(page)
    mute = page.locator("[data-test=mute]")
    served_room.calls.clear()
    for gap_ms, sent in ((0, 1), (990, 1), (10, 2)):
        page.evaluate(f"passMs({gap_ms})")
        mute.tap()
        settled(page)
        assert len(served_room.calls) == sent, gap_ms
    page.close()


def test_what_may_be_repeated_is_one_named_list(
    context: BrowserContext, served_room: RoomServer
) -> None:
    page = fresh(context, served_room)
    told = page.evaluate(
        """async () => {
            const page = document.querySelector("script[type=module]").src;
            return (await import(page.replace("teacher/panel.js", "shared/parts.js"))).REPEATABLE;
        }"""
    )
    assert set(told) == REPEATABLE
    page.close()


def test_a_stepped_target_takes_every_touch(
    context: BrowserContext, served_room: RoomServer
) -> None:
    page = fresh(context, served_room)
    sheet("row-sheet", "tab-roll", "row-p2")(page, served_room)
    rest(page)
    for _ in range(3):
        page.locator("[data-test=late-more]").tap()
        page.evaluate("passMs(120)")
    text = page.inner_text("[data-test=mark-late]")
    assert "15" in text, text
    page.close()


def test_names_touched_one_after_the_other_are_all_taken(
    context: BrowserContext, served_room: RoomServer
) -> None:
    """What has lain there all the time takes a touch at once, however fast the hand is."""
    page = fresh(context, served_room)
    begun(page, served_room)
    rest(page)
    page.evaluate("window.reached = []")
    for name in ("tab-roll", "tab-help"):
        page.locator(f"[data-test={name}]").tap()
        page.evaluate("passMs(50)")
    assert page.evaluate("window.reached") == ["tab-roll", "tab-help"]
    page.close()


def test_a_strip_that_comes_under_the_finger_takes_no_touch(
    context: BrowserContext, served_room: RoomServer
) -> None:
    page = fresh(context, served_room)
    begun(page, served_room)
    rest(page)
    served_room.read("freeze", value=True)
    page.wait_for_selector("[data-test=unfreeze]")
    settled(page)
    served_room.calls.clear()
    page.evaluate("passMs(390)")
    page.locator("[data-test=unfreeze]").tap()
    settled(page)
    assert served_room.calls == []
    page.evaluate("passMs(10)")
    page.locator("[data-test=unfreeze]").tap()
    settled(page)
    assert [call[2]["capability"] for call in served_room.calls] == ["freeze"]
    page.close()


def test_to_open_again_is_never_where_chot_was_touched(
    context: BrowserContext, served_room: RoomServer
) -> None:
    page = fresh(context, served_room)
    roll_full(page, served_room)
    chot = page.locator("[data-test=confirm]").bounding_box()
    touch(page, "confirm")
    page.wait_for_selector("[data-test=confirmed]")
    assert page.locator("[data-test=reopen]").count() == 0
    more = page.locator("[data-test=confirmed-more]").bounding_box()
    touch(page, "confirmed-more")
    reopen = page.locator("[data-test=reopen]").bounding_box()
    assert chot
    assert more
    assert reopen
    assert not overlap(more, reopen)
    page.close()


def test_to_fill_in_is_never_where_chot_was_touched(
    context: BrowserContext, served_room: RoomServer
) -> None:
    for view in ("view-unseen", "view-whole"):
        page = fresh(context, served_room)
        roll(page, served_room)
        touch(page, view)
        chot = page.locator("[data-test=confirm]").bounding_box()
        touch(page, "confirm")
        fill = page.locator("[data-test=fill-absent]").bounding_box()
        assert chot
        assert fill
        assert not overlap(chot, fill), view
        page.close()


def test_to_turn_off_is_never_where_that_was_just_stopped(
    context: BrowserContext, served_room: RoomServer
) -> None:
    for language in ("vi", "en"):
        page = fresh(context, served_room)
        handed_over(page, served_room)
        touch(page, "tab-help")
        touch(page, f"language-{language}")
        touch(page, "tab-lesson")
        off = page.locator("[data-test=all-off]").bounding_box()
        served_room.lesson["run"]["ends_in_s"] = 10
        served_room.tell_lesson()
        page.wait_for_selector("[data-test=keep]")
        keep = page.locator("[data-test=keep]").bounding_box()
        assert off
        assert keep
        assert not overlap(off, keep), language
        page.evaluate("sessionStorage.clear()")
        page.close()


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    across = one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
    down = one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]
    return across and down
