"""A file that is there whole or not at all, whatever the disk or the power do meanwhile."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file in place: written beside, synced, renamed, its folder synced.

    Args:
        path: its name; its folder is there.
        content: all of it.
        mode: its rights.

    Raises:
        OSError: the disk refuses, with the file's name; what was there before is unharmed.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        _write(beside, content, mode)
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)  # half a file takes room where there is none
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    try:
        os.fchmod(handle, mode)  # whatever the umask: a root certificate is for all to read
        while content:
            content = content[os.write(handle, content) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make new and changed names in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
