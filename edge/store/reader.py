"""Questions to the store, on a read-only connection with a thread of its own."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from edge.store.errors import StoreFailedError
from edge.store.opening import connect_readonly

T = TypeVar("T")

_BROKEN = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}


class Reader:
    """Answers one question after another, each on one consistent view.

    Args:
        path: the store's file.
        generation: grows whenever the file is replaced.
    """

    def __init__(self, path: Path, generation: Callable[[], int]) -> None:
        self._path = path
        self._generation = generation
        self._seen = -1
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-read")

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Run a question on the reading thread.

        Raises:
            StoreFailedError: the file cannot be read.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._answer, question)

    async def close(self) -> None:
        """End the thread after the questions already asked."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _answer(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._connect()
            connection.execute("BEGIN")
            try:
                return question(connection)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            if int(getattr(error, "sqlite_errorcode", 0)) & 0xFF not in _BROKEN:
                raise
            self._disconnect()
            raise StoreFailedError(f"{self._path} cannot be read: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None or self._seen != self._generation():
            self._disconnect()
            self._seen = self._generation()
            self._connection = connect_readonly(self._path)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
