"""The threads that work on the hub's database, so that the loop never waits for it."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from sync.hub.database import refusal

T = TypeVar("T")
_log = logging.getLogger(__name__)

WAITING_LIMIT = 64  # pieces of work that may wait for one thread
ANSWER_WITHIN_S = 10.0
_DISK_FAILS = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}


class BusyError(Exception):
    """The database is slow: try again later; nothing is known about this piece of work."""


class Desk:
    """One thread that works on the database, one piece at a time, so that the loop never waits.

    Args:
        engine: what it works on.
        name: of the thread.

    Attributes:
        refusal: why the disk refused the last work: `disk_full`, `failed`; "" = it did not.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting = 0
        self._told = ""
        self.refusal = ""

    async def do(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction; its result comes after the commit.

        Raises:
            BusyError: too much is waiting, the database is locked, or 10 s have gone; the work
                may still be done later.
        """
        if self._waiting >= WAITING_LIMIT:
            self._tell("too many pieces of work are waiting")
            raise BusyError(f"{self._waiting} pieces of work are waiting")
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)
        future.add_done_callback(self._done)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await asyncio.shield(future)
        except TimeoutError as error:
            self._tell(f"the database did not answer within {ANSWER_WITHIN_S} s")
            raise BusyError(f"the database did not answer within {ANSWER_WITHIN_S} s") from error

    def close(self) -> None:
        """Finish what was begun, and end the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _run(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                result = work(connection)
        except SQLAlchemyError as error:
            self.refusal = _refusal(error)
            self._tell(refusal(self._engine, error, "refuses"))
            raise BusyError(f"the database refused: {error}") from error

        self.refusal = ""
        self._tell("")
        return result

    def _tell(self, trouble: str) -> None:
        """The same trouble is told once, however many rooms meet it."""
        if trouble == self._told:
            return
        self._told = trouble
        if trouble:
            _log.warning("rooms and pages are told to come back: %s", trouble)
        else:
            _log.info("the database takes work again")

    def _done(self, future: "asyncio.Future[Any]") -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # its asker may be gone; then nobody else fetches it


def _refusal(error: SQLAlchemyError) -> str:
    """Whether the disk is the reason; PostgreSQL's own server looks after its disk."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "disk_full"
    return "failed" if code in _DISK_FAILS else ""
