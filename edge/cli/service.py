"""What a program does where systemd started it and it cannot begin: say why, wait, begin anew.

A unit that only ended would be started again each second for ever, with five lines in the journal
each time, on a card that wears. Here it says its sentence once a minute, `systemctl status` shows
it, and whatever is changed meanwhile in its folders is taken up within a second.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

LOOK_EVERY_S = 1.0
LOOKS = 60  # what mends it may be elsewhere, such as a port that another program holds
_STATUS_CHARS = 1000  # systemd drops a message of more than 4096 bytes
_START_S = 120  # time for the wait, and for the start after it

Look = list[tuple[object, ...]]


def cannot_start(sentences: Sequence[str], config: Path) -> int:
    """Say why a program cannot start; where systemd started it, wait and begin anew.

    Args:
        sentences: what is wrong, and the cure.
        config: its settings; the folder that they are in is watched.

    Returns:
        The exit code of a program that somebody started by hand.
    """
    print(*sentences, sep="\n", file=sys.stderr)
    if "NOTIFY_SOCKET" not in os.environ:
        return 1
    import sdnotify

    for number in (signal.SIGTERM, signal.SIGINT):  # uvloop leaves its handlers behind
        signal.signal(number, signal.SIG_DFL)
    before = _look(config.absolute().parent)
    systemd = sdnotify.SystemdNotifier()
    systemd.notify(f"STATUS={'; '.join(sentences)[:_STATUS_CHARS]}".replace("\n", "; "))
    systemd.notify(f"EXTEND_TIMEOUT_USEC={_START_S * 1_000_000}")
    _wait_for_change(config.absolute().parent, before)
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the same program, from its beginning


def started() -> None:
    """Tell systemd, if it listens, that this serves and that what was wrong is no longer."""
    import sdnotify

    sdnotify.SystemdNotifier().notify("READY=1\nSTATUS=")


def _wait_for_change(settings: Path, before: Look) -> None:
    for _ in range(LOOKS):
        time.sleep(LOOK_EVERY_S)
        if _look(settings) != before:
            return


def _look(settings: Path) -> Look:
    """Everything that a mend changes: settings, owner and rights of the state, room on its disk."""
    from edge.store.reserve import is_full

    found: Look = [_marks(path, with_content=True) for path in _with_entries(settings)]
    named = os.environ.get("STATE_DIRECTORY")  # systemd says it
    if named and Path(named).is_dir():
        state = Path(named)
        found += [_marks(path, with_content=False) for path in _with_entries(state)]
        found.append((is_full(state),))
    return found


def _with_entries(folder: Path) -> Iterator[Path]:
    yield folder
    try:
        yield from sorted(folder.iterdir())
    except OSError:
        return  # no right to list it: its own mark changes with the right


def _marks(path: Path, *, with_content: bool) -> tuple[object, ...]:
    """What tells whether a file was changed; the content of a state changes while another runs."""
    try:
        one = path.stat()
    except OSError as error:
        return path, error.errno
    content = (one.st_ino, one.st_mtime_ns, one.st_size) if with_content else ()
    return path, one.st_uid, one.st_gid, one.st_mode, *content
