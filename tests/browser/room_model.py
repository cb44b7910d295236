"""Shapes of the room's API, made up for the browser tests: lessons, pupils, devices."""

from datetime import datetime, timedelta, timezone
from typing import Any

HANOI = timezone(timedelta(hours=7))
START = datetime(2026, 11, 23, 8, 0, tzinfo=HANOI)
NAMES = [
    "Nguyễn Thị An",
    "Trần Gia Bảo",
    "Lê Ngọc Bích",
    "Phạm Ngọc Châu",
    "Hoàng Thanh Dũng",
    "Vũ Đức Duy",
    "Đặng Gia Huy",
    "Đỗ Thu Hà",
    "Giàng A Páo",
    "Hồ Khánh Linh",
    "Ngô Bảo Ngọc",
    "Dương Quỳnh Như",
    "Lý Hải Phong",
    "Bùi Minh Quân",
    "Phan Như Quỳnh",
    "Võ Thái Sơn",
    "Đinh Thanh Thảo",
    "Mai Anh Thư",
    "Trịnh Minh Trí",
    "Hơ Thị",
    "Tạ Quang Vinh",
    "Cao Hạ Vy",
    "Nguyễn Hữu Ý",
    "Lâm Hải Yến",
]


def pupils(size: int) -> list[dict[str, Any]]:
    """A class in STT order, nobody marked."""
    return [
        {
            "person_id": f"p{i + 1}",
            "stt": i + 1,
            "name": NAMES[i % len(NAMES)],
            "short_name": " ".join(NAMES[i % len(NAMES)].split()[-2:]),
            "presence": "unmarked",
            "excuse": "unknown",
            "minutes": None,
            "source": None,
            "at": None,
            "question": None,
            "proposed": None,
        }
        for i in range(size)
    ]


def make_lesson(slot: int, starts_at: datetime, class_name: str = "10A1") -> dict[str, Any]:
    """One lesson of 45 minutes, nothing taken yet."""
    return {
        "id": f"{starts_at:%Y%m%d}-S-{slot}-{class_name.lower()}",
        "class_name": class_name,
        "group_key": class_name.lower(),
        "subject": "Toán",
        "teacher": "Cô Lan",
        "session": "S",
        "slot": slot,
        "slot_name": "",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(minutes=45)).isoformat(),
        "attendance": "none",
        "confirmed_at": None,
        "counts": counts([]),
        "carried": None,
        "guests": 0,
        "maybe_absent_at": (starts_at + timedelta(minutes=15)).isoformat(),
    }


def counts(marks: list[dict[str, Any]]) -> dict[str, int]:
    """The counts line of a list; whoever is late is present."""

    def number(*which: str) -> int:
        return sum(mark["presence"] in which for mark in marks)

    return {
        "size": len(marks),
        "present": number("present", "late", "left_early", "out_on_duty"),
        "late": number("late"),
        "absent": number("absent", "skipped"),
        "excused": sum(m["presence"] == "absent" and m["excuse"] == "excused" for m in marks),
        "unmarked": number("unmarked"),
    }


def reading(value: object, **more: object) -> dict[str, Any]:
    """A confirmed reading that nobody wants otherwise."""
    return {
        "value": value,
        "wanted": None,
        "at": START.isoformat(),
        "quality": "confirmed",
        "unit": "",
        **more,
    }


def can(kind: str, **more: object) -> dict[str, Any]:
    """A capability as the room declares it."""
    return {
        "kind": kind,
        "writable": True,
        "choices": {},
        "order": list(more.get("choices", {})),
        "low": 0,
        "high": 100,
        "unit": "",
        "confirms": True,
        **more,
    }


def projector() -> dict[str, Any]:
    """The main display, switched off."""
    inputs = {
        "hdmi1": "Dây HDMI trên bàn",
        "hdmi2": "Máy tính phòng học",
        "vga": "Máy chiếu vật thể",
    }
    return {
        "id": "projector",
        "name": "Máy chiếu",
        "kind": "projector",
        "driver": "pjlink",
        "tested_on": "emulator only",
        "main": True,
        "link": "online",
        "link_since": START.isoformat(),
        "capabilities": {
            "power": can("choice", choices={"on": "", "off": ""}),
            "inputs": can("choice", choices=inputs),
            "blank": can("switch"),
            "freeze": can("switch"),
            "volume": can("number"),
            "mute": can("switch"),
        },
        "readings": {
            "power": reading("off", left_s=None, slow=False, queued=None),
            "inputs": reading("hdmi1"),
            "blank": reading(value=False),
            "freeze": reading(value=False),
            "volume": reading(60),
            "mute": reading(value=False),
        },
    }


def board() -> dict[str, Any]:
    """A second display that only has power."""
    return {
        **projector(),
        "id": "board",
        "name": "Bảng tương tác",
        "kind": "display",
        "driver": "samsung-mdc",
        "main": False,
        "capabilities": {"power": can("choice", choices={"on": "", "off": ""})},
        "readings": {"power": reading("off", left_s=None, slow=False, queued=None)},
    }


def idle_room() -> dict[str, Any]:
    """A room at rest: everything answers, 10A1 is planned, 11A5 comes after."""
    planned = make_lesson(2, START)
    later = make_lesson(3, START + timedelta(minutes=55), "11A5")
    later["teacher"] = "Thầy Tuấn"
    about = {"id": "a1-05", "name": "A1.05", "language": "vi", "main_display": "projector"}
    lesson = {"starting": False, "run": None, "lessons": [], "planned": planned, "next": later}
    since = START.isoformat()
    sync = {
        "state": "idle",
        "waiting": 0,
        "oldest_at": None,
        "last_ok_at": since,
        "delivered": True,
        "reason": "",
    }
    lesson["today"] = [planned, later]
    return {
        "boot": "b" * 32,
        "room": {**about, "help": {"person": "thầy Hùng", "phone": "0912 345 678"}},
        "clock": {"quality": "ntp", "trusted": True},
        "safe_to_cut": True,
        "lesson": {**lesson, "tapped": {"k": 12, "n": 43}, "choices": class_choices()},
        "parts": [{"name": "mqtt", "state": "up", "since": since, "reason": ""}],
        "sync": sync,
        "health": {"ok": True, "findings": []},
        "devices": [projector(), board()],
        "readers": [{"id": "door", "name": "Đầu đọc thẻ", "link": "online"}],
    }


def class_choices() -> list[dict[str, str]]:
    """Eight classes in each of three grades."""
    every = ((grade, number) for grade in (10, 11, 12) for number in range(1, 9))
    return [
        {"group_key": f"{grade}a{number}", "name": f"{grade}A{number}", "grade": str(grade)}
        for grade, number in every
    ]


def make_run(lesson_ids: list[str], *, state: str, picture: bool) -> dict[str, Any]:
    """A run that started now, with the four steps of getting ready."""
    steps = {"screen": "done", "projector": "running", "sound": "done", "readers": "done"}
    return {
        "id": f"run-{lesson_ids[0]}",
        "lessons": lesson_ids,
        "picture": picture,
        "started_at": START.isoformat(),
        "by": "panel",
        "state": state,
        "ends_in_s": None,
        "steps": [
            {
                "id": name,
                "word": f"step.{name}",
                "device": name if name == "projector" else None,
                "state": what,
                "left_s": None,
                "reason": "",
            }
            for name, what in steps.items()
        ],
        "auto_end_at": None,
        "auto_end_notice_at": None,
        "handover": None,
    }
