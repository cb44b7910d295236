"""A room as the agent puts it together, and the small hub that it talks to."""

import asyncio
import base64
import itertools
import random
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.store.store import Store, StoreSettings
from edge.store.writer import Pace as StorePace
from school.moment import Moment, TimeQuality
from sync.uplink.client import HubClient
from sync.uplink.identity import Signer, load_or_make_key, public_text, start_id
from sync.uplink.pace import Flush, Pace
from sync.uplink.ports import LinkState, SyncState
from sync.uplink.worker import Report, Setting, Uplink
from sync.wire.event import Lane
from sync.wire.messages import (
    Anchor,
)
from tests.uplink.small_hub import ROOM, Authority, SmallHub, make_authority

QUICK = Pace(
    flush={lane: Flush(20, 0.05) for lane in Lane},
    least_s=0.02,
    most_s=0.1,
    blocked_s=0.1,
    unready_s=0.05,
    probe_s=0.05,
    fresh_boot_ms=0,
)


class RoomClock:
    """The room's clock: real boot-monotonic pace, a boot id and wall time that tests may move."""

    def __init__(self) -> None:
        self.boot = "b0" * 16
        self.wall_offset_ms = 0
        self.tq = TimeQuality.SAVED

    def now(self) -> Moment:
        mono_ms = time.monotonic_ns() // 1_000_000
        wall_ms = mono_ms + 1_700_000_000_000 + self.wall_offset_ms
        return Moment(self.boot, mono_ms, wall_ms, self.tq)


class SmallRoom:
    """A store and an uplink, as the agent puts them together; it can be killed and started."""

    def __init__(self, folder: Path, hub: SmallHub) -> None:
        self.folder = folder
        self.hub = hub
        self.clock = RoomClock()
        self.pace = QUICK
        self.chance = random.Random(7)
        self.states: list[SyncState] = []
        self.hub_times: list[Anchor] = []
        self.answer_within_s = 5.0
        self._lives = 0
        self._ids = itertools.count(0xC000000000000001)
        self._task: asyncio.Task[None] | None = None
        self.key = load_or_make_key(folder / "room.key")
        hub.public = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_text(self.key)))

    async def open(self) -> None:
        self.store = await Store.open(
            self.folder / "room.db",
            self.clock,
            lambda: next(self._ids),
            StoreSettings(reserve_bytes=0, pace=StorePace(change_s=0.02)),
        )

    def connect(self) -> HubClient:
        start = start_id(self.clock.boot, self.chance.getrandbits(64))
        signer = Signer(ROOM, self.key, start)
        address = f"https://127.0.0.1:{self.hub.port}"
        return HubClient(
            address, self.hub.authority.root, ROOM, signer, answer_within_s=self.answer_within_s
        )

    def start(self, *lanes: Lane) -> None:
        setting = Setting(
            agent=ROOM,
            software="lophoc test",
            jitter=self.chance.random,
            pace=self.pace,
            lanes=lanes or (Lane.ATTENDANCE, Lane.AUDIT),
        )
        report = Report(self.states.append, self.hub_times.append)
        self._uplink = Uplink(self.store, self.connect, self.clock, setting, report)
        self._task = asyncio.create_task(self._uplink.run())

    @property
    def state(self) -> SyncState:
        """What the panel was told last."""
        return self.states[-1] if self.states else SyncState(LinkState.OFF)

    async def crash(self) -> None:
        """The agent is killed: only what is on disk goes on, in a copy of its files."""
        await self.stop()
        self._lives += 1
        after = self.folder / f"life-{self._lives}"
        after.mkdir()
        for file in ("room.db", "room.db-wal", "room.key"):
            if (self.folder / file).exists():
                shutil.copy(self.folder / file, after / file)
        await self.store.close()
        self.folder = after
        await self.open()

    async def stop(self) -> None:
        """Like a kill: nothing is said goodbye to."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def close(self) -> None:
        await self.stop()
        await self.store.close()

    async def tap(self, n: int) -> str:
        return (await self.store.append(Lane.ATTENDANCE, "tap", {"n": n})).id

    async def taps(self, numbers: range) -> list[str]:
        return await asyncio.gather(*(self.tap(n) for n in numbers))

    async def until(self, fulfilled: Callable[[], bool]) -> None:
        """Wait for it, looking often; the test's own limit ends a wait in vain."""
        while not fulfilled():
            if self._task is not None and self._task.done():
                await self._task
            await asyncio.sleep(0.01)

    async def until_arrived(self, ids: list[str], lane: int = 0) -> None:
        wanted = sorted(ids)
        await self.until(lambda: sorted(self.hub.ids(lane)) == wanted)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("other"))


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[SmallHub]:
    hub = SmallHub(replace(authority))
    await hub.up()
    yield hub
    hub.release.set()
    await hub.down()


@pytest.fixture
async def room(tmp_path: Path, hub: SmallHub) -> AsyncIterator[SmallRoom]:
    room = SmallRoom(tmp_path, hub)
    await room.open()
    yield room
    await room.close()
