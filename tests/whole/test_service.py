"""What systemd is told, and a start that fails under it: wait, see the mend, begin anew."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from school.school_file import write_school
from school.school_rows import SchoolFile
from tests.bench.measure import free_port
from tests.school.kit import make_rows
from tests.whole.demo import ROOT

ROOM = """schema = 1
[room]
id = "a1-05"
name = "A1.05"
[panel]
listen = "127.0.0.1:{port}"
"""
HUB = """schema = 1
[hub]
state = "state"
console = "127.0.0.1:{port}"
rooms = "127.0.0.1:0"
"""
FILES = {"agent": ("room.toml", ROOM), "hub": ("hub.toml", HUB)}
PROGRAMS = pytest.mark.parametrize("program", FILES)


class Service:
    """A program as systemd starts it: with a socket that hears what it says."""

    def __init__(self, folder: Path, program: str) -> None:
        name, text = FILES[program]
        self.config = folder / name
        self.port = free_port()
        self.good = text.format(port=self.port)
        school = write_school(SchoolFile.model_validate(make_rows()))
        (folder / "school.json").write_bytes(school)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(folder / "notify"))
        self.socket.settimeout(30)
        self._heard: list[str] = []
        state = str(folder / "state")
        self._command = ["-m", "edge.cli.main", program, "--config", str(self.config)]
        self._environment = {"LOPHOC_STATE": state, "STATE_DIRECTORY": state}
        self._environment["NOTIFY_SOCKET"] = str(folder / "notify")
        self._journal = (folder / "journal").open("wb")
        self.journal = folder / "journal"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        environment = {**os.environ, **self._environment}
        self.process = subprocess.Popen(
            [sys.executable, *self._command], cwd=ROOT, env=environment, stderr=self._journal
        )
        return self.process.pid

    def until_said(self, what: str) -> str:
        """Hear until something begins so; the rest of it."""
        while True:
            if not self._heard:
                self._heard = self.socket.recv(65_536).decode().splitlines()
            line = self._heard.pop(0)
            if line.startswith(what):
                return line.removeprefix(what)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._journal.close()
        self.socket.close()


@pytest.fixture
def service(tmp_path, program):
    one = Service(tmp_path, program)
    yield one
    one.close()


@PROGRAMS
def test_a_wrong_file_is_said_once_and_its_mend_is_taken_up(service):
    service.config.write_text(service.good.replace("schema = 1", "schema = one"))
    pid = service.start()
    said = service.until_said("STATUS=")
    assert service.config.name in said
    assert int(service.until_said("EXTEND_TIMEOUT_USEC=")) > 60_000_000
    assert service.journal.read_text().splitlines() == [said]
    service.config.write_text(service.good)
    service.until_said("READY=1")
    assert service.until_said("STATUS=") == ""
    assert service.process.pid == pid
    assert service.process.poll() is None, "systemd saw no end, and wrote no line of its own"


@PROGRAMS
def test_several_mistakes_are_one_status(service):
    service.config.write_text(service.good.replace("schema", "shema") + "colour = 1\n")
    service.start()
    said = service.until_said("STATUS=")
    assert len(service.journal.read_text().splitlines()) > 1
    assert "colour" in said
    assert "shema" in said


@PROGRAMS
def test_a_stop_ends_the_wait_at_once(service):
    service.config.write_text("")
    service.start()
    service.until_said("STATUS=")
    service.process.terminate()
    assert service.process.wait(timeout=5) == -signal.SIGTERM  # which systemd calls clean


@PROGRAMS
def test_a_stop_ends_the_wait_after_the_parts_were_made(service):
    """The loop had handlers for signals by then: none is left over."""
    service.config.write_text(service.good)
    with socket.create_server(("127.0.0.1", service.port)):
        service.start()
        assert str(service.port) in service.until_said("STATUS=")
        service.process.terminate()
        assert service.process.wait(timeout=5) == -signal.SIGTERM


@PROGRAMS
def test_by_hand_it_ends_at_once(service, monkeypatch):
    service.config.write_text("")
    del service._environment["NOTIFY_SOCKET"]
    service.start()
    assert service.process.wait(timeout=30) == 1
