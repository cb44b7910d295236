"""`lophoc emulate` as a program: first line, exit codes, SIGTERM, cards on stdin."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.cli.commands import app

LOPHOC = (sys.executable, "-m", "edge.cli.main", "emulate")


@pytest.fixture
def run() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                (*LOPHOC, *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_projector_on_a_free_port(run) -> None:
    process = run("pjlink", "--tcp", "0", "--password", "Secret1", "--fast")
    host, _, port = process.stdout.readline().strip().rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        assert wire.recv(64).startswith(b"PJLINK 1 ")
    end(process)


def test_a_reader_takes_its_cards_from_stdin(run, tmp_path: Path) -> None:
    link = tmp_path / "door"
    process = run("rdm6300", "--pty", str(link))
    assert process.stdout.readline() == f"{link}\n"
    port = os.open(link, os.O_RDWR | os.O_NOCTTY)
    process.stdin.write("nonsense\n\n100086F444\n")
    process.stdin.flush()
    assert os.read(port, 14) == b"\x02100086F44426\x03"
    os.close(port)
    assert "ten hex digits" in process.stderr.readline()
    end(process)
    assert not link.is_symlink()


def test_a_relay_says_its_topic(run, broker) -> None:
    process = run("mqtt-relay", "--mqtt", broker, "--id", "screen", "--kind", "screen")
    assert process.stdout.readline() == "lophoc/a1-05/relays/screen\n"
    end(process)


def test_a_taken_port_is_refused_in_one_sentence(run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        _, err = run("pjlink", "--tcp", str(taken.getsockname()[1])).communicate(timeout=20)
    assert err.startswith("pjlink cannot be put at ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("pjlink",),
        ("pjlink", "--tcp", "0", "--pty", "x"),
        ("pjlink", "--pty", "x"),
        ("nobody", "--tcp", "0"),
        ("samsung-mdc", "--tcp", "0", "--id", "700"),
        ("mqtt-relay", "--mqtt", "nowhere"),
        ("mqtt-relay", "--mqtt", "127.0.0.1:1", "--kind", "lamp"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, ["emulate", *arguments])
    assert (told.exit_code, told.stdout) == (2, "")
