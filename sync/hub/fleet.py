"""The rooms as the hub knows them, and the taps they sent: questions to the database."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, FromClause, func, select

from school.records import RoomKind, School
from sync.hub.tables import ACTIVE, agent, agent_key, event, fork, lane_cursor, rejected, source
from sync.wire.event import Lane, event_id

LOST_AFTER_MS = 90_000  # three missed reports
MOST_TAPS = 10_000
TEACHING_ROOMS = frozenset({RoomKind.CLASSROOM, RoomKind.LAB})
_STORAGE_REFUSES = frozenset({"full", "failed"})
_STORAGE_FINE = frozenset({"", "ok"})


class Level(StrEnum):
    """How much the state of a room matters."""

    INFO = "info"  # nothing is wrong
    WARNING = "warning"  # somebody should look
    FAULT = "fault"  # what this room stores does not arrive, or it stores nothing


@dataclass(slots=True)
class Fleet:
    """Answers about rooms.

    Attributes:
        school: for names and the time zone; set anew when other records hold.
    """

    school: School

    def rooms(self, connection: Connection, now_ms: int) -> list[dict[str, Any]]:
        """All rooms that were ever admitted, and the records' other rooms for lessons, by id."""
        wanted = select(agent).order_by(agent.c.id)
        sources = _sources(connection)
        forks, rejects = _per_agent(connection, fork), _per_agent(connection, rejected)
        admitted = _admitted(connection)
        found = {
            row.id: {
                "id": row.id,
                "name": self._name(row.id),
                "state": state_of(row.last_seen_ms, now_ms, admitted=row.id in admitted),
                "last_seen_at": self._at(row.last_seen_ms),
                "waiting": _waiting(sources.get(row.id, [])),
                "software": row.software,
                "storage": row.storage,
                "forks": forks.get(row.id, 0),
                "rejected": rejects.get(row.id, 0),
                "incarnations": sources.get(row.id, []),
            }
            for row in connection.execute(wanted)
        }
        for room in self.school.rooms.values():
            if room.id not in found and room.kind in TEACHING_ROOMS:
                found[room.id] = _not_admitted(room.id, room.name)
        return [row | {"finding": judge(row)} for _, row in sorted(found.items())]

    def taps(self, connection: Connection, after: int, limit: int) -> dict[str, Any]:
        """Taps in order of receipt.

        Args:
            connection: to read from.
            after: `seq` of the last one that is known; 0 = from the first.
            limit: how many, 1 to 10,000.
        """
        wanted = (
            select(
                event.c.received,
                source.c.agent_id,
                source.c.incarnation,
                event.c.seq,
                event.c.wall_ms,
                event.c.tq,
                event.c.body,
            )
            .join(source)
            .where(event.c.received > after, event.c.lane == Lane.ATTENDANCE)
            .where(event.c.kind == "tap")
            .order_by(event.c.received)
            .limit(limit)
        )
        taps = [self._tap(tuple(row)) for row in connection.execute(wanted)]
        return {"taps": taps, "next": taps[-1]["seq"] if taps else after}

    def _tap(self, row: tuple[Any, ...]) -> dict[str, Any]:
        received, room, incarnation, seq, wall_ms, quality, body = row
        said = json.loads(body)
        return {
            "seq": received,
            "tap_id": event_id(int(incarnation, 16), seq),
            "uid_hash": said["uid_hash"],
            "room": room,
            "reader": said["reader"],
            "at": self.school.iso(wall_ms),
            "quality": quality,
        }

    def _name(self, agent_id: str) -> str:
        room = self.school.rooms.get(agent_id)
        return room.name if room else agent_id

    def _at(self, at_ms: int | None) -> str | None:
        return None if at_ms is None else self.school.iso(at_ms)


