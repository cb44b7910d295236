"""A file is there whole or not at all, on a full disk too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync.hub.sessions import load_or_make_token
from sync.state.whole_file import write_whole


def test_it_is_written_with_its_rights_and_nothing_is_left_beside(tmp_path: Path) -> None:
    (tmp_path / "x.new").write_text("of a write that was cut short")
    write_whole(tmp_path / "x", b"one")
    write_whole(tmp_path / "x", b"two", 0o644)
    assert (tmp_path / "x").read_bytes() == b"two"
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_its_rights_hold_whatever_the_umask(tmp_path: Path) -> None:
    """The hub's root certificate was made unreadable by the unit's umask, and copied so."""
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "root.pem", b"x", 0o644)
    finally:
        os.umask(before)
    assert (tmp_path / "root.pem").stat().st_mode & 0o777 == 0o644


def test_a_disk_that_refuses_leaves_what_was_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", b"before")
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from sync.state.whole_file import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "try: write_whole(Path(sys.argv[1]), b'after' * 100)\n"
        "except OSError as error: sys.exit(7 if error.filename == sys.argv[1] else 8)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "x")], check=False)
    assert done.returncode == 7
    assert (tmp_path / "x").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["x"], "half a file takes room"


def test_a_token_file_left_empty_by_a_full_disk_does_not_stop_the_hub(tmp_path: Path) -> None:
    (tmp_path / "hub.token").touch()
    token = load_or_make_token(tmp_path / "hub.token", lambda: "t" * 40)
    assert token == load_or_make_token(tmp_path / "hub.token", pytest.fail)
