"""A small school, and facts of a room in one line each; for tests of rules and of the room."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from school.cards import canonical_uid, last4, uid_hash
from school.facts import Fact
from school.moment import TimeQuality
from school.records import School
from school.school_file import read_school, write_school
from school.school_rows import SchoolFile

KEY = "ab" * 32
BOOT = hashlib.sha256(b"boot").hexdigest()[:32]
LOCAL = timezone(timedelta(hours=7))
MONDAY = datetime(2026, 11, 23, tzinfo=LOCAL)


def uid_of(person_id: str) -> str:
    """A made-up card number for a person; never one that begins with 08."""
    return "04" + hashlib.sha256(person_id.encode()).hexdigest()[:6].upper()


def make_rows(**changes: Any) -> dict[str, Any]:
    """Two classes that share a room by sessions, a group across them, staff, cards, bells."""
    pupils = [
        {"id": f"{c}-{n}", "kind": "pupil", "name": f"Nguyễn Văn {w}", "class_id": c, "stt": n}
        for c in ("10a1", "10a3")
        for n, w in enumerate(["An", "Bình", "Châu", "Dũng", "Én"], start=1)
    ]
    staff = [{"id": "ha", "kind": "staff", "name": "Trần Thị Hà"}]
    bells = [("S", 1, "07:00", "07:45"), ("S", 2, "07:50", "08:35"), ("S", 3, "08:55", "09:40"),
             ("C", 1, "13:15", "14:00")]  # fmt: skip
    rows: dict[str, Any] = {
        "schema": 1,
        "school": {"id": "thcs-a", "name": "Trường A"},
        "card_key": KEY,
        "rooms": [{"id": "a1-05", "name": "A1.05"}, {"id": "lab", "name": "Phòng Tin"}],
        "classes": [
            {"id": "10a1", "name": "10A1", "home_room": "a1-05"},
            {"id": "10a3", "name": "10A3", "home_room": "a1-05"},
        ],
        "groups": [{"id": "hsg", "name": "HSG Toán", "members": ["10a1-1", "10a3-1"]}],
        "people": pupils + staff,
        "cards": [
            {"person_id": p["id"], "tech": "mifare", "uid": uid_of(p["id"])}
            for p in pupils + staff
            if p["id"] != "10a1-5"
        ]
        + [{"person_id": "10a1-5", "tech": "mifare", "uid": uid_of("10a1-5"), "revoked": True}],
        "bells": [{"session": s, "slot": n, "start": a, "end": b} for s, n, a, b in bells],
        "timetable": [
            {"group": g, "weekday": 1, "session": s, "slot": n, "subject": t, "teacher_id": "ha"}
            for g, s, n, t in [
                ("10a1", "S", 1, "Toán"),
                ("10a1", "S", 2, "Ngữ văn"),
                ("10a3", "C", 1, "Toán"),
            ]
        ],
    }
    return rows | changes


def make_school(**changes: Any) -> School:
    return read_school(write_school(SchoolFile.model_validate(make_rows(**changes))))


def at(text: str) -> int:
    """Unix milliseconds of "07:02" or "07:02:30" on Monday 23 November 2026, local time."""
    parts = [int(p) for p in text.split(":")]
    hours, minutes, seconds = (*parts, 0)[:3]
    moment = MONDAY + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return int(moment.astimezone(UTC).timestamp()) * 1000


class Facts:
    """Makes facts of one room in the order of its calls."""

    def __init__(self, room: str = "a1-05", incarnation: int = 1, boot: str = BOOT) -> None:
        self.room, self.incarnation, self.boot = room, incarnation, boot
        self.seq = 0
        self.tq = TimeQuality.NTP

    def make(self, kind: str, time: str, **body: Any) -> Fact:
        self.seq += 1
        wall = at(time)
        mono = wall - at("06:00") + 1000
        fact_id = f"{self.incarnation:016x}-{self.seq}"
        return Fact(fact_id, self.room, kind, self.boot, mono, wall, self.tq, body)

    def tap(self, person: str, time: str, reader: str = "door") -> Fact:
        uid = canonical_uid(uid_of(person))
        hashed = uid_hash(bytes.fromhex(KEY), "mifare", uid)
        return self.make(
            "tap", time, reader=reader, tech="mifare", uid_hash=hashed, last4=last4(uid)
        )

    def start(self, time: str, *lessons: str, run: str = "b00000000-1") -> Fact:
        return self.make(
            "run.started", time, run=run, lessons=list(lessons), picture=True, by="panel"
        )

    def end(self, time: str, run: str = "b00000000-1", reason: str = "touch") -> Fact:
        return self.make("run.ended", time, run=run, by="panel", reason=reason)

    def mark(self, lesson: str, person: str, presence: str, time: str, **more: Any) -> Fact:
        body = {"lesson": lesson, "person": person, "presence": presence, "source": "teacher"}
        return self.make("mark", time, **(body | more))

    def confirm(self, lesson: str, time: str, **more: Any) -> Fact:
        return self.make("confirm", time, lesson=lesson, by="place", **more)

    def reopen(self, lesson: str, time: str) -> Fact:
        return self.make("reopen", time, lesson=lesson, by="panel", reason="nhầm")

    def keep(self, lesson: str, person: str, time: str) -> Fact:
        return self.make("late_tap_kept", time, lesson=lesson, person=person)
