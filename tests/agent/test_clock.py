"""Which time the room believes, and how it is kept over a power cut."""

import time
from pathlib import Path

import pytest

import edge.clock
from edge.clock import OffsetFile, SystemClock, read_boot_id
from school.moment import TimeQuality


@pytest.fixture
def flag(tmp_path, monkeypatch) -> Path:
    """The file by which a time client says that the clock is set; not there yet."""
    path = tmp_path / "synchronized"
    monkeypatch.setattr(edge.clock, "SYNCHRONISED_FLAG", path)
    return path


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_a_fresh_room_without_any_source_does_not_trust_its_clock(tmp_path, flag):
    moment = SystemClock(tmp_path).now()
    assert moment.tq is TimeQuality.NONE
    assert not moment.tq.trusted
    assert moment.boot == read_boot_id()
    assert len(moment.boot) == 32


def test_a_time_client_is_believed_as_soon_as_it_says_so(tmp_path, flag):
    clock = SystemClock(tmp_path)
    flag.touch()
    clock.look_again()
    assert clock.now().tq is TimeQuality.NTP
    assert abs(clock.now().wall_ms - now_ms()) < 1_000


def test_the_hub_sets_a_room_without_a_time_client(tmp_path, flag):
    clock = SystemClock(tmp_path)
    here = clock.now()
    clock.learn(here.mono_ms - 10_000, 2_000_000_000_000)
    later = clock.now()
    assert later.tq is TimeQuality.HUB
    assert 0 <= later.wall_ms - 2_000_000_010_000 < 1_000


def test_the_last_good_time_is_the_floor_after_a_power_cut(tmp_path, flag):
    before = SystemClock(tmp_path)
    here = before.now()
    before.save()
    assert not (tmp_path / "last-good-time").exists()  # nobody vouched for it
    before.learn(here.mono_ms, now_ms() + 86_400_000)
    before.save()
    after = SystemClock(tmp_path).now()
    assert after.tq is TimeQuality.SAVED
    assert after.wall_ms >= now_ms() + 86_000_000


def test_behind_the_last_good_time_the_clock_runs_on(tmp_path, flag, monkeypatch):
    """A Pi that boots in 1970, or a month back, once showed the same minute all day."""
    ahead_ms = now_ms() + 30 * 86_400_000
    (tmp_path / "last-good-time").write_text(str(ahead_ms))
    elapsed_ms = [5_000]
    monkeypatch.setattr(edge.clock, "_mono_ms", lambda: elapsed_ms[0])
    clock = SystemClock(tmp_path)
    assert (clock.now().wall_ms, clock.now().tq) == (ahead_ms, TimeQuality.SAVED)
    elapsed_ms[0] += 3_600_000
    assert (clock.now().wall_ms, clock.now().tq) == (ahead_ms + 3_600_000, TimeQuality.SAVED)


def test_an_agent_started_again_in_the_same_boot_does_not_go_back(tmp_path, flag, monkeypatch):
    ahead_ms = now_ms() + 30 * 86_400_000
    elapsed_ms = [5_000]
    monkeypatch.setattr(edge.clock, "_mono_ms", lambda: elapsed_ms[0])
    before = SystemClock(tmp_path)
    before.learn(5_000, ahead_ms)
    before.save()
    elapsed_ms[0] += 600_000
    assert SystemClock(tmp_path).now().wall_ms == ahead_ms + 600_000


def test_a_disk_that_refuses_the_time_is_said_once_and_stops_nothing(tmp_path, flag, caplog):
    clock = SystemClock(tmp_path / "gone")
    clock.learn(clock.now().mono_ms, now_ms())
    clock.save()
    clock.save()
    assert len(caplog.records) == 1
    assert "No such file" in caplog.text


def test_a_damaged_file_is_no_floor(tmp_path, flag):
    (tmp_path / "last-good-time").write_text("yesterday")
    assert SystemClock(tmp_path).now().tq is TimeQuality.NONE


def test_a_jump_moves_the_wall_and_never_the_order(tmp_path, flag):
    file = tmp_path / "offset"
    clock = SystemClock(tmp_path, OffsetFile(file))
    before = clock.now()
    file.write_text("-7200000")
    after = clock.now()
    assert after.wall_ms < before.wall_ms
    assert after.mono_ms >= before.mono_ms
    file.write_text("nonsense")
    assert clock.now().wall_ms < before.wall_ms
