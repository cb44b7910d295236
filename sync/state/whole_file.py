"""A file that is there whole or not at all, whatever the disk or the power do meanwhile."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file in place: written beside, synced, renamed, its folder synced.

    Args:
        path: its name; its folder is there.
        content: all of it.
        mode: its rights.

    Raises:
        OSError: the disk refuses; what was there before is unharmed.
    """
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, mode)  # whatever the umask: a root certificate is for all to read
        file.write(content)
        file.flush()
        os.fsync(handle)
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make new and changed names in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
