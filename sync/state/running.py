"""How a command finds the process that holds a state folder: `running.json`, mode 0600."""

import json
from dataclasses import dataclass
from pathlib import Path

from sync.state.whole_file import write_whole

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
    told = json.dumps({"url": running.url, "token": running.token})
    write_whole(folder / _NAME, told.encode())


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
