"""One agent by itself: what it makes of a room that is half there."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from school.school_file import write_school
from school.school_rows import SchoolFile
from tests.bench.measure import free_port
from tests.school.kit import make_rows
from tests.whole.demo import ROOT, Demo

ROOM = """schema = 1
[room]
id = "half"
name = "Half"
[panel]
listen = "127.0.0.1:{port}"
[attendance]
school = "school.json"
[[device]]
id = "beamer"
name = "Máy chiếu"
driver = "pjlinc"
address = "tcp:127.0.0.1:9"
[[device]]
id = "board"
name = "Bảng"
driver = "samsung-mdc"
address = "serial:/dev/serial/by-path/not-there"
[[device]]
id = "tv"
name = "Tivi"
driver = "samsung-mdc"
address = "tcp:127.0.0.1:{closed}"
"""


class Agent:
    """An agent process over its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.config = folder / "room.toml"
        self.config.write_text(ROOM.format(port=self.port, closed=free_port()))
        self.process: subprocess.Popen[str] | None = None

    def start(self, **environment: str) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge.cli.main", "agent", "--config", str(self.config)],
            cwd=ROOT,
            env={**os.environ, "LOPHOC_STATE": str(self.folder / "state"), **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process

    def get(self, path: str):
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.get(url, timeout=5, trust_env=False).raise_for_status().json()

    def until_ready(self) -> None:
        Demo.until(lambda: self.get("/health")["ready"], "the agent is ready")

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        self.process.communicate(timeout=15)
        return self.process.returncode


@pytest.fixture
def agent(tmp_path):
    one = Agent(tmp_path)
    yield one
    if one.process is not None and one.process.poll() is None:
        one.stop()


def room_health(agent: Agent) -> list[dict[str, str]]:
    """What the panel is told."""
    return agent.get("/api/room")["health"]["findings"]


def test_what_cannot_work_is_told_and_the_rest_goes_on(agent):
    agent.start()
    agent.until_ready()
    room = agent.get("/api/room")
    parts = {part["name"]: part for part in room["parts"]}
    assert parts["device beamer"]["state"] == "down"
    assert "did you mean pjlink?" in parts["device beamer"]["reason"]
    assert parts["school"]["state"] == "down"
    assert "school.json" in parts["school"]["reason"]
    Demo.until(
        lambda: (
            {one["id"]: one["link"] for one in agent.get("/api/devices")["devices"]}
            == {"board": "unreachable", "tv": "unreachable"}
        ),
        "the links are known",
    )
    health = agent.get("/health")
    assert not health["ok"]
    said = {(one["code"], one["subject"]) for one in health["findings"]}
    expected = {
        ("device_unreachable", "board"),
        ("part_down", "school"),
        ("part_down", "device beamer"),
    }
    assert expected <= said
    assert room_health(agent) == health["findings"]
    metrics = httpx.get(f"http://127.0.0.1:{agent.port}/metrics", trust_env=False).text
    for code, subject in said:
        assert re.search(f'lophoc_finding{{.*code="{code}".*subject="{subject}"}} 1.0', metrics)
    assert "lophoc_fine 0.0" in metrics
    board = agent.get("/api/devices/board")
    assert "/dev/serial/by-path/not-there" in board["link_reason"]
    assert board["readings"]["power"]["quality"] == "unknown"
    assert agent.stop() == 0


def test_damaged_records_are_set_aside_and_those_before_hold(agent):
    """An import over them would have kept the damage as the version to go back to."""
    state = agent.folder / "state"
    state.mkdir()
    good = write_school(SchoolFile.model_validate(make_rows()))
    (state / "school.json.1").write_bytes(good)
    (state / "school.json").write_bytes(good[:200])
    agent.start()
    agent.until_ready()
    parts = {part["name"]: part for part in agent.get("/api/room")["parts"]}
    assert parts["school"]["state"] == "down"
    assert "school.json.2.damaged: damaged records" in parts["school"]["reason"]
    assert (state / "school.json.2.damaged").read_bytes() == good[:200]
    assert len(json.loads((state / "school.json").read_bytes())["classes"]) > 0


def test_a_reader_without_its_port_is_said_to_everybody(agent):
    """mbmd#347, octoprint-docker#7."""
    port = str(agent.folder / "usb-reader")
    reader = (
        f'[[reader]]\nid = "door"\nname = "Cửa"\ndriver = "rdm6300"\naddress = "serial:{port}"\n'
    )
    agent.config.write_text(agent.config.read_text() + reader)
    agent.start()
    agent.until_ready()

    def said():
        (one,) = agent.get("/api/devices")["readers"]
        return one["link"], one["reason"], one["params"]

    missing = ("unreachable", "port_missing", {"port": port})
    Demo.until(lambda: said() == missing, "the reader's reason is known")
    (shown,) = agent.get("/api/room")["readers"]
    assert shown["reason"] == "port_missing"
    url = f"http://127.0.0.1:{agent.port}"
    figures = httpx.get(f"{url}/metrics", trust_env=False).text
    assert 'lophoc_reader_online{reader="door"} 0.0' in figures
    assert 'lophoc_part_up{part="reader door"} 0.0' in figures
    words = [sys.executable, "-m", "edge.cli.main", "devices", "--url", url]
    wide = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "400"}
    listed = subprocess.run(words, cwd=ROOT, env=wide, capture_output=True, text=True, check=True)
    assert f"there is no port {port}" in listed.stdout
    assert agent.process is not None
    agent.process.terminate()
    _, log = agent.process.communicate(timeout=15)
    assert log.count("reader door is lost") == 1


