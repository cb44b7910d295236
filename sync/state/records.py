"""The school's records in a state folder: written whole, the versions before kept, undone at will.

`school.json` holds; `school.json.1`, `.2` … are those before it, the highest the latest; an empty
one says that there were none. A settings file may name another file to begin with (the seed): it is
taken over at the first start, and again whenever it has changed since; what was imported before the
first start holds in its place. So the last that somebody gave, by file or by import, is what holds,
and nothing that was given is lost.

A damaged `school.json` is set aside as what it would have been, `school.json.3.damaged` after `.2`,
and the version before holds in its place; as long as nobody gives others, `damage` says so.

Whoever writes holds the folder's lock.
"""

import os
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from school.mistakes import SchoolFileError
from sync.state.whole_file import sync_folder, write_whole

NAME = "school.json"
_OLD = re.compile(r"school\.json\.([1-9][0-9]{0,8})")
_SEED_MARK = "school.seed"

PASSED_OVER = (
    "not taken over, as records were imported before this first start and hold; "
    "change the file to have it taken over"
)

DAMAGED = (
    "damaged records, set aside; what was given before them holds: import them anew, or stop this "
    "program and put their backup back as school.json; then remove the damaged file"
)

Accept = Callable[[bytes], bytes]
"""Proves given records, and makes of them what a folder may hold, such as a room's copy.

Raises SchoolFileError.
"""


class StaleRecordsError(Exception):
    """The records have changed since they were read; nothing was written."""


class NothingToUndoError(Exception):
    """There is no version before this one."""


def digest(raw: bytes | None) -> str:
    """What tells versions apart: SHA-256 as hex, empty where there are no records."""
    return "" if raw is None else sha256(raw).hexdigest()


class RecordsFolder:
    """The records in one folder.

    Args:
        folder: the state folder.
        seed: the file that the settings name, if they do.
        accept: judges what is given.

    Raises:
        OSError: by every method, when the disk refuses; what held before holds.
    """

    def __init__(self, folder: Path, seed: Path | None, accept: Accept) -> None:
        self._folder = folder
        self._seed = seed
        self._accept = accept

    def settle(self) -> bool:
        """Take the seed over, unless it was taken before and is still the same.

        Returns:
            Whether the seed was passed over at this first start, as an import came before it.

        Raises:
            SchoolFileError: the seed is damaged; what held before holds.
        """
        if self._seed is None:
            return False
        raw = self._seed.read_bytes()
        if digest(raw) == self._taken_seed():
            return False
        accepted, held = self._accept(raw), self.read()
        is_imported = held not in (None, accepted) and not (self._folder / _SEED_MARK).exists()
        if held != accepted and not is_imported:
            self._put(accepted)
        write_whole(self._folder / _SEED_MARK, digest(raw).encode())
        return is_imported

    def mend(self) -> str:
        """Set records that cannot be used aside; the last good ones hold in their place.

        Where there are none, nothing is held, and `settle` takes the seed.

        Returns:
            As of `damage`.
        """
        held = self.read()
        if held is not None and not self._is_good(held):
            path = self._folder / NAME
            os.link(path, self._aside())
            if good := self._last_good():
                write_whole(path, good)
            else:
                path.unlink()
                sync_folder(self._folder)
        return self.damage()

    def damage(self) -> str:
        """Name of the damaged records in whose place others hold; "" = those that were given hold.

        Who gives others, or takes the damaged file away, ends it.
        """
        name = f"{NAME}.{self._latest() + 1}.damaged" if self._folder.is_dir() else ""
        return name if name and (self._folder / name).exists() else ""

    def read(self) -> bytes | None:
        """The records that hold; None where there are none."""
        path = self._folder / NAME
        raw = path.read_bytes() if path.exists() else b""
        return raw or None  # empty: the first import, or its undo, was cut short

    def replace(self, raw: bytes, base: str) -> str:
        """Put new records in place of those that hold.

        Args:
            raw: the new records.
            base: `digest` of the records that they were made from.

        Returns:
            The name under which those are kept.

        Raises:
            SchoolFileError: they cannot be used.
            StaleRecordsError: others hold by now.
        """
        accepted = self._accept(raw)
        held = self.read()
        if digest(held) != base:
            raise StaleRecordsError
        if held is None:
            self._make_folder()
            write_whole(self._folder / NAME, b"")
        return self._put(accepted)

    def amend(self, change: Callable[[bytes], bytes], *, versions: bool = False) -> None:
        """Write the records that hold anew, without a version of their own to go back to.

        Args:
            change: makes the new bytes; the same ones write nothing.
            versions: where it changes something, do the same with all versions before.

        Raises:
            SchoolFileError: `change` cannot use them; they stay.
        """
        held = self.read()
        if held is None or (changed := change(held)) == held:
            return
        before = sorted(self._folder.glob(f"{NAME}.*")) if versions else []
        for path in [path for path in before if _OLD.fullmatch(path.name)]:
            if raw := path.read_bytes():
                write_whole(path, change(raw))
        write_whole(self._folder / NAME, changed)

    def undo(self) -> str:
        """Put the version before back; an empty one takes the records away.

        Returns:
            Its name.

        Raises:
            NothingToUndoError: there is none.
        """
        latest = self._latest()
        if not latest:
            raise NothingToUndoError
        before = self._folder / f"{NAME}.{latest}"
        is_empty = before.stat().st_size == 0
        before.replace(self._folder / NAME)
        if is_empty:
            (self._folder / NAME).unlink()
        sync_folder(self._folder)
        return before.name

    def _is_good(self, raw: bytes) -> bool:
        try:
            self._accept(raw)
        except SchoolFileError:
            return False
        return True

    def _last_good(self) -> bytes | None:
        """The latest version before that can be used, unless the seed came after it."""
        before = [self._folder / f"{NAME}.{n}" for n in range(self._latest(), 0, -1)]
        kept = [raw for path in before if path.exists() and (raw := path.read_bytes())]
        if self._seed_came_last(kept):
            return None
        return next((raw for raw in kept if self._is_good(raw)), None)

    def _seed_came_last(self, kept: list[bytes]) -> bool:
        """Whether the seed is what held: had others held after it, it would be a version before."""
        try:
            raw = self._seed.read_bytes() if self._seed else b""
            return digest(raw) == self._taken_seed() and self._accept(raw) not in kept
        except (OSError, SchoolFileError):
            return False

    def _aside(self) -> Path:
        """A name that no other file has."""
        name = f"{NAME}.{self._latest() + 1}.damaged"
        names = (name, *(f"{name}-{n}" for n in range(2, 1_000_000)))
        return next(path for one in names if not (path := self._folder / one).exists())

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _put(self, raw: bytes) -> str:
        self._make_folder()
        kept = f"{NAME}.{self._latest() + 1}"
        if (self._folder / NAME).exists():
            os.link(self._folder / NAME, self._folder / kept)
        try:
            write_whole(self._folder / NAME, raw)
        except OSError:
            (self._folder / kept).unlink(missing_ok=True)  # it would be no version before
            raise
        return kept

    def _taken_seed(self) -> str:
        mark = self._folder / _SEED_MARK
        return mark.read_text("ascii", "replace") if mark.exists() and self.read() else ""

    def _latest(self) -> int:
        """Number of the version before the one that holds; 0 where there is none."""
        names = (path.name for path in self._folder.iterdir())
        return max((int(m[1]) for name in names if (m := _OLD.fullmatch(name))), default=0)
