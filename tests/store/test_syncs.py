"""FULL is really on: the kernel is asked to sync before each single acknowledgement.

Seen by strace, which also plays a disk whose sync fails.
"""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

TAPPER = Path(__file__).with_name("tapper.py")
TAPS = 30
_SYNCED = re.compile(r"(fdatasync|fsync)(\(\d+\)| resumed>\)) += 0")
_SAID = re.compile(r'write\(1, "(ack|ready|failed) (\d+)')


def traced(tmp_path: Path, *options: str, inject: str = "") -> list[str]:
    """The order of syncs and acknowledgements: `sync`, `ack 0`, `failed 1` …"""
    log = tmp_path / "trace"
    fault = ["-e", f"inject=fdatasync:{inject}"] if inject else []
    subprocess.run(
        [
            *("strace", "-f", "-qq", "-e", "trace=fdatasync,fsync,write", *fault, "-o", str(log)),
            *(sys.executable, str(TAPPER), str(tmp_path / "room.db"), "--count", str(TAPS)),
            *options,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=100,
    )
    steps = []
    for line in log.read_text().splitlines():
        if _SYNCED.search(line):
            steps.append("sync")
        elif (found := _SAID.search(line)) is not None:
            steps.append(f"{found[1]} {found[2]}")
    return steps


def unsynced(steps: list[str]) -> list[str]:
    """Acknowledgements with no sync since the one before."""
    late, synced = [], False
    for step in steps:
        if step.startswith("ack") and not synced:
            late.append(step)
        synced = step == "sync" or (synced and not step.startswith(("ack", "ready")))
    return late


def test_each_acknowledgement_has_a_sync_of_its_own(tmp_path: Path) -> None:
    steps = traced(tmp_path)
    assert sum(step.startswith("ack") for step in steps) == TAPS
    assert unsynced(steps) == []


def test_the_trace_sees_when_syncs_are_missing(tmp_path: Path) -> None:
    steps = traced(tmp_path, "--normal")
    assert sum(step.startswith("ack") for step in steps) == TAPS
    assert len(unsynced(steps)) > TAPS / 2


def test_a_sync_that_failed_once_is_never_taken_for_a_success(tmp_path: Path) -> None:
    """Linux forgets the dirty pages after a failed sync: trying again would lie."""
    traced(tmp_path)
    steps = traced(tmp_path, inject="error=EIO:when=9")
    words = [step.split()[0] for step in steps if not step.startswith("sync")]
    acknowledged = [step for step in steps if step.startswith("ack")]
    assert "failed" in words
    assert "ack" not in words[words.index("failed") :]
    connection = sqlite3.connect(tmp_path / "room.db")
    stored = {n for (n,) in connection.execute("SELECT seq - 1 FROM lane_0")}
    connection.close()
    assert {int(step.split()[1]) for step in acknowledged} <= stored
