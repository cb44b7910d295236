"""Every screen in both themes, both languages and three sizes: axe, nothing cut, targets large.

The room of these tests has the longest names and words that we expect anywhere.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.conftest import AHEAD, AXE, rest
from tests.browser.room_model import START, idle_room
from tests.browser.room_server import RoomServer

LOOK = (Path(__file__).parent / "look.js").read_text()
SIZES: dict[str, ViewportSize] = {
    "800x480": {"width": 800, "height": 480},
    "1280x800": {"width": 1280, "height": 800},
    "390x844": {"width": 390, "height": 844},
}
# What stands for eight seconds stands until the test has looked at it, however slow the machine.
HELD = """
    const later = setTimeout;
    const isHeld = (ms) => ms > 7000 && ms <= 8000;
    window.setTimeout = (what, ms, ...rest) => (isHeld(ms) ? 0 : later(what, ms, ...rest));
"""
LOOKS = [(theme, language) for theme in ("light", "dark") for language in ("vi", "en")]


def long_lesson() -> dict[str, Any]:
    """The idle room's lesson object with the longest words a school may have."""
    lesson: dict[str, Any] = idle_room()["lesson"]
    for one in (lesson["planned"], lesson["next"]):
        one["subject"] = "Giáo dục quốc phòng và an ninh"
        one["teacher"] = "Cô Nguyễn Thị Phương Thảo"
    return lesson


def long_words(room: RoomServer) -> None:
    """Give the room the longest words a school may have."""
    room.room["room"]["name"] = "Bộ môn Hóa học 2"
    room.room["room"]["help"] = {"person": "thầy Nguyễn Hoàng Phương", "phone": "+84 912 345 678"}
    room.room["lesson"] = long_lesson()
    inputs = room.device()["capabilities"]["inputs"]["choices"]
    inputs.update(hdmi1="Máy tính để bàn phòng học", hdmi2="Hộp chia hình không dây")


def long_names(room: RoomServer, lesson: str) -> None:
    """Some pupils with long names, in every state."""
    change: list[dict[str, Any]] = [
        {"presence": "absent", "excuse": "excused"},
        {"presence": "absent"},
        {"presence": "skipped"},
        {"presence": "unmarked"},
        {"presence": "late", "minutes": 12},
        {"presence": "present", "excuse": "excused"},
        {"presence": "out_on_duty"},
    ]
    for i, more in enumerate(change):
        room.marks[lesson][i].update(
            name="Nguyễn Phước Bảo Hoàng Quỳnh Như", short_name="Quỳnh Như"
        )
        room.mark(lesson, f"p{i + 1}", **more)


def light_up(room: RoomServer) -> None:
    room.read("power", "on", left_s=None, slow=False, queued=None)


def touch(page: Page, selector: str) -> None:
    """Touch the first such target, once it has been there for a while."""
    page.wait_for_selector(selector)
    rest(page)
    page.locator(selector).first.click()


# Each step leads from the screen before it to the next one, as a teacher would come there.


def opening(page: Page, room: RoomServer) -> None:
    """The room reads its store, and this page has shown nothing yet."""
    room.room["lesson"] = {"starting": True}
    page.reload()
    page.evaluate(AXE)
    page.evaluate(LOOK)
    page.wait_for_selector("[data-test=opening]")


def idle(page: Page, room: RoomServer) -> None:
    room.room["lesson"] = long_lesson()
    room.tell_lesson()
    page.wait_for_selector("[data-test=start]")


def idle_doubtful_time(page: Page, room: RoomServer) -> None:
    room.room["clock"].update(quality="saved", trusted=False)
    room.tell_clock()
    page.wait_for_selector("[data-test=clock] .icon")


def idle_opening(page: Page, room: RoomServer) -> None:
    room.room["clock"].update(quality="ntp", trusted=True)
    room.tell_clock()
    room.tell("lesson", {"lesson": {"starting": True}})
    page.wait_for_selector("[data-test=strip-opening]")


