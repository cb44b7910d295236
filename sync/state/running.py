"""How a command finds the process that holds a state folder: `running.json`, mode 0600."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

_NAME = "running.json"


@dataclass(frozen=True, slots=True)
class Running:
    """A process that serves.

    Attributes:
        url: base address of its API.
        token: bearer token of who may read this folder.
    """

    url: str
    token: str


def tell_running(folder: Path, running: Running) -> None:
    """Say where this process listens; replaced whole, so that nobody reads half of it.

    Raises:
        OSError: the disk refuses.
    """
    beside = folder / f"{_NAME}.new"
    handle = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump({"url": running.url, "token": running.token}, stream)
    beside.replace(folder / _NAME)


def running_at(folder: Path) -> Running | None:
    """Who holds this folder's lock, by its own last word; None where it has said nothing.

    Raises:
        OSError: the file is not ours to read.
    """
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_bytes())
        return Running(str(told["url"]), str(told["token"]))
    except (ValueError, KeyError, TypeError):
        return None
