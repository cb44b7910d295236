"""A full disk refuses visibly and loses nothing; its reserve is for taps."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

FILLER = Path(__file__).with_name("filler.py")


def on_a_small_disk(folder: Path, size: str) -> dict[str, Any]:
    """Run the filler on a tmpfs of its own, in a mount namespace that ends with it."""
    program = shlex.join([sys.executable, str(FILLER), "full", str(folder)])
    mount = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(folder))}"
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    done = subprocess.run(
        ["unshare", *as_root, "--mount", "sh", "-c", f"{mount} && exec {program}"],
        check=True,
        capture_output=True,
        timeout=100,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_a_full_disk_refuses_visibly_and_recovers(tmp_path: Path) -> None:
    said = on_a_small_disk(tmp_path, "4m")
    assert said["reserve"]
    audits, word = said["audit"]
    assert word == "StoreFullError"
    assert said["reserve_after_audit"], "the reserve is for taps alone"
    taps, word = said["taps"]
    assert word == "StoreFullError"
    assert taps > 20, "the reserve was there for them"
    assert not said["reserve_after_taps"]
    assert said["again"] == "StoreFullError"
    assert said["after_audit"] == [False, True], "taps have their reserve: low, not full"
    assert said["after_taps"], "now they are refused, and it is said"
    assert not said["after_room"], "room again is noticed before the next tap"
    assert said["freed"] == "stored"
    assert said["rows"] == [taps + 1, audits]
    assert said["integrity"] == "ok"


def test_an_input_output_error_ends_all_storing_until_a_restart(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FILLER), "limited", str(tmp_path)],
        check=True,
        capture_output=True,
        timeout=100,
    )
    said = json.loads(done.stdout)
    taps, word = said["taps"]
    assert (said["first"], word, said["again"]) == (
        "stored",
        "StoreFailedError",
        "StoreFailedError",
    )
    assert "takes nothing until a restart" in said["failed"]
    assert said["restarted"] == "stored"
    assert said["rows"] >= taps + 2