def idle_lit(page: Page, room: RoomServer) -> None:
    room.tell_lesson()
    light_up(room)
    room.read("power", "on", "board", left_s=None, slow=False, queued=None)
    page.wait_for_selector("[data-test=strip-lit]")


def idle_turning_off(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=lit-off]")
    page.wait_for_selector("[data-test=strip-off]")


def idle_cooling(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=lit-keep]")
    room.read("power", "off", "board", left_s=None, slow=False, queued=None)
    room.room["safe_to_cut"] = False
    room.read("power", "cooling", left_s=88, slow=False, queued=None)
    page.wait_for_selector("[data-test=strip-cooling]")


def class_sheet(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=other-class]")
    page.wait_for_selector("[data-test=class-sheet]")


def starting(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=sheet-close]")
    lesson = room.begin(state="starting")
    long_names(room, lesson)
    room.read("power", "warming", left_s=88, slow=False, queued=None)
    page.wait_for_selector("[data-test=strip-steps]")


def lesson_running(page: Page, room: RoomServer) -> None:
    room.lesson["run"]["state"] = "running"
    room.tell_lesson()
    light_up(room)
    page.wait_for_selector("[data-test=strip-steps]", state="detached")


def lesson_not_stored(page: Page, room: RoomServer) -> None:
    room.room["sync"] |= {"state": "blocked", "waiting": 14, "reason": "key_revoked"}
    room.tell("sync", {"sync": room.room["sync"]})
    room.find(
        ("store", "store_failed", "fault", ""),
        ("link", "key_revoked", "fault", ""),
        ("device", "device_silent", "warning", "projector"),
        ("clock", "clock_saved", "warning", ""),
    )
    page.wait_for_selector("[data-test=store-chip]")


def source_sheet(page: Page, room: RoomServer) -> None:
    room.find()
    touch(page, "[data-test=source]")
    page.wait_for_selector("[data-test=source-sheet]")


def lesson_muted(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=sheet-close]")
    room.read("mute", value=True)
    page.wait_for_selector(".mute.on")


def lesson_muted_blanked(page: Page, room: RoomServer) -> None:
    room.read("blank", value=True)
    page.wait_for_selector("[data-test=strip-blank]")


def more_sheet(page: Page, room: RoomServer) -> None:
    room.read("mute", value=False)
    room.read("blank", value=False)
    room.read("power", "cooling", "board", left_s=88, slow=False, queued="on")
    touch(page, "[data-test=more]")
    page.wait_for_selector("[data-test=more-sheet]")


def turning_off(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=power-projector]")
    page.wait_for_selector("[data-test=keep-projector]")


def ending(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=keep-projector]")
    touch(page, "[data-test=sheet-close]")
    room.lesson["run"].update(state="ending", ends_in_s=10)
    room.tell_lesson()
    page.wait_for_selector("[data-test=strip-ending]")


def ending_elsewhere(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=tab-book]")
    page.wait_for_selector("[data-test=bar-ending]")


def handed_over(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=tab-lesson]")
    room.lesson["run"].update(ends_in_s=None)
    room.hand_over()
    page.wait_for_selector("[data-test=strip-handover]")


def handed_over_ending(page: Page, room: RoomServer) -> None:
    room.lesson["run"]["ends_in_s"] = 10
    room.tell_lesson()
    page.wait_for_selector("[data-test=strip-ending]")


def no_answer(page: Page, room: RoomServer) -> None:
    room.lesson["run"].update(state="running", ends_in_s=None, handover=None)
    room.tell_lesson()
    room.device()["link"] = "silent"
    room.tell_device()
    page.wait_for_selector("[data-test=strip-trouble]")


def roll_unseen(page: Page, room: RoomServer) -> None:
    room.device()["link"] = "online"
    room.tell_device()
    touch(page, "[data-test=tab-roll]")
    page.wait_for_selector(".student")


