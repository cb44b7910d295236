"""One process owns a state folder; the other one is told so in a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from sync.state.lock import StateLock, StateLockedError

HOLD = (
    "import sys; from pathlib import Path; from sync.state.lock import StateLock\n"
    "lock = StateLock.take(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


def test_the_lock_makes_its_folder_and_can_be_taken_again_after(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with StateLock.take(folder), pytest.raises(StateLockedError):
        StateLock.take(folder)
    lock = StateLock.take(folder)
    lock.close()
    lock.close()


def test_the_other_process_is_named_and_a_kill_frees_the_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(StateLockedError, match=rf"in use by process {process.pid}: .*--url"):
            StateLock.take(tmp_path)
        process.kill()
    StateLock.take(tmp_path).close()
