"""The demo as a process with real children: what people and other programs rely on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent


def until(holds: Callable[[], object], limit_s: float = 20.0) -> None:
    give_up_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < give_up_s, "it did not come to pass"
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def demo(**environment: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, str(HERE / "mini_demo.py"), str(tmp_path / "demo")],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), **environment},
            )
        )
        return started[-1]

    yield demo
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def notice(tmp_path: Path) -> Callable[[], dict]:
    file = tmp_path / "demo" / "demo.json"

    def read() -> dict:
        until(file.exists)
        return json.loads(file.read_text())

    return read


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_notice_says_what_is_promised(start, notice) -> None:
    start()
    said = notice()
    assert set(said) == {
        *("panel", "hub", "bench", "it", "mqtt", "hub_token"),
        *("pids", "devices", "readers", "cards"),
    }
    assert set(said["pids"]) == {"agent", "hub", "emulators"}
    assert said["hub_token"] == "secret"
    assert [one["id"] for one in said["devices"]] == ["projector", "board", "screen", "buzzer"]
    assert said["readers"] == [
        {"id": "door", "driver": "rdm6300"},
        {"id": "desk", "driver": "mqtt-reader"},
    ]
    assert said["cards"][0].keys() == {"person_id", "name", "class", "uid"}
    assert {card["class"] for card in said["cards"][:42]} == {"10A1"}
    for pid in said["pids"].values():
        assert os.getpgid(pid) == pid  # a group of its own


def test_ctrl_c_ends_everything_and_says_where_things_are(start, notice, tmp_path) -> None:
    process = start()
    said = notice()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 0
    assert err == ""
    for text in (said["panel"], said["hub"], said["bench"], "The demo is ready.", "Stopping"):
        assert text in out
    assert all(is_gone(pid) for pid in said["pids"].values())
    assert not (tmp_path / "demo" / "demo.json").exists()


def test_a_killed_process_comes_back_on_its_port_and_is_told_anew(start, notice) -> None:
    start()
    before = notice()
    for name in ("agent", "hub", "emulators"):
        pid = notice()["pids"][name]
        os.kill(pid, signal.SIGKILL)
        until(lambda name=name, pid=pid: notice()["pids"][name] not in (pid, None))
    after = notice()
    assert {key: after[key] for key in ("panel", "hub", "bench", "mqtt")} == {
        key: before[key] for key in ("panel", "hub", "bench", "mqtt")
    }
    assert not set(after["pids"].values()) & set(before["pids"].values())


def test_children_die_with_a_demo_that_is_killed(start, notice) -> None:
    process = start()
    pids = list(notice()["pids"].values())
    process.kill()
    process.wait()
    until(lambda: all(is_gone(pid) for pid in pids), 5)


def test_a_second_start_keeps_cards_and_addresses(start, notice) -> None:
    process = start()
    first = notice()
    process.kill()
    process.wait()
    until(lambda: all(is_gone(pid) for pid in first["pids"].values()), 5)
    start()
    until(lambda: notice()["pids"]["agent"] != first["pids"]["agent"])
    second = notice()
    assert second["cards"] == first["cards"]
    assert second["panel"] == first["panel"]


def test_a_program_that_does_not_start_is_told_with_its_log(start, tmp_path) -> None:
    process = start(MINI_ENDS="hub")
    _, err = process.communicate(timeout=30)
    log = tmp_path / "demo" / "log" / "hub.log"
    assert err.strip() == f"hub does not start; {log} says why"
    assert "no luck" in log.read_text()


def test_a_second_demo_in_the_same_folder_is_refused(start, notice) -> None:
    start()
    notice()
    _, err = start().communicate(timeout=10)
    assert "a demo runs here already" in err
    assert notice()["panel"]
