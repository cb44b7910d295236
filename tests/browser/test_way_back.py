"""Every act has its way back for eight seconds; the message that offers it is of that act alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPanel
from tests.browser.room_model import can, reading
from tests.browser.room_server import RoomServer
from tests.browser.test_behaviour import light_up, on, shown_names, until

EIGHT_S_MS = 8_000


def presences(room: RoomServer, lesson: str) -> list[str]:
    return [str(mark["presence"]) for mark in room.marks[lesson]]


def asked(room: RoomServer, *paths: str) -> list[str]:
    """Which of these were asked for, in order."""
    return [call[1] for call in room.calls if call[1] in paths]


def commands(room: RoomServer, device: str = "projector") -> list[tuple[str, object]]:
    path = f"devices/{device}/commands"
    return [(call[2]["capability"], call[2]["value"]) for call in room.calls if call[1] == path]


def amplifier() -> dict[str, object]:
    """The room's loudspeakers: they have a loudness and a mute."""
    return {
        "id": "amp",
        "name": "Loa",
        "kind": "amplifier",
        "driver": "relay",
        "tested_on": "emulator only",
        "main": False,
        "link": "online",
        "link_since": "2026-11-23T08:00:00+07:00",
        "capabilities": {"volume": can("number"), "mute": can("switch")},
        "readings": {"volume": reading(40), "mute": reading(value=False)},
    }


# --- the roll -------------------------------------------------------------------------------


def test_chot_can_be_taken_back(open_panel: OpenPanel, room: RoomServer) -> None:
    lesson = room.begin(size=2)
    for mark in room.marks[lesson]:
        room.mark(lesson, mark["person_id"], presence="present")
    page = open_panel()
    on(page, "tab-roll")
    on(page, "confirm")
    page.wait_for_selector("[data-test=confirmed]")
    expect(page.locator("[data-test=snackbar]")).to_contain_text("Đã chốt: 2 có mặt, 0 vắng.")
    on(page, "undo")
    expect(page.locator("[data-test=confirm]")).to_be_visible()
    assert room.calls[-1][1:3] == (f"lessons/{lesson}/undo", {"act": "chot"})
    expect(page.locator("[data-test=snackbar]")).to_contain_text("Đã để như cũ.")


def test_filling_in_is_taken_back_with_its_chot(open_panel: OpenPanel, room: RoomServer) -> None:
    lesson = room.begin(size=4)
    room.mark(lesson, "p1", presence="present")
    page = open_panel()
    on(page, "tab-roll")
    on(page, "confirm")
    on(page, "fill-absent")
    until(page, lambda: presences(room, lesson).count("absent") == 3)
    on(page, "undo")
    until(page, lambda: presences(room, lesson) == ["present"] + ["unmarked"] * 3)
    expect(page.locator("[data-test=counts]")).to_contain_text("Chưa ghi 3")
    expect(page.locator("[data-test=confirm]")).to_be_visible()


def test_opening_again_can_be_taken_back(open_panel: OpenPanel, room: RoomServer) -> None:
    lesson = room.begin(size=1)
    room.mark(lesson, "p1", presence="present")
    page = open_panel()
    on(page, "tab-roll")
    on(page, "confirm")
    on(page, "confirmed-more")
    on(page, "reopen")
    expect(page.locator("[data-test=snackbar]")).to_contain_text("Đã mở lại điểm danh.")
    on(page, "undo")
    until(page, lambda: room.calls[-1][2] == {"act": "reopening"})


def test_the_offer_of_an_act_goes_when_the_next_begins(
    open_panel: OpenPanel, room: RoomServer
) -> None:
    """After Chốt, "Để như cũ" must not be that of the act before it."""
    lesson = room.begin(size=2)
    page = open_panel()
    on(page, "tab-roll")
    on(page, "all-present")
    expect(page.locator("[data-test=snackbar]")).to_contain_text("Đã ghi 2 em có mặt.")
    room.answers["POST", f"lessons/{lesson}/confirm"] = (
        503,
        {"code": "not_stored", "message": "x", "params": {}},
    )
    on(page, "confirm")
    expect(page.locator("[data-test=snackbar]")).to_contain_text("Chưa ghi được.")
    assert page.locator("[data-test=undo]").count() == 0


