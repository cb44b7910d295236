"""Where `lophoc import` reads and writes the records: a folder, or the process that holds it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from edge.cli.say import say

if TYPE_CHECKING:
    import httpx

    from school.school_rows import SchoolFile


class StateRefusedError(Exception):
    """The records cannot be used: one sentence with the cure."""


class Records(Protocol):
    """The records of one school.

    Raises:
        StateRefusedError: by every method.
    """

    def read(self) -> "SchoolFile | None":
        """The records that hold; None where there are none."""

    def write(self, rows: "SchoolFile") -> str:
        """Put new records in their place; returns the name under which the old ones are kept.

        Only if those still hold that were read.
        """

    def undo(self) -> str:
        """Put the version before back; returns its name."""


@contextmanager
def opened(folder: Path) -> Iterator[Records]:
    """The records of a state folder, under its lock or through the process that holds it.

    Raises:
        StateRefusedError: neither is possible.
    """
    from sync.state.lock import StateLock, StateLockedError

    try:
        lock = StateLock.take(folder)
    except StateLockedError as error:
        yield _of_process(folder, error)
        return
    except OSError as error:
        raise _refused(folder, error) from error
    with lock:
        yield FolderRecords(folder)


def new_records() -> "SchoolFile":
    """Records of a school that has none, with a card key of its own."""
    from school.files.versions import empty_records

    return empty_records(say("import.new_school"), secrets.token_hex(32))


class FolderRecords:
    """Records in a folder that no process holds."""

    def __init__(self, folder: Path) -> None:
        from school.school_file import proven
        from sync.state.records import RecordsFolder

        self._path = folder
        self._folder = RecordsFolder(folder, None, proven)
        self._base = ""

    def read(self) -> "SchoolFile | None":
        """See `Records`."""
        from sync.state.records import digest

        try:
            raw = self._folder.read()
        except OSError as error:
            raise _refused(self._path, error) from error
        self._base = digest(raw)
        return None if raw is None else _rows(raw, self._path)

    def write(self, rows: "SchoolFile") -> str:
        """See `Records`."""
        from school.mistakes import SchoolFileError
        from school.school_file import write_school

        try:
            return self._folder.replace(write_school(rows), self._base)
        except SchoolFileError as error:
            raise StateRefusedError(str(error)) from error
        except OSError as error:
            raise _refused(self._path, error) from error

    def undo(self) -> str:
        """See `Records`."""
        from sync.state.records import NothingToUndoError

        try:
            return self._folder.undo()
        except NothingToUndoError as error:
            raise StateRefusedError(say("import.nothing_to_undo", folder=self._path)) from error
        except OSError as error:
            raise _refused(self._path, error) from error


class ProcessRecords:
    """Records that a running agent or hub holds."""

    def __init__(self, url: str, token: str) -> None:
        import httpx

        self._place = f"{url}/api/records"
        self._client = httpx.Client(
            timeout=60.0, trust_env=False, headers={"authorization": f"Bearer {token}"}
        )
        self._tag = ""

    def read(self) -> "SchoolFile | None":
        """See `Records`."""
        answer = self._ask("GET", self._place)
        if answer.status_code == 404:
            return None
        self._tag = answer.headers["etag"]
        return _rows(answer.content, self._place)

    def write(self, rows: "SchoolFile") -> str:
        """See `Records`."""
        from school.school_file import write_school

        headers = {"if-match": self._tag, "content-type": "application/json"}
        answer = self._ask("PUT", self._place, content=write_school(rows), headers=headers)
        return str(answer.json()["kept"])

    def undo(self) -> str:
        """See `Records`."""
        return str(self._ask("POST", f"{self._place}/undo", json={}).json()["name"])

    def _ask(self, method: str, place: str, **request: Any) -> "httpx.Response":  # noqa: ANN401
        import httpx

        try:
            answer = self._client.request(method, place, **request)
        except httpx.TransportError as error:
            raise StateRefusedError(say("import.process_silent", url=place)) from error
        if answer.is_error and not (method == "GET" and answer.status_code == 404):
            raise StateRefusedError(str(answer.json()["message"]))
        return answer


def _of_process(folder: Path, locked: Exception) -> ProcessRecords:
    from sync.state.running import running_at

    try:
        running = running_at(folder)
    except OSError as error:
        raise _refused(folder, error) from error
    if running is None:
        raise StateRefusedError(str(locked)) from locked
    return ProcessRecords(running.url, running.token)


def _rows(raw: bytes, place: object) -> "SchoolFile":
    from school.files.versions import rows_of
    from school.mistakes import SchoolFileError

    try:
        return rows_of(raw)
    except SchoolFileError as error:
        raise StateRefusedError(f"{place}: {error}") from error


def _refused(folder: Path, error: OSError) -> StateRefusedError:
    return StateRefusedError(say("import.folder_refused", folder=folder, why=error.strerror or "?"))
