"""A school of any size with a month of lessons, made from facts as rooms send them."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from school.facts import Fact
from school.files.books.out_days import Held, days_between, held_on
from school.moment import TimeQuality
from school.records import School
from school.register import Register
from school.rules import Rules
from school.school_file import read_school
from school.timetable import Timetable

ZONE = timezone(timedelta(hours=7))
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
AT = datetime(2026, 11, 30, 17, 0, tzinfo=ZONE)
AT_MS = int(AT.timestamp()) * 1000
SLOTS = [
    ("S", 1, "07:00", "07:45"),
    ("S", 2, "07:50", "08:35"),
    ("S", 3, "08:55", "09:40"),
    ("S", 4, "09:45", "10:30"),
    ("S", 5, "10:35", "11:20"),
    ("C", 1, "13:15", "14:00"),
]
SUBJECTS = ["Toán", "Ngữ văn", "Tiếng Anh", "Vật lí", "Hóa học", "Tin học"]
GIVEN = ["An", "Bình", "Châu", "Dũng", "Đạt", "Én", "Giang", "Hà", "Khánh", "Thu Hà", "Quỳnh"]


def rows(classes: int = 2, pupils: int = 6, slots: int = 5) -> dict[str, Any]:
    """The rows of a school; classes 10A1, 10A2 … with five mornings and one afternoon a week."""
    keys = [f"{10 + n % 3}a{n // 3 + 1}" for n in range(classes)]
    people: list[dict[str, Any]] = [
        {
            "id": f"hs-{key}-{n:02}",
            "kind": "pupil",
            "class_id": key,
            "stt": n,
            "name": f"Nguyễn Thị {GIVEN[(n * 7 + len(key)) % len(GIVEN)]} {GIVEN[n % len(GIVEN)]}",
        }
        for key in keys
        for n in range(1, pupils + 1)
    ]
    people.append({"id": "gv-ha", "kind": "staff", "name": "Trần Thị Hà"})
    people.append({"id": "gv-toan", "kind": "staff", "name": "Lê Văn Toàn"})
    taught = [
        {
            "group": key,
            "weekday": day,
            "session": s,
            "slot": slot,
            "subject": SUBJECTS[(slot + day + n) % 6],
            "teacher_id": "gv-ha" if slot % 2 else "gv-toan",
        }
        for n, key in enumerate(keys)
        for day in range(1, 7)
        for s, slot, _, _ in SLOTS
        if (s == "S" and slot <= slots) or (s == "C" and day == 2)
    ]
    return {
        "schema": 1,
        "school": {"id": "thpt-x", "name": "Trường THPT Hoa Ban"},
        "card_key": "5a" * 32,
        "rooms": [{"id": f"p-{key}", "name": f"P.{key.upper()}"} for key in keys],
        "classes": [{"id": k, "name": k.upper(), "home_room": f"p-{k}"} for k in keys],
        "people": people,
        "cards": [{"person_id": people[0]["id"], "tech": "mifare", "uid": "04A1B2C3"}],
        "bells": [{"session": s, "slot": n, "start": a, "end": b} for s, n, a, b in SLOTS],
        "timetable": taught,
    }


def school_of(given: dict[str, Any]) -> School:
    return read_school(json.dumps(given).encode())


class Teller:
    """Facts of rooms, in the order of its calls."""

    def __init__(self) -> None:
        self._seq = 0

    def fact(self, kind: str, at_ms: int, **body: Any) -> Fact:
        self._seq += 1
        boot = hashlib.sha256(b"boot").hexdigest()[:32]
        return Fact(
            f"{1:016x}-{self._seq}", "p", kind, boot, at_ms - 10**12, at_ms, TimeQuality.NTP, body
        )


def chance(*parts: object) -> int:
    """A number from 0 to 999 that is always the same for the same parts."""
    return int(hashlib.sha256(repr(parts).encode()).hexdigest()[:8], 16) % 1000


def month_register(school: School, *, unconfirmed: frozenset[str] = frozenset()) -> Register:
    """A month in which every class confirmed every lesson but those of `unconfirmed` groups."""
    register = Register(school, Rules())
    for fact in month_facts(school, unconfirmed=unconfirmed):
        register.apply(fact)
    return register


def month_facts(school: School, *, unconfirmed: frozenset[str] = frozenset()) -> Iterator[Fact]:
    """What the rooms told in that month."""
    timetable, teller = Timetable(school, Rules()), Teller()
    for day in days_between(FIRST, LAST):
        for one in timetable.on(day):
            here = []
            for pupil in school.roster(one.group_key):
                away = chance(pupil.id, day, one.session.value) < 60
                late = one.slot == 1 and chance(pupil.id, day, "late") < 15
                if away or late:
                    said = {"presence": "absent"} if away else {"presence": "late", "minutes": 7}
                    yield teller.fact("mark", one.starts_ms + 60_000, lesson=one.id,
                                      person=pupil.id, source="teacher", **said)  # fmt: skip
                else:
                    here.append(pupil.id)
            if one.group_key not in unconfirmed:
                yield teller.fact("confirm", one.starts_ms + 120_000, lesson=one.id, by="gv-ha",
                                  carried={"present": here})  # fmt: skip


def held_in(register: Register, first: date = FIRST, last: date = LAST) -> list[Held]:
    return [one for day in days_between(first, last) for one in held_on(register, day, AT_MS)]


def at_ms(day: date, hour: int, minute: int = 0) -> int:
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
    return int(moment.astimezone(UTC).timestamp()) * 1000