def test_a_reason_that_is_said_leaves_the_offer_its_time(
    open_panel: OpenPanel, room: RoomServer
) -> None:
    lesson = room.begin(size=2)
    page = open_panel(clock=True)
    on(page, "tab-roll")
    on(page, "row-p1")
    on(page, "mark-absent")
    page.wait_for_selector("[data-test=undo]")
    page.locator("[data-test=page-up]").dispatch_event("click")
    expect(page.locator("[data-test=snackbar]")).to_contain_text("Đây là trang đầu.")
    on(page, "message-close")
    on(page, "undo")
    until(page, lambda: presences(room, lesson)[0] == "unmarked")


# --- turning off ----------------------------------------------------------------------------


@pytest.fixture
def lit(room: RoomServer) -> RoomServer:
    room.begin()
    light_up(room)
    return room


def turn_off(page: Page) -> None:
    on(page, "more")
    on(page, "power-projector")
    expect(page.locator("[data-test=snackbar]")).to_contain_text(
        re.compile(r"Máy chiếu sẽ tắt sau [5-8] giây.")
    )


def test_turning_off_counts_down_and_is_sent_then(open_panel: OpenPanel, lit: RoomServer) -> None:
    page = open_panel(clock=True)
    turn_off(page)
    page.wait_for_timeout(300)
    assert lit.calls == []
    page.clock.fast_forward(EIGHT_S_MS)
    until(page, lambda: commands(lit) == [("power", "off")])


@pytest.mark.parametrize("way", ["undo", "keep-projector"])
def test_turning_off_can_be_taken_back(open_panel: OpenPanel, lit: RoomServer, way: str) -> None:
    page = open_panel(clock=True)
    turn_off(page)
    on(page, way)
    expect(page.locator("[data-test=undo]")).to_have_count(0)
    page.clock.fast_forward(2 * EIGHT_S_MS)
    page.wait_for_timeout(100)
    assert commands(lit) == []
    expect(page.locator("[data-test=power-projector]")).to_contain_text("Tắt máy chiếu")


def test_the_picture_can_be_moved_while_it_counts_down(
    open_panel: OpenPanel, lit: RoomServer
) -> None:
    page = open_panel()
    turn_off(page)
    on(page, "freeze")
    until(page, lambda: commands(lit) == [("freeze", True)])


def test_a_page_that_goes_takes_its_wish_along(open_panel: OpenPanel, lit: RoomServer) -> None:
    page = open_panel(clock=True)
    turn_off(page)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    page.clock.fast_forward(2 * EIGHT_S_MS)
    page.wait_for_timeout(100)
    assert commands(lit) == []


def test_a_lesson_that_begins_keeps_its_picture(open_panel: OpenPanel, room: RoomServer) -> None:
    light_up(room)
    page = open_panel(clock=True)
    on(page, "lit-off")
    page.wait_for_selector("[data-test=strip-off]")
    on(page, "start")
    page.wait_for_selector("[data-test=roll]")
    page.clock.fast_forward(2 * EIGHT_S_MS)
    page.wait_for_timeout(100)
    assert commands(room) == []


def test_what_was_not_turned_off_because_of_the_link_is_said(
    open_panel: OpenPanel, lit: RoomServer
) -> None:
    page = open_panel(clock=True)
    turn_off(page)
    lit.stop()
    page.clock.run_for(3_500)
    page.wait_for_selector("[data-test=cut-off]")
    page.clock.fast_forward(EIGHT_S_MS)
    expect(page.locator("[data-test=snackbar]")).to_contain_text("Máy chiếu chưa tắt")
    lit.start()


