"""The emulators' process as the room and the bench's callers see it: real sockets, ptys, broker."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.demo.files import make_plan, refresh_school, write_files
from edge.demo.folders import Folders, choose_ports

CARD = "100086F444"
FEEDBACK = "lophoc/a1-05/readers/{}/feedback"


class Process:
    """The process, and hands on its bench."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        ports = choose_ports(folders.root, 0, 0, lambda n: int.from_bytes(os.urandom(4)) % n)
        school = refresh_school(folders, datetime.now(UTC), os.urandom)
        self.plan = make_plan(folders, ports, school, fast=True)
        write_files(folders, ports, self.plan)
        command = (sys.executable, "-m", "edge.cli.emulators_process", str(folders.plan_file))
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.bench = httpx.Client(
            base_url=f"http://127.0.0.1:{self.plan.bench}", timeout=20, trust_env=False
        )

    def wait(self) -> None:
        give_up_s = time.monotonic() + 20
        while True:
            try:
                assert self.bench.get("/health").json() == {"state": "ok"}
            except httpx.ConnectError:
                assert time.monotonic() < give_up_s
                assert self.process.poll() is None
                time.sleep(0.05)
            else:
                return

    def post(self, path: str, **body: object) -> httpx.Response:
        return self.bench.post(path, json=body)

    def end(self) -> str:
        self.bench.close()
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=10)
        return out


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folders = Folders(tmp_path_factory.mktemp("demo"))
    folders.make()
    process = Process(folders)
    process.wait()
    yield process
    assert process.end() == ""
    assert process.process.returncode == 0
    assert not (folders.serial_ports / "door").is_symlink()


class Room:
    """A stand-in for the agent: answers each card that it hears."""

    def __init__(self, plan, answer: Callable[[str], dict | None]) -> None:
        self.cards: list[str] = []
        self.ready = threading.Event()
        self._answer = answer
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="room")
        self.client.on_connect = lambda *_: self.client.subscribe(
            "lophoc/a1-05/readers/desk/card", 1
        )
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = self._hear
        self.client.connect("127.0.0.1", plan.broker)
        self.client.loop_start()
        assert self.ready.wait(5)

    def _hear(self, _client, _user, message) -> None:
        card = json.loads(message.payload)
        self.cards.append(card["uid"])
        feedback = self._answer(card["uid"])
        if feedback is not None:
            self.say("desk", {**feedback, "n": card["n"]})

    def say(self, reader: str, feedback: dict) -> None:
        self.client.publish(FEEDBACK.format(reader), json.dumps(feedback), qos=1)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_every_device_and_reader_tells_what_it_believes(process: Process) -> None:
    listed = {one["id"]: one for one in process.bench.get("/api/devices").json()["devices"]}
    assert set(listed) == {"projector", "board", "screen", "buzzer", "door", "desk"}
    for name, driver in (("projector", "pjlink"), ("board", "samsung-mdc")):
        one = process.bench.get(f"/api/devices/{name}").json()
        assert (one["driver"], one["power"], one["fault"]) == (driver, "off", "none")
    assert listed["screen"]["screen"] == "up"
    assert listed["buzzer"]["beeps"] == 0


def test_a_fault_reaches_the_wire_and_is_mended(process: Process) -> None:
    port = next(one.tcp for one in process.plan.devices if one.id == "projector")

    def greeting() -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
            return wire.recv(64)

    assert re.fullmatch(rb"PJLINK 1 [0-9a-f]{8}\r", greeting())
    told = process.post("/api/devices/projector/fault", fault="unplugged")
    assert (told.status_code, told.json()["fault"]) == (200, "unplugged")
    with pytest.raises(ConnectionRefusedError):
        greeting()
    process.post("/api/devices/projector/fault", fault="none")
    assert greeting().startswith(b"PJLINK 1")
    door = process.folders.serial_ports / "door"
    assert process.post("/api/devices/door/fault", fault="unplugged").status_code == 200
    assert not door.is_symlink()
    process.post("/api/devices/door/fault", fault="none")
    assert door.is_symlink()


def test_a_tap_waits_for_the_rooms_word(process: Process) -> None:
    room = Room(process.plan, lambda uid: {"tap_id": f"0-{uid}", "outcome": "present"})
    try:
        told = process.post("/api/tap", uid="04a1b2c3", reader="desk").json()
        assert (told["tap_id"], told["feedback"]) == ("0-04A1B2C3", "present")
        assert told["ms"] >= 0
        assert room.cards == ["04A1B2C3"]
    finally:
        room.close()


