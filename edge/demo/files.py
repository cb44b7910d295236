"""Writes what agent, hub and emulators read: school, room, secrets, hub, plan.

Everything is written anew at each start from the same sources; people, cards, passwords and keys
are made once and kept.
"""

import json
import secrets
import tomllib
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from edge.demo.folders import DemoError, Folders, Ports, replace_file
from edge.demo.plan import CardPlan, DevicePlan, Plan
from edge.demo.school import CLASS_HERE, ROOM, ROOM_NAME, Chance, new_school, with_lesson_at
from school.school_file import write_school
from school.school_rows import CardRow, SchoolFile

PROJECTOR_SECRET = "projector"  # noqa: S105 - the name of a secret
_BOARD_NUMBER = "0"


def refresh_school(folders: Folders, now: datetime, chance: Chance) -> SchoolFile:
    """The school, made at the first start; its timetable has a lesson at `now`.

    Raises:
        DemoError: the school of an earlier start is damaged.
    """
    file = folders.school_file
    try:
        known = SchoolFile.model_validate_json(file.read_bytes()) if file.exists() else None
    except ValidationError as error:
        raise DemoError(f"{file}: is damaged; remove {folders.root} to begin anew") from error
    school = with_lesson_at(known or new_school(chance), now)
    replace_file(file, write_school(school).decode(), 0o600)
    return school


def make_plan(folders: Folders, ports: Ports, school: SchoolFile, *, fast: bool) -> Plan:
    """What the emulators' process is to be."""
    password = _projector_password(folders)
    root = folders.serial_ports.absolute()
    return Plan(
        room=ROOM,
        fast=fast,
        broker=ports.broker,
        bench=ports.bench,
        proxy=ports.proxy,
        hub=ports.rooms,
        clock_offset=folders.clock_offset_file.absolute(),
        devices=(
            _on_tcp("projector", "pjlink", ports.projector, password),
            DevicePlan(
                id="board",
                driver="samsung-mdc",
                address=f"serial:{root / 'board'}",
                pty=root / "board",
                number=_BOARD_NUMBER,
            ),
            _on_mqtt("screen", "mqtt-relay", "screen"),
            _on_mqtt("buzzer", "mqtt-relay", "buzzer"),
        ),
        readers=(
            DevicePlan(
                id="door", driver="rdm6300", address=f"serial:{root / 'door'}", pty=root / "door"
            ),
            _on_mqtt("desk", "mqtt-reader", "relay"),
        ),
        cards=_cards(school),
    )


def write_files(folders: Folders, ports: Ports, plan: Plan) -> None:
    """Write the files of all three processes."""
    password = next(device.password or "" for device in plan.devices if device.tcp is not None)
    replace_file(folders.secrets_file, f"{PROJECTOR_SECRET} = {json.dumps(password)}\n", 0o600)
    replace_file(folders.room_file, _room_file(ports, plan))
    replace_file(folders.hub_file, _hub_file(ports))
    replace_file(folders.plan_file, plan.model_dump_json(indent=1), 0o600)


def _on_tcp(name: str, driver: str, port: int, password: str) -> DevicePlan:
    address = f"tcp:127.0.0.1:{port}"
    return DevicePlan(id=name, driver=driver, address=address, tcp=port, password=password)


def _on_mqtt(name: str, driver: str, kind: str) -> DevicePlan:
    return DevicePlan(id=name, driver=driver, address=f"mqtt:{name}", kind=kind)


def _projector_password(folders: Folders) -> str:
    """The password in the secrets' file; made where there is none."""
    try:
        known = tomllib.loads(folders.secrets_file.read_text()).get(PROJECTOR_SECRET)
    except (OSError, tomllib.TOMLDecodeError):
        known = None
    return known if isinstance(known, str) and known else secrets.token_hex(8)


def _cards(school: SchoolFile) -> tuple[CardPlan, ...]:
    people = {person.id: person for person in school.people}
    classes = {row.id: row.name for row in school.classes}

    def plan(card: CardRow) -> CardPlan:
        owner = people[card.person_id]
        class_name = classes.get(owner.class_id or "")
        return CardPlan(
            person_id=owner.id,
            name=owner.name,
            class_name=class_name,
            uid=card.uid,
            revoked=card.revoked,
        )

    def order(card: CardRow) -> tuple[bool, bool, str, int]:
        owner = people[card.person_id]
        away = owner.class_id != CLASS_HERE
        return away, owner.class_id is None, owner.class_id or "", owner.stt or 0

    return tuple(plan(card) for card in sorted(school.cards, key=order))


def _table(values: Mapping[str, str | int | bool | None]) -> str:
    """`key = value` lines; JSON's texts, numbers and booleans are TOML's too."""
    return "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in values.items()
        if value is not None
    )


def _room_file(ports: Ports, plan: Plan) -> str:
    sections: list[tuple[str, Mapping[str, str | int | bool | None]]] = [
        (
            "[room]",
            {
                "id": ROOM,
                "name": ROOM_NAME,
                "profile": "projector-and-board",
                "main_display": "projector",
                "help_person": "thầy Tuân",
                "help_phone": "0912 000 000",
            },
        ),
        ("[panel]", {"listen": f"127.0.0.1:{ports.panel}"}),
        ("[hub]", {"url": f"https://127.0.0.1:{ports.proxy}", "root": "hub-root.pem"}),
        ("[mqtt]", {"broker": f"127.0.0.1:{ports.broker}"}),
        ("[attendance]", {"school": "school.json"}),
    ]
    head = "# Written by the demo at each start; changes here are lost.\nschema = 1\n"
    devices = "".join(f"\n[[device]]\n{_device(device, plan)}" for device in plan.devices)
    readers = "".join(f"\n[[reader]]\n{_reader(reader)}" for reader in plan.readers)
    return (
        head + "".join(f"\n{name}\n{_table(rows)}" for name, rows in sections) + devices + readers
    )


_NAMES = {
    "projector": "Máy chiếu",
    "board": "Bảng tương tác",
    "screen": "Màn chiếu",
    "buzzer": "Còi",
    "door": "Đầu đọc cửa",
    "desk": "Đầu đọc bàn giáo viên",
}
_FEEDBACK = {"door": "buzzer:buzzer", "desk": "mqtt"}


_INPUTS = {
    "projector": 'inputs = { 31 = "Dây HDMI trên bàn", 32 = "Máy tính phòng học", '
    '11 = "Máy chiếu vật thể" }\n'
}


def _device(device: DevicePlan, plan: Plan) -> str:
    secret = PROJECTOR_SECRET if device.password else None
    options = {"mqtt-relay": f'{{ kind = "{device.kind}" }}'}
    if plan.fast:
        options["samsung-mdc"] = "{ quiet_after_on_s = 1 }"
    line = f"options = {options[device.driver]}\n" if device.driver in options else ""
    return _attached(device) + _table({"password": secret}) + line + _INPUTS.get(device.id, "")


def _reader(reader: DevicePlan) -> str:
    return _attached(reader) + _table({"feedback": _FEEDBACK[reader.id]})


def _attached(one: DevicePlan) -> str:
    return _table(
        {"id": one.id, "name": _NAMES[one.id], "driver": one.driver, "address": one.address}
    )


def _hub_file(ports: Ports) -> str:
    rows = {
        "state": "hub",
        "console": f"127.0.0.1:{ports.hub}",
        "rooms": f"127.0.0.1:{ports.rooms}",
        "school": "school.json",
    }
    head = "# Written by the demo at each start; changes here are lost.\nschema = 1\n\n[hub]\n"
    return head + _table(rows) + 'public_hosts = ["127.0.0.1", "localhost"]\n'
