"""A file that only keeps space, given up for taps when the disk is full."""

import errno
import os
from pathlib import Path

from edge.store.opening import sync_to_disk

FULL_BELOW_BYTES = 256 << 10
"""A disk with less is full: a migration and a first tap need so much."""


def space_left(folder: Path) -> int:
    """Bytes that the disk of a folder has left for us."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


class Reserve:
    """Space kept back for taps.

    Args:
        path: the file.
        size: how much it keeps, in bytes; 0 = nothing.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    @property
    def wanted(self) -> bool:
        """Whether there is any space to keep back."""
        return self._size > 0

    @property
    def held(self) -> bool:
        """Whether the space is kept back at this moment."""
        return self._path.exists()

    @property
    def is_all_used(self) -> bool:
        """Whether neither space is kept back nor is there any on the disk."""
        try:
            return not self.held and space_left(self._path.parent) < FULL_BELOW_BYTES
        except OSError:
            return False

    @property
    def has_as_much(self) -> bool:
        """Whether the disk has as much again for everybody else."""
        try:
            return space_left(self._path.parent) >= self._size
        except OSError:
            return False

    def hold(self) -> bool:
        """Keep the space back, if the disk has three times as much; whether it is held now."""
        if self._size == 0 or self.held:
            return self.held
        if space_left(self._path.parent) < 3 * self._size:
            return False
        return self._allocate()

    def free(self) -> bool:
        """Give the space up; whether there was any."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        sync_to_disk(self._path.parent)
        return True

    def _allocate(self) -> bool:
        handle = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self._size)
        except OSError as error:
            self._path.unlink()
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                return False
            raise
        finally:
            os.close(handle)
        return True