def test_a_tap_at_the_serial_reader_sends_its_frame(process: Process) -> None:
    room = Room(process.plan, lambda _: None)
    port = os.open(process.folders.serial_ports / "door", os.O_RDWR | os.O_NOCTTY)
    heard: list[bytes] = []

    def read_and_answer() -> None:
        heard.append(os.read(port, 14))
        room.say("door", {"tap_id": None, "outcome": "refused"})

    agent = threading.Thread(target=read_and_answer)
    agent.start()
    try:
        told = process.post("/api/tap", uid=CARD, reader="door").json()
        assert (told["tap_id"], told["feedback"]) == (None, "refused")
        assert heard == [b"\x02100086F44426\x03"]
    finally:
        agent.join()
        os.close(port)
        room.close()


def test_no_answer_is_none_after_five_seconds(process: Process) -> None:
    told = process.post("/api/tap", uid=CARD, reader="door").json()
    assert (told["tap_id"], told["feedback"]) == (None, "none")
    assert 5000 <= told["ms"] < 8000


def test_the_way_to_the_hub_is_cut_hung_and_mended(process: Process) -> None:
    with socket.create_server(("127.0.0.1", process.plan.hub)) as hub:

        def dial() -> bytes:
            with socket.create_connection(("127.0.0.1", process.plan.proxy), timeout=5) as room:
                room.sendall(b"hello")
                arrived, _ = hub.accept()
                with arrived:
                    return arrived.recv(5)

        assert dial() == b"hello"
        assert process.post("/api/hub", link="cut").json() == {"link": "cut"}
        with pytest.raises(ConnectionRefusedError):
            dial()
        assert process.post("/api/hub", link="hang").json() == {"link": "hang"}
        hub.settimeout(0.3)
        with pytest.raises(TimeoutError):
            dial()
        hub.settimeout(5)
        assert process.post("/api/hub", link="up").json() == {"link": "up"}
        assert dial() == b"hello"


def test_clock_jumps_add_up_in_their_file(process: Process) -> None:
    assert process.post("/api/clock", jump_s=600).json() == {"offset_ms": 600_000}
    assert process.post("/api/clock", jump_s=-0.5).json() == {"offset_ms": 599_500}
    assert process.folders.clock_offset_file.read_text() == "599500\n"
    assert process.bench.get("/api/bench").json()["clock_offset_ms"] == 599_500


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/tap", {"uid": CARD}, 422),
        ("/api/tap", {"uid": CARD, "reader": "roof"}, 404),
        ("/api/tap", {"uid": "04A1B2C3", "reader": "door"}, 422),
        ("/api/tap", {"uid": "zz", "reader": "desk"}, 422),
        ("/api/tap", {"uid": 7, "reader": "desk"}, 422),
        ("/api/devices/lamp/fault", {"fault": "none"}, 404),
        ("/api/devices/board/fault", {"fault": "broken"}, 422),
        ("/api/devices/board/fault", {}, 422),
        ("/api/hub", {"link": "down"}, 422),
        ("/api/clock", {"jump_s": "soon"}, 422),
        ("/api/clock", {"jump_s": 1e300}, 422),
        ("/api/clock", {"jump_s": True}, 422),
        ("/api/nothing", {}, 404),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(
    process: Process, path: str, body: dict, status: int
) -> None:
    told = process.post(path, **body)
    assert told.status_code == status
    assert set(told.json()) == {"code", "message", "params"}
    assert told.json()["message"].endswith(".")


def test_nothing_acts_by_get_and_no_stranger_acts(process: Process) -> None:
    assert process.bench.get("/api/tap").status_code == 405
    strange = process.bench.post(
        "/api/hub", json={"link": "cut"}, headers={"Origin": "http://evil.example"}
    )
    assert strange.status_code == 403
    assert process.bench.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert process.bench.get("/api/bench").json()["link"] == "up"


def test_the_page_and_all_it_needs_are_served(process: Process) -> None:
    page = process.bench.get("/").text
    for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page):
        assert process.bench.get(asset).status_code == 200
    words = process.bench.get("/api/words").json()
    assert words["vi"].keys() == words["en"].keys()
    used = set(re.findall(r'data-word="([^"]+)"', page))
    script = (Path(__file__).parents[2] / "edge/demo/page/bench.js").read_text()
    used |= set(re.findall(r'both\("([a-z.-]+)"', script))
    assert used <= words["vi"].keys()


def test_a_taken_port_is_told(process: Process) -> None:
    again = subprocess.run(
        (sys.executable, "-m", "edge.cli.emulators_process", str(process.folders.plan_file)),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert again.returncode == 1
    assert "address already in use" in again.stderr