def test_idle_says_what_is_on_and_turns_it_off(open_panel: OpenPanel, room: RoomServer) -> None:
    light_up(room)
    room.read("power", "on", "board", left_s=None, slow=False, queued=None)
    page = open_panel(clock=True)
    expect(page.locator("[data-test=strip-lit]")).to_contain_text(
        "Máy chiếu, bảng tương tác đang bật."
    )
    on(page, "lit-off")
    expect(page.locator("[data-test=strip-off]")).to_contain_text("sẽ tắt sau")
    on(page, "lit-keep")
    expect(page.locator("[data-test=strip-lit]")).to_be_visible()
    on(page, "lit-off")
    page.clock.fast_forward(EIGHT_S_MS)
    until(page, lambda: len(room.calls) == 2)
    assert commands(room) == commands(room, "board") == [("power", "off")]
    expect(page.locator("[data-test=strip-lit]")).to_have_count(0)


def test_what_goes_off_already_is_not_called_on(open_panel: OpenPanel, room: RoomServer) -> None:
    room.read("power", "on", left_s=None, slow=False, queued=None, wanted="off")
    page = open_panel()
    page.wait_for_selector("[data-test=start]")
    assert page.locator("[data-test=strip-lit]").count() == 0


# --- the end near the next lesson -------------------------------------------------------------


def test_an_end_near_the_next_lesson_goes_on_as_the_same_run(
    open_panel: OpenPanel, lit: RoomServer
) -> None:
    page = open_panel()
    on(page, "tab-roll")
    page.wait_for_selector("[data-test=row-p1]")
    on(page, "tab-lesson")
    lit.read("blank", value=True)
    lit.hand_over()
    expect(page.locator("[data-test=strip-handover]")).to_contain_text(
        "Tiết 3 lúc 08:55. Đã tạm tắt hình, máy vẫn bật."
    )
    assert page.locator("[data-test=start]").is_visible()
    assert shown_names(page) == []
    on(page, "go-on")
    until(page, lambda: asked(lit, "lesson/continue") == ["lesson/continue"])
    lit.lesson["run"].update(state="running", handover=None)
    lit.tell_lesson()
    expect(page.locator("[data-test=roll-number]")).to_have_text("0/43")
    on(page, "tab-roll")
    expect(page.locator("[data-test=row-p1]")).to_be_visible()


def test_a_hand_over_that_ends_counts_down_and_can_be_kept(
    open_panel: OpenPanel, lit: RoomServer
) -> None:
    page = open_panel()
    lit.hand_over()
    lit.lesson["run"]["ends_in_s"] = 10
    lit.tell_lesson()
    expect(page.locator("[data-test=strip-ending]")).to_contain_text("Máy chiếu sẽ tắt sau")
    on(page, "keep")
    until(page, lambda: asked(lit, "lesson/keep") == ["lesson/keep"])


def test_an_end_can_be_taken_back_from_every_page(open_panel: OpenPanel, lit: RoomServer) -> None:
    page = open_panel()
    lit.lesson["run"].update(state="ending", ends_in_s=10)
    lit.tell_lesson()
    page.wait_for_selector("[data-test=strip-ending]")
    for n, tab in enumerate(("roll", "book", "help"), 1):
        on(page, f"tab-{tab}")
        expect(page.locator("[data-test=bar-ending]")).to_contain_text("Máy chiếu sẽ tắt sau")
        on(page, "keep")
        until(page, lambda n=n: len(asked(lit, "lesson/keep")) == n)


# --- sound ------------------------------------------------------------------------------------


def test_mute_stands_beside_the_volume_of_the_same_device(
    open_panel: OpenPanel, lit: RoomServer
) -> None:
    del lit.device()["capabilities"]["volume"]
    lit.room["devices"].append(amplifier())
    page = open_panel()
    expect(page.locator("[data-test=volume] [data-test=mute]")).to_have_count(1)
    on(page, "mute")
    on(page, "volume-up")
    until(page, lambda: commands(lit, "amp") == [("mute", True), ("volume", 45)])
    assert commands(lit) == []


