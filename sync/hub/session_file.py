"""Browser sessions on disk, so that a restart of the hub asks nobody to sign in again.

The file holds keyed digests: who reads it can open nothing with it, and another token ends all.
"""

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from sync.state.whole_file import write_whole

_log = logging.getLogger(__name__)


class SessionFile:
    """The open sessions of one hub.

    Args:
        path: the file, readable by its owner alone.
        now_ms: Unix milliseconds.
    """

    def __init__(self, path: Path, now_ms: Callable[[], int]) -> None:
        self._path = path
        self._now_ms = now_ms

    def read(self) -> dict[str, float]:
        """Digest → seconds that the session still has; empty where the file tells nothing."""
        try:
            held = json.loads(self._path.read_text(encoding="utf-8"))
            now_s = self._now_ms() / 1000
            return {str(name): float(until_s) - now_s for name, until_s in held.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            _log.warning("%s cannot be used, people sign in again: %s", self._path, error)
            return {}

    def write(self, left_s: Mapping[str, float]) -> None:
        """Keep these; where the disk refuses, they end with this process."""
        now_s = self._now_ms() / 1000
        held = {name: round(now_s + left) for name, left in left_s.items()}
        try:
            write_whole(self._path, json.dumps(held).encode())
        except OSError as error:
            _log.warning("%s: sessions will not survive a restart: %s", self._path, error)
