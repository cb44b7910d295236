"""The records in a state folder: written whole, the version before kept, the last one put back."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from edge.cli.say import say

if TYPE_CHECKING:
    from sync.school.school_rows import SchoolFile


class StateRefusedError(Exception):
    """The folder cannot be used: one sentence with the cure."""


class StateFolder:
    """`school.json` in a folder and its older versions `school.json.<n>`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def locked(self) -> Iterator[Self]:
        """Hold the folder's lock.

        Raises:
            StateRefusedError: another process holds it, or the folder cannot be made.
        """
        from edge.store.errors import StateLockedError
        from edge.store.lock import StateLock

        try:
            lock = StateLock.take(self._folder)
        except StateLockedError as error:
            raise StateRefusedError(str(error)) from error
        except OSError as error:
            raise self._refused(error) from error
        with lock:
            yield self

    def records(self) -> "SchoolFile | None":
        """The records that hold; None where there are none.

        Raises:
            StateRefusedError: they cannot be read.
        """
        from sync.school.files.versions import NAME, rows_of
        from sync.school.school_file import SchoolFileError

        path = self._folder / NAME
        try:
            return rows_of(path.read_bytes()) if path.exists() else None
        except SchoolFileError as error:
            raise StateRefusedError(f"{path}: {error}") from error
        except OSError as error:
            raise self._refused(error) from error

    def new_records(self) -> "SchoolFile":
        """Records of a school that has none, with a card key of its own."""
        from sync.school.files.versions import empty_records

        return empty_records(say("import.new_school"), secrets.token_hex(32))

    def write(self, rows: "SchoolFile") -> str:
        """Put new records in place of those that hold.

        Returns:
            The name under which those are kept; empty where there were none.

        Raises:
            StateRefusedError: the records do not fit together, or the disk refuses.
        """
        from sync.school.files.versions import NAME, bytes_of, next_version
        from sync.school.school_file import SchoolFileError

        try:
            raw = bytes_of(rows)
            kept = next_version(self._names())
            self._write_synced(f"{NAME}.new", raw)
            if not (self._folder / NAME).exists():
                kept = ""
            else:
                os.link(self._folder / NAME, self._folder / kept)
            (self._folder / f"{NAME}.new").replace(self._folder / NAME)
            self._sync_folder()
        except SchoolFileError as error:
            raise StateRefusedError(str(error)) from error
        except OSError as error:
            raise self._refused(error) from error
        return kept

    def undo(self) -> str:
        """Put the version before back.

        Returns:
            Its name.

        Raises:
            StateRefusedError: there is none, or the disk refuses.
        """
        from sync.school.files.versions import NAME, old_versions

        try:
            latest = old_versions(self._names())[:1]
            if not latest:
                raise StateRefusedError(say("import.nothing_to_undo", folder=self._folder))
            (self._folder / latest[0]).replace(self._folder / NAME)
            self._sync_folder()
        except OSError as error:
            raise self._refused(error) from error
        return latest[0]

    def _names(self) -> list[str]:
        return [path.name for path in self._folder.iterdir()]

    def _write_synced(self, name: str, raw: bytes) -> None:
        handle = os.open(self._folder / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _refused(self, error: OSError) -> StateRefusedError:
        return StateRefusedError(
            say("import.folder_refused", folder=self._folder, why=error.strerror or "?")
        )