def row_sheet(page: Page, room: RoomServer) -> None:
    touch(page, ".student")
    page.wait_for_selector("[data-test=row-sheet]")


def marked_and_asked(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=mark-absent]")
    touch(page, "[data-test=confirm]")
    page.wait_for_selector("[data-test=ask-unmarked]")


def confirmed_whole(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=fill-absent]")
    touch(page, "[data-test=view-whole]")
    page.wait_for_selector("[data-test=confirmed]")


def confirmed_sheet(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=confirmed-more]")
    page.wait_for_selector("[data-test=confirmed-sheet]")


def late_tap(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=sheet-close]")
    lesson = room.lesson["run"]["lessons"][0]
    came = {"at": START.replace(minute=22).isoformat(), "minutes": 22}
    room.mark(lesson, "p2", question=came)
    page.wait_for_selector("[data-test=late-tap]")


def book(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=tab-book]")
    page.wait_for_selector("[data-test=book-list]")


def help_page(page: Page, room: RoomServer) -> None:
    touch(page, "[data-test=tab-help]")
    page.wait_for_selector("[data-test=call]")


def help_troubled(page: Page, room: RoomServer) -> None:
    lesson_not_stored(page, room)


SCREENS: list[Callable[[Page, RoomServer], None]] = [
    opening,
    idle,
    idle_doubtful_time,
    idle_opening,
    idle_lit,
    idle_turning_off,
    idle_cooling,
    class_sheet,
    starting,
    lesson_running,
    lesson_not_stored,
    source_sheet,
    lesson_muted,
    lesson_muted_blanked,
    more_sheet,
    turning_off,
    ending,
    ending_elsewhere,
    handed_over,
    handed_over_ending,
    no_answer,
    roll_unseen,
    row_sheet,
    marked_and_asked,
    confirmed_whole,
    confirmed_sheet,
    late_tap,
    book,
    help_page,
    help_troubled,
]


@pytest.fixture(scope="module")
def rooms(browser: Browser) -> Iterator[dict[str, tuple[Page, RoomServer]]]:
    """A page and a room of its own for each size, which stay open from screen to screen."""
    opened = {}
    for name, size in SIZES.items():
        room = RoomServer()
        long_words(room)
        context = browser.new_context(viewport=size, reduced_motion="reduce")
        context.add_init_script(AHEAD)
        context.add_init_script(HELD)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.goto(room.url)
        page.evaluate(AXE)
        page.evaluate(LOOK)
        opened[name] = (page, room)
    yield opened
    for page, room in opened.values():
        page.context.close()
        room.close()


def look_at(page: Page) -> dict[str, list[str]]:
    """What is wrong with the screen as it is, in each theme and language."""
    wrong: dict[str, list[str]] = {}
    for theme, language in LOOKS:
        found = page.evaluate("look => lookAt(look)", {"theme": theme, "language": language})
        if found:
            wrong[f"{theme} {language}"] = found
    return wrong


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_a_screen_is_accessible_and_whole(
    screen: Callable[[Page, RoomServer], None],
    size: str,
    rooms: dict[str, tuple[Page, RoomServer]],
) -> None:
    page, room = rooms[size]
    screen(page, room)
    page.mouse.move(1, 1)
    assert look_at(page) == {}


@pytest.mark.parametrize("path", ["?lang=vi&theme=light", "?lang=en&theme=dark"])
def test_every_part_is_accessible_in_every_state(
    path: str, browser: Browser, served_room: RoomServer
) -> None:
    page = browser.new_page(viewport=SIZES["1280x800"], reduced_motion="reduce")
    page.goto(f"{served_room.url}/dev/parts{path}")
    page.wait_for_selector("[data-part=Empty]")
    page.evaluate(AXE)
    page.evaluate(LOOK)
    parts = page.locator("[data-part]").evaluate_all("all => all.map(one => one.dataset.part)")
    assert len(parts) == 13
    assert page.evaluate("axeFinds({})") == []
    assert page.evaluate("smallTargets()") == []
    page.close()