def test_a_muted_room_shows_it_on_the_lesson_screen(open_panel: OpenPanel, lit: RoomServer) -> None:
    page = open_panel()
    lit.read("mute", value=True)
    expect(page.locator("[data-test=volume]")).to_contain_text("Đã tắt tiếng")
    expect(page.locator("[data-test=mute]")).to_contain_text("Bật tiếng")
    on(page, "mute")
    until(page, lambda: commands(lit) == [("mute", False)])
    on(page, "more")
    assert page.locator("[data-test=more-sheet] [data-test=mute]").count() == 0


def test_a_device_that_can_only_be_muted_has_its_button(
    open_panel: OpenPanel, lit: RoomServer
) -> None:
    del lit.device()["capabilities"]["volume"]
    page = open_panel()
    on(page, "mute")
    until(page, lambda: commands(lit) == [("mute", True)])
    assert page.locator("[data-test=volume]").count() == 0


# --- the room reads its store -----------------------------------------------------------------


def test_a_page_opened_while_the_store_is_read_shows_no_idle_screen(
    open_panel: OpenPanel, room: RoomServer
) -> None:
    before, room.room["lesson"] = room.room["lesson"], {"starting": True}
    page = open_panel()
    for tab in ("lesson", "roll", "book"):
        on(page, f"tab-{tab}")
        expect(page.locator("[data-test=opening]")).to_contain_text("Đang mở sổ của phòng…")
        assert page.locator("[data-test=start]").count() == 0
    on(page, "tab-help")
    expect(page.locator("[data-test=call]")).to_be_visible()
    on(page, "tab-lesson")
    room.room["lesson"] = before
    room.tell_lesson()
    expect(page.locator("[data-test=start]")).to_be_visible()


def test_a_page_keeps_what_it_showed_while_the_store_is_read(
    open_panel: OpenPanel, lit: RoomServer
) -> None:
    lesson = lit.lesson["run"]["lessons"][0]
    page = open_panel()
    page.wait_for_selector("[data-test=roll]")
    before, lit.room["lesson"] = lit.room["lesson"], {"starting": True}
    lit.tell_all()
    expect(page.locator("[data-test=strip-opening]")).to_contain_text("Đang mở sổ của phòng…")
    expect(page.locator("[data-test=roll-number]")).to_have_text("0/43")
    assert page.get_attribute("[data-test=end]", "aria-disabled") == "true"
    assert page.get_attribute("[data-test=blank]", "aria-disabled") is None

    refusal = (503, {"code": "starting", "message": "x", "params": {}})
    lit.answers["PUT", f"lessons/{lesson}/marks/p2"] = refusal
    on(page, "tab-roll")
    on(page, "row-p2")
    on(page, "mark-absent")
    expect(page.locator("[data-test=snackbar]")).to_contain_text("Gia Bảo: Vắng")
    lit.answers.clear()
    lit.room["lesson"] = before
    lit.tell_lesson()
    until(page, lambda: presences(lit, lesson)[1] == "absent")
    on(page, "tab-lesson")
    expect(page.locator("[data-test=strip-opening]")).to_have_count(0)
    assert page.get_attribute("[data-test=end]", "aria-disabled") is None


# --- time ---------------------------------------------------------------------------------------


def test_the_clock_is_the_rooms_and_runs_on(open_panel: OpenPanel, room: RoomServer) -> None:
    page = open_panel(clock=True)
    clock = page.locator("[data-test=clock]")
    expect(clock).to_have_text("08:12")
    page.clock.fast_forward(60_000)
    expect(clock).to_have_text("08:13")
    room.set_now(95)
    room.tell_clock()
    expect(clock).to_have_text("09:35")


def test_a_doubtful_clock_says_so(open_panel: OpenPanel, room: RoomServer) -> None:
    page = open_panel()
    clock = page.locator("[data-test=clock]")
    expect(clock.locator(".icon")).to_have_count(0)
    room.room["clock"].update(quality="saved", trusted=False)
    room.tell_clock()
    expect(clock.locator(".icon-unknown")).to_be_visible()
    expect(clock).to_contain_text("giờ chưa chắc chắn")
