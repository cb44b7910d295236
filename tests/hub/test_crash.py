"""A real hub process is killed at random moments while a room sends: case 34 of the protocol."""

import asyncio
import contextlib
import json
import random
import signal
import sys
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.hub.keys import admit
from sync.hub.settings import load_settings
from sync.wire.messages import BatchReply
from tests.hub.room_end import RoomEnd, event, public_text, rooms_client, school_rows

KILLS = 6
BATCH = 7


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "school.json").write_text(json.dumps(school_rows()), encoding="utf-8")
    file = tmp_path / "hub.toml"
    file.write_text(
        'schema = 1\n[hub]\nstate = "state"\nconsole = "127.0.0.1:0"\nrooms = "127.0.0.1:0"\n'
    )
    return file


class HubProcess:
    """`python -m sync.hub` on free ports."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.state = config.parent / "state"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> dict:
        told = self.state / "hub.json"
        told.unlink(missing_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sync.hub",
            "--config",
            str(self.config),
            stderr=asyncio.subprocess.PIPE,
        )
        while not told.exists():
            if self.process.returncode is not None:
                raise AssertionError((await self.process.stderr.read()).decode())
            await asyncio.sleep(0.02)
        return json.loads(told.read_text())

    async def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        await self.process.communicate()
        return self.process.returncode


@pytest.fixture
async def process(config):
    process = HubProcess(config)
    yield process
    if process.process is not None and process.process.returncode is None:
        await process.end(signal.SIGKILL)


async def send_for_ever(room: RoomEnd, acked: list[int]) -> None:
    """Send batch after batch; after a break say hello and go on where the hub is."""
    while True:
        try:
            reply = await room.say_hello(last=acked[0])
            reached = next(c.acked for c in reply.cursors if c.lane == 0)
            assert reached >= acked[0], "the hub lost what it had acknowledged"
            while True:
                events = [event(n) for n in range(reached + 1, reached + 1 + BATCH)]
                answer = await room.send(events)
                assert answer.status_code == 200, answer.text
                reached = BatchReply.model_validate_json(answer.content).acked_through
                acked[0] = reached
        except httpx.TransportError:
            return


@pytest.mark.no_cover  # a killed process leaves no count; its lines are seen by other tests
async def test_34_kills_lose_nothing_that_was_acknowledged_and_double_nothing(process):
    key = Ed25519PrivateKey.generate()
    database = load_settings(process.config).database
    key_id = admit(database, "a1-05", public_text(key))
    chance, acked, room = random.Random(34), [0], None
    for _ in range(KILLS):
        told = await process.start()
        async with rooms_client(told["rooms"], process.state / "root.pem") as http:
            if room is None:
                room = RoomEnd(http, "a1-05", key, key_id)
            room.http = http
            before = acked[0]
            sending = asyncio.create_task(send_for_ever(room, acked))
            while acked[0] == before and not sending.done():  # noqa: ASYNC110 - no signal to wait for
                await asyncio.sleep(0.001)
            await asyncio.sleep(chance.uniform(0, 0.15))
            await process.end(signal.SIGKILL)
            await sending
    told = await process.start()
    token = (process.state / "hub.token").read_text().strip()
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=told["console"], headers=headers, trust_env=False) as api:
        taps = (await api.get("/api/taps", params={"limit": 10_000})).json()["taps"]
    numbers = [int(tap["tap_id"].rpartition("-")[2]) for tap in taps]
    assert acked[0] >= KILLS * BATCH
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert acked[0] <= len(numbers) <= acked[0] + BATCH
    assert await process.end(signal.SIGTERM) == 0


async def test_a_hub_that_cannot_start_says_one_sentence_and_exits_1(config):
    config.write_text("schema = 1\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sync.hub", "--config", str(config), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode() == f"{config}: hub is missing; add it.\n"


async def test_sigterm_ends_it_cleanly_with_a_page_open(process):
    told = await process.start()
    token = (process.state / "hub.token").read_text().strip()
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=told["console"], headers=headers, trust_env=False) as api,
        api.stream("GET", "/events") as stream,
    ):
        with contextlib.suppress(StopAsyncIteration):
            await anext(stream.aiter_lines())
        assert await process.end(signal.SIGTERM) == 0
