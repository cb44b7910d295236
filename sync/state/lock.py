"""Only one process writes a state folder: the agent or hub, or a command while neither runs."""

import fcntl
import os
import pwd
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class StateLockedError(Exception):
    """The state folder is not ours to write: tell the person who started this one, and why."""


class StateLock:
    """The lock on a state folder, held until closed or until the process ends.

    Use `StateLock.take(folder)`; it is also a context manager.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def take(cls, folder: Path) -> "StateLock":
        """Take the lock of a state folder, which is made if it is not there.

        Raises:
            StateLockedError: another process holds it, it belongs to another user, or nothing can
                be written there; the sentence names process, user or cure.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_as_root(folder)
            handle = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateLockedError(
                f"{error.filename}: {error.strerror}; {folder} and all in it must belong to the "
                "user that runs this (`chown -R USER:`), on a disk that can be written"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            os.close(handle)
            raise StateLockedError(
                f"{folder} is in use by process {holder or 'unknown'}: use its address "
                "with --url or LOPHOC_URL, or stop it first"
            ) from error
        with suppress(OSError):  # a full disk: the lock is held all the same, only nameless
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        return cls(handle)

    def close(self) -> None:
        """Let go; may be called twice."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _refuse_as_root(folder: Path) -> None:
    """Files that root makes in another user's folder would stop that user's own program."""
    owner = folder.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        name = _user(owner)
        raise StateLockedError(f"{folder} belongs to {name}: run this as {name} (`sudo -u {name}`)")


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"
