"""The line that says what an import is doing: late, in a terminal alone, and gone at the end."""

import io
import re
from pathlib import Path
from threading import Event

import pytest
from typer.testing import CliRunner

from edge.cli.commands import app
from edge.cli.progress import Counter, Progress
from tests.school.files_in import made


class Terminal(io.StringIO):
    """Remembers what was written, and tells when a word was."""

    def __init__(self, wanted: str = "") -> None:
        super().__init__()
        self._wanted, self.seen = wanted, Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        written = super().write(text)
        if self._wanted in self.getvalue():
            self.seen.set()
        return written


def test_each_step_is_named_and_the_line_goes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal("Comparing")
    with Progress(stream, after_s=0.0) as progress:
        progress.step("Reading ds.xlsx")
        progress.step("Comparing")
        assert stream.seen.wait(30)
    assert re.search(r"\x1b\[\?25h|\x1b\[2K", stream.getvalue())


def test_short_work_is_not_spoken_of():
    stream = Terminal()
    with Progress(stream, after_s=3600.0) as progress:
        progress.step("Reading ds.xlsx")
    assert stream.getvalue() == ""


def test_nothing_is_said_where_nobody_looks():
    stream = io.StringIO()
    with Progress(stream, after_s=0.0) as progress:
        progress.step("Reading ds.xlsx")
    assert stream.getvalue() == ""


def test_json_has_nothing_beside_it(tmp_path: Path):
    file = tmp_path / "ds.xlsx"
    file.write_bytes(made.roster())
    done = CliRunner().invoke(app, ["import", "roster", str(file), "--json"])
    assert (done.exit_code, done.stderr) == (0, "")


def test_counting_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal("1/3")
    with Progress(stream, after_s=0.0) as progress:
        Counter(progress, "days", 3).one_more()
        assert stream.seen.wait(30)