def test_a_second_agent_on_the_same_state_is_refused(agent):
    agent.start()
    agent.until_ready()
    other = Agent(agent.folder)
    done = other.start()
    _, said = done.communicate(timeout=20)
    assert done.returncode == 1
    assert "is in use by process" in said
    assert "Traceback" not in said


def test_a_taken_port_is_one_sentence(agent):
    agent.start()
    agent.until_ready()
    folder = agent.folder / "other"
    folder.mkdir()
    other = Agent(folder)
    other.config.write_text(agent.config.read_text())
    done = other.start()
    _, said = done.communicate(timeout=20)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{agent.port}" in said
    assert "Traceback" not in said


def test_a_killed_agent_starts_again_with_its_embedded_broker(agent):
    """The broker ends with its agent, so the next one finds its port free."""
    text = agent.config.read_text()
    agent.config.write_text(text + '[mqtt]\nbroker = "embedded"\n')
    for _ in range(2):
        agent.start()
        agent.until_ready()
        Demo.until(
            lambda: (
                {part["name"]: part["state"] for part in agent.get("/api/room")["parts"]}["broker"]
                == "up"
            ),
            "the broker is up",
        )
        agent.process.kill()
        agent.process.communicate(timeout=10)
    reader = asyncio.run(_until_free(1883))
    assert reader


async def _until_free(port: int) -> bool:
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return True
        writer.close()
        await asyncio.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/lesson/start", b"{", 422, "malformed"),
        ("POST", "/api/lesson/start", b'{"pictur": true}', 422, "malformed"),
        ("POST", "/api/lesson/end", b"{}", 409, "no_run"),
        ("POST", "/api/devices/tv/commands", b'{"capability":"power"}', 422, "malformed"),
        (
            "POST",
            "/api/devices/no/commands",
            b'{"capability":"power","value":"on"}',
            404,
            "no_device",
        ),
        (
            "POST",
            "/api/devices/tv/commands",
            b'{"capability":"power","value":"x"}',
            422,
            "malformed",
        ),
        ("GET", "/api/lessons/nonsense/marks", b"", 404, "unknown_lesson"),
        ("POST", "/api/lessons/x/undo", b"{}", 422, "malformed"),
        ("POST", "/api/lessons/x/undo", b'{"act":"a","person_ids":["p"]}', 422, "malformed"),
        ("POST", "/api/lessons/x/undo", b'{"act":"a"}', 404, "unknown_lesson"),
        ("POST", "/api/lesson/continue", b"{}", 409, "no_run"),
        ("GET", "/api/commands/none", b"", 404, "not_found"),
        ("GET", "/nowhere", b"", 404, "not_found"),
        ("POST", "/api/lesson/start", b"x" * 100_000, 413, "too_big"),
    ],
)
def test_a_wrong_request_gets_a_code_and_a_sentence(running, method, path, body, status, code):
    headers = {"Content-Type": "application/json", "Idempotency-Key": os.urandom(8).hex()}
    url = f"http://127.0.0.1:{running.port}{path}"
    answer = httpx.request(method, url, content=body, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert len(answer.json()["message"]) > 10


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    one = Agent(tmp_path_factory.mktemp("agent"))
    one.start()
    one.until_ready()
    yield one
    one.stop()


def test_a_command_id_used_for_another_command_is_refused(running):
    url = f"http://127.0.0.1:{running.port}/api/devices/tv/commands"
    first = {"capability": "power", "value": "on", "command_id": "once"}
    assert httpx.post(url, json=first, trust_env=False).status_code == 202
    again = httpx.post(url, json=first, trust_env=False)
    assert (again.status_code, again.json()["command_id"]) == (202, "once")
    other = httpx.post(url, json={**first, "value": "off"}, trust_env=False)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_figures_for_prometheus(running):
    text = httpx.get(f"http://127.0.0.1:{running.port}/metrics", trust_env=False).text
    assert 'lophoc_device_online{device="board"} 0.0' in text
    assert 'lophoc_part_up{part="attendance"} 1.0' in text
    assert "lophoc_sync_waiting 0.0" in text


def test_foreign_hosts_and_origins_are_kept_out(running):
    url = f"http://127.0.0.1:{running.port}/api/room"
    evil = {"Host": "evil.example"}
    assert httpx.get(url, headers=evil, trust_env=False).status_code == 400
    start = f"http://127.0.0.1:{running.port}/api/lesson/start"
    headers = {"Origin": "http://evil.example", "Idempotency-Key": "o1"}
    assert httpx.post(start, json={}, headers=headers, trust_env=False).status_code == 403
    assert json.loads(httpx.get(url, trust_env=False).text)["room"]["id"] == "half"
