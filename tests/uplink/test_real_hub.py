"""The room's end against the hub itself, as a process that is killed at random moments."""

import asyncio
import json
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.hub.keys import admit
from sync.hub.settings import load_settings
from sync.uplink.identity import public_text
from sync.uplink.ports import LinkState
from sync.wire.event import Lane

KILLS = 5
SCHOOL = {
    "schema": 1,
    "school": {"id": "x", "name": "X"},
    "card_key": "5a" * 32,
    "rooms": [{"id": "a1-05", "name": "A1.05"}],
    "classes": [],
    "people": [],
    "cards": [],
    "bells": [],
    "timetable": [],
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RealHub:
    """`python -m sync.hub` on a rooms' port that stays the same."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.state = folder / "state"
        self.config = folder / "hub.toml"
        self.process: asyncio.subprocess.Process | None = None
        (folder / "school.json").write_text(json.dumps(SCHOOL))
        self.config.write_text(
            'schema = 1\n[hub]\nstate = "state"\nconsole = "127.0.0.1:0"\n'
            f'rooms = "127.0.0.1:{self.port}"\n'
        )

    def admit(self, agent: str, key: str) -> None:
        admit(load_settings(self.config).database, agent, key)

    async def start(self) -> None:
        told = self.state / "hub.json"
        told.unlink(missing_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sync.hub", "--config", str(self.config)
        )
        while not told.exists():
            assert self.process.returncode is None
            await asyncio.sleep(0.02)
        self.console = json.loads(told.read_text())["console"]

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def taps(self) -> list[dict[str, Any]]:
        token = (self.state / "hub.token").read_text().strip()
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False) as api:
            found = await api.get(f"{self.console}/api/taps", params={"limit": 10_000})
        taps: list[dict[str, Any]] = found.json()["taps"]
        return taps


@pytest.fixture
async def real_hub(tmp_path: Path) -> AsyncIterator[RealHub]:
    folder = tmp_path / "hub"
    folder.mkdir()
    hub = RealHub(folder)
    yield hub
    await hub.kill()


async def real_tap(room, n: int) -> str:
    body = {"reader": "door", "tech": "mifare", "uid_hash": f"{n:032x}", "last4": "0000"}
    return (await room.store.append(Lane.ATTENDANCE, "tap", body)).id


@pytest.mark.no_cover  # a killed process leaves no count; its lines are seen by other tests
@pytest.mark.timeout(110)
async def test_13_34_kills_of_room_and_hub_lose_and_double_nothing(room, real_hub) -> None:
    chance = random.Random(13)
    real_hub.admit("a1-05", public_text(room.key))
    await real_hub.start()
    room.hub.port, room.hub.authority.root = real_hub.port, real_hub.state / "root.pem"
    ids: list[str] = []
    room.start()
    for _ in range(KILLS):
        for n in range(len(ids), len(ids) + 40):
            ids.append(await real_tap(room, n))
        await asyncio.sleep(chance.uniform(0, 0.3))
        await real_hub.kill()
        ids.append(await real_tap(room, len(ids)))
        await room.crash()
        room.start()
        await real_hub.start()
    await room.until(lambda: room.state.state is LinkState.IDLE and room.state.waiting == 0)
    taps = await real_hub.taps()
    assert sorted(tap["tap_id"] for tap in taps) == sorted(ids)
    assert [int(tap["uid_hash"], 16) for tap in taps] == list(range(len(ids)))
    assert await room.store.read(lambda c: c.execute("SELECT * FROM dead").fetchall()) == []


async def test_a_room_that_was_not_admitted_is_blocked(room, real_hub) -> None:
    await real_hub.start()
    room.hub.port, room.hub.authority.root = real_hub.port, real_hub.state / "root.pem"
    first = await real_tap(room, 0)
    room.start()
    await room.until(lambda: room.state.state is LinkState.BLOCKED)
    assert room.state.reason == "key_unknown"
    real_hub.admit("a1-05", public_text(room.key))
    await room.until(lambda: room.state.state is LinkState.IDLE)
    assert [tap["tap_id"] for tap in await real_hub.taps()] == [first]


async def test_what_the_hub_cannot_read_is_a_dead_letter_and_the_rest_goes_on(
    room, real_hub
) -> None:
    real_hub.admit("a1-05", public_text(room.key))
    await real_hub.start()
    room.hub.port, room.hub.authority.root = real_hub.port, real_hub.state / "root.pem"
    first = await real_tap(room, 0)
    await room.store.append(Lane.ATTENDANCE, "tap", {"reader": 7})
    last = await real_tap(room, 1)
    room.start()
    await room.until(lambda: room.state.state is LinkState.IDLE)
    assert [tap["tap_id"] for tap in await real_hub.taps()] == [first, last]
    await room.stop()
    dead = await room.store.read(lambda c: c.execute("SELECT seq, code FROM dead").fetchall())
    assert dead == [(2, "rejected")]
