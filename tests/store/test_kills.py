"""What was acknowledged survives SIGKILL; the harness is shown to see it when it does not."""

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

TAPPER = Path(__file__).with_name("tapper.py")
KILLS = 20
SEED = 20261123


def run_and_kill(db: Path, after: int, *options: str) -> set[int]:
    """Start the tapper, kill it after so many acknowledgements; gives those it said."""
    command = [sys.executable, str(TAPPER), str(db), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if len(said) > after:
                break
        process.kill()
        said += process.stdout.readlines()
    return {
        int(line.split()[1]) for line in said if line.startswith(b"ack") and line.endswith(b"\n")
    }


def stored_in(db: Path) -> list[int]:
    connection = sqlite3.connect(db)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        bodies = connection.execute("SELECT body FROM lane_0 ORDER BY seq").fetchall()
    finally:
        connection.close()
    return [int(body[5:-1]) for (body,) in bodies]


@pytest.mark.no_cover  # a killed process leaves no count; its lines are seen by other tests
def test_twenty_kills_lose_no_acknowledged_tap(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    db = tmp_path / "room.db"
    acknowledged: set[int] = set()
    for _ in range(KILLS):
        at_once = chance.choice((1, 8))
        acknowledged |= run_and_kill(db, chance.randrange(1, 80), "--at-once", str(at_once))
    stored = stored_in(db)
    assert len(acknowledged) >= KILLS
    assert acknowledged - set(stored) == set()
    assert len(stored) == len(set(stored))


@pytest.mark.timeout(120)
def test_the_harness_sees_an_acknowledgement_before_the_commit(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    for kill in range(KILLS):
        db = tmp_path / f"{kill}.db"
        acknowledged = run_and_kill(db, chance.randrange(1, 80), "--early")
        if acknowledged - set(stored_in(db)):
            return
    pytest.fail("feedback before the commit went unnoticed: the harness is blind")