def state_of(last_seen_ms: int | None, now_ms: int, *, admitted: bool) -> str:
    """`ok`, `lost` after 90 s of silence, `never` before the first word, `blocked` without a key.

    A room of the records that no key was ever admitted for is `not_admitted`.
    """
    if not admitted:
        return "blocked"
    if last_seen_ms is None:
        return "never"
    return "ok" if now_ms - last_seen_ms < LOST_AFTER_MS else "lost"


def judge(room: Mapping[str, Any]) -> dict[str, Any]:
    """What the page, `/health` and `/metrics` say of a room: `code`, `level`, and a count `n`."""
    found = {
        "forks": (Level.FAULT, room["forks"]),
        "blocked": (Level.FAULT, room["state"] == "blocked"),
        "lost": (Level.WARNING, room["state"] == "lost"),
        "never": (Level.WARNING, room["state"] == "never"),
        "storage_refuses": (Level.FAULT, room["storage"] in _STORAGE_REFUSES),
        "storage": (Level.WARNING, room["storage"] not in _STORAGE_FINE),
        "rejected": (Level.WARNING, room["rejected"]),
        "not_admitted": (Level.INFO, room["state"] == "not_admitted"),
        "waiting": (Level.INFO, room["waiting"]),
        "ok": (Level.INFO, 1),
    }
    code = next(code for code, (_, count) in found.items() if count)
    level, count = found[code]
    return {"code": code, "level": level.value, "n": int(count)}


def counts(rooms: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many rooms there are, how many are well, and how many need a look."""
    found = [room["finding"] for room in rooms]
    look = sum(one["level"] != Level.INFO for one in found)
    return {
        "all": len(found),
        "ok": sum(one["code"] in ("ok", "waiting") for one in found),
        "look": look,
    }


def active_keys(connection: Connection) -> int:
    """How many rooms may send."""
    wanted = select(func.count()).select_from(agent_key).where(agent_key.c.status == "active")
    return int(connection.execute(wanted).scalar_one())


def _admitted(connection: Connection) -> frozenset[str]:
    wanted = select(agent_key.c.agent_id).where(agent_key.c.status == ACTIVE)
    return frozenset(connection.execute(wanted).scalars())


def _not_admitted(room_id: str, name: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("last_seen_at", "waiting"))
    words = dict.fromkeys(("software", "storage"), "")
    numbers = dict.fromkeys(("forks", "rejected"), 0)
    named = {"id": room_id, "name": name, "state": "not_admitted"}
    return {**named, **nothing, **words, **numbers, "incarnations": []}


def _sources(connection: Connection) -> Mapping[str, list[dict[str, Any]]]:
    wanted = (
        select(source, lane_cursor)
        .join(lane_cursor, isouter=True)
        .order_by(source.c.agent_id, source.c.n, source.c.id, lane_cursor.c.lane)
    )
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for row in connection.execute(wanted):
        of_agent = found.setdefault(row.agent_id, {})
        one = of_agent.setdefault(
            row.id,
            {
                "id": row.incarnation,
                "n": row.n,
                "boot": row.boot,
                "reason": row.reason,
                "lanes": [],
            },
        )
        if row.lane is not None:
            one["lanes"].append(
                {
                    "lane": row.lane,
                    "first_seq": row.first_seq,
                    "last_seq": row.last_declared,
                    "acked": row.acked,
                }
            )
    return {agent_id: list(sources.values()) for agent_id, sources in found.items()}


def _per_agent(connection: Connection, table: FromClause) -> Mapping[str, int]:
    wanted = (
        select(source.c.agent_id, func.count())
        .select_from(table.join(source))
        .group_by(source.c.agent_id)
    )
    return {agent_id: count for agent_id, count in connection.execute(wanted)}


def _waiting(incarnations: list[dict[str, Any]]) -> int | None:
    """Events the room said it has and the hub has not; None before its first hello."""
    if not incarnations:
        return None
    lanes = [lane for one in incarnations for lane in one["lanes"]]
    return sum(max(0, int(lane["last_seq"]) - int(lane["acked"])) for lane in lanes)
