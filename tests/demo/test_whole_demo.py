"""The demo as a person starts it: agent, hub, emulators, bench, all real."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

COMMAND = (sys.executable, "-m", "edge.cli.main", "demo", "--port", "0", "--hub-port", "0")


def until(holds: Callable[[], object], limit_s: float = 60.0) -> None:
    give_up_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < give_up_s, "it did not come to pass"
        time.sleep(0.05)


class Whole:
    """A running demo and its programs' addresses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            (*COMMAND, "--fast", "--state", str(folder)), stdout=subprocess.PIPE, text=True
        )
        self.client = httpx.Client(timeout=30, trust_env=False)
        until((folder / "demo.json").exists)

    @property
    def notice(self) -> dict:
        return json.loads((self.folder / "demo.json").read_text())

    def tap(self, uid: str, reader: str) -> dict:
        body = {"uid": uid, "reader": reader}
        return self.client.post(f"{self.notice['bench']}/api/tap", json=body).json()

    def stored(self) -> list[str]:
        """Ids of the taps at the hub, in the order in which they came."""
        notice = self.notice
        answer = self.client.get(
            f"{notice['hub']}/api/taps",
            params={"after": 0, "limit": 500},
            headers={"Authorization": f"Bearer {notice['hub_token']}"},
        )
        return [tap["tap_id"] for tap in answer.json()["taps"]]

    def end(self) -> int:
        self.client.close()
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.mark.timeout(240)
def test_taps_reach_the_hub_once_through_a_cut_and_a_kill(tmp_path: Path) -> None:
    demo = Whole(tmp_path / "demo")
    try:
        notice = demo.notice
        cards = [card["uid"] for card in notice["cards"]]
        told = [demo.tap(cards[0], "door"), demo.tap(cards[1], "desk")]
        assert [one["feedback"] for one in told] == ["present", "present"]
        assert demo.tap(cards[42], "door")["feedback"] == "other_class"
        assert demo.tap("0123456789", "desk")["feedback"] == "unknown"
        until(lambda: len(demo.stored()) == 4)
        link = f"{notice['bench']}/api/hub"
        assert demo.client.post(link, json={"link": "cut"}).status_code == 200
        told += [demo.tap(uid, "door") for uid in cards[2:5]]
        assert {one["feedback"] for one in told} == {"present"}
        os.kill(notice["pids"]["agent"], signal.SIGKILL)
        demo.client.post(link, json={"link": "up"})
        until(lambda: len(demo.stored()) == 7)
        assert {one["tap_id"] for one in told} <= set(demo.stored())
    finally:
        assert demo.end() == 0


def test_a_port_that_is_taken_ends_with_one_sentence(tmp_path: Path, taken_port: int) -> None:
    command = (*COMMAND[:3], "demo", "--port", str(taken_port), "--state", str(tmp_path / "demo"))
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"port {taken_port} is taken; name another with --port, or 0 for any.\n"
    )
