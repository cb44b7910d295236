"""Only one process writes a state folder: the agent or hub, or a command while neither runs."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class StateLockedError(Exception):
    """Another process owns the state folder: tell the person who started this one."""


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
            StateLockedError: another process holds it; the sentence names that process.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
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
