"""What the hub's page shows, kept up to date and told to everybody who looks."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from sync.hub.attendance import SchoolAttendance
from sync.hub.desk import BusyError, Desk
from sync.hub.fleet import Fleet, counts
from sync.hub.records import HeldRecords, RecordsState
from web.serving.events import EventStream

COALESCE_S = 0.2  # facts that come together are told together
LOOK_AGAIN_S = 5.0  # rooms fall silent without telling us
_PAGES = 5
_MINUTE_MS = 60_000

_log = logging.getLogger(__name__)

Row = dict[str, Any]


class Live:
    """Refreshes today's table and the rooms, and publishes what changed.

    Args:
        attendance: lives in the reading thread.
        fleet: answers about rooms.
        reading: the reading thread.
        refusal: why nothing that rooms send is stored now; "" = it is.
        now_ms: Unix milliseconds.
        records: what holds of the school's records, and what is wrong with them.
    """

    def __init__(
        self,
        attendance: SchoolAttendance,
        fleet: Fleet,
        reading: Desk,
        refusal: Callable[[], str],
        now_ms: Callable[[], int],
        records: HeldRecords,
    ) -> None:
        self._attendance = attendance
        self._fleet = fleet
        self._reading = reading
        self._refusal = refusal
        self._now_ms = now_ms
        self._dirty = asyncio.Event()
        self._day: date | None = None
        self._rows: dict[str, Row] = {}
        self._rooms: dict[str, Row] = {}
        self._shown = (-1, -1)
        self._told: HeldRecords | None = None  # the page has it
        self.refusal = ""
        self.records = records
        self.ready = False
        self.stream = EventStream(self.snapshot)

    def poke(self) -> None:
        """Something was committed: look soon."""
        self._dirty.set()

    def today(self) -> date:
        """The date at the school."""
        return self._attendance.school.day_of(self._now_ms())

    def health(self) -> dict[str, Any]:
        """What anybody may know: whether all is well, without names."""
        rooms = counts(self._rooms.values())
        records = self.records.state
        is_fine = not rooms["look"] and not self.refusal and records is RecordsState.OK
        return {
            "status": "ok" if is_fine else "look",
            "attendance": "ok" if self.ready else "replaying",
            "database": self.refusal or "ok",
            "records": records.value,
            "rooms": rooms,
        }

    @property
    def rooms(self) -> list[Row]:
        """The rooms as last seen."""
        return list(self._rooms.values())

    def snapshot(self) -> Mapping[str, Any]:
        """Everything the page shows."""
        school = self._attendance.school
        return {
            "at": school.iso(self._now_ms()),
            "date": (self._day or self.today()).isoformat(),
            "school": {"id": school.id, "name": school.name},
            "ready": self.ready,
            "refusal": self.refusal,
            "records": {"state": self.records.state.value, "file": self.records.file},
            "classes": list(self._rows.values()),
            "rooms": list(self._rooms.values()),
        }

    async def run(self) -> None:
        """Refresh for ever."""
        while True:
            self._dirty.clear()
            try:
                await self.refresh()
            except BusyError:  # the desk tells the journal
                _log.debug("the page waits for the database")
            await asyncio.sleep(COALESCE_S)
            await self._rest()

    async def refresh(self) -> None:
        """Take what is new from the database, and tell what changed.

        Raises:
            BusyError: the database is slow; the page keeps what it has.
        """
        now_ms, day = self._now_ms(), self.today()

        def work(connection: Connection) -> tuple[bool, dict[str, Row] | None, list[Row]]:
            self._attendance.turn_to(day)
            whole = self._attendance.catch_up(connection, _PAGES)
            shown = (self._attendance.version, now_ms // _MINUTE_MS)
            rows = None if shown == self._shown else self._attendance.overview(day, now_ms)
            self._shown = shown
            return whole, rows, self._fleet.rooms(connection, now_ms)

        whole, rows, rooms = await self._reading.do(work)
        self._show(day, rows, {room["id"]: room for room in rooms}, ready=whole)
        if not whole:
            self._dirty.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._dirty.wait()
        except TimeoutError:
            return

    def _show(
        self, day: date, rows: dict[str, Row] | None, rooms: dict[str, Row], *, ready: bool
    ) -> None:
        rows = self._rows if rows is None else rows
        now = (day, ready, self._refusal())
        again = now != (self._day, self.ready, self.refusal) or _gone(self._rows, rows)
        again = again or self.records is not self._told
        self._told = self.records
        before_rows, self._rows = self._rows, rows
        before_rooms, self._rooms = self._rooms, rooms
        self._day, self.ready, self.refusal = now
        if again or _gone(before_rooms, rooms):
            self.stream.publish("whole", self.snapshot())
            return
        for key, row in rows.items():
            if before_rows.get(key) != row:
                self.stream.publish("class", {"class": row})
        for key, room in rooms.items():
            if before_rooms.get(key) != room:
                self.stream.publish("room", {"room": room})


def _gone(before: Mapping[str, Row], after: Mapping[str, Row]) -> bool:
    return not before.keys() <= after.keys()
