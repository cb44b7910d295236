"""One process owns a state folder; the other one is told so in a sentence."""

import os
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


def test_a_folder_that_cannot_be_written_is_said_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()  # what is there is no file of ours
    with pytest.raises(StateLockedError, match=r"lock: .*must belong to the user.*chown"):
        StateLock.take(tmp_path)


@pytest.mark.root
def test_root_leaves_no_files_in_the_folder_of_another_user(tmp_path: Path) -> None:
    """`lophoc doctor` as root once left a store that the agent could not open any more."""
    os.chown(tmp_path, 1, 1)
    with pytest.raises(StateLockedError, match="run this as daemon"):
        StateLock.take(tmp_path)
    assert list(tmp_path.iterdir()) == []
