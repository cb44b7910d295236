"""Any order of taps, kills, cuts, faults, restored hubs and clock steps: each tap arrives once.

The seeds are fixed; a failure prints its story. `lophoc` counts a tap only when `append` returned,
as the reader's beep does.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import pytest

from sync.uplink.ports import Answer, Heard
from sync.uplink.verdict import Parcel, Step, Verdict, judge_batch
from sync.wire.messages import BatchReply, HubTime

FAULTS = ["ack_lost", "portal", "wrong_echo", "busy", "half", "error_after", "reset"]
STEPS = 60


class Story:
    """One random history of a room and its hub."""

    def __init__(self, room, hub, seed: int) -> None:
        self.room = room
        self.hub = hub
        self.chance = random.Random(seed)
        self.beeped: list[str] = []
        self.told: list[str] = []
        self.n = 0
        self.link = True

    async def tap(self) -> None:
        count = self.chance.randrange(1, 12)
        self.beeped += await self.room.taps(range(self.n, self.n + count))
        self.n += count

    async def kill(self) -> None:
        await self.room.crash()
        self.room.start()

    async def power_cut(self) -> None:
        self.room.clock.boot = f"{self.chance.getrandbits(128):032x}"
        await self.kill()

    async def cut(self) -> None:
        if self.link:
            await self.hub.down()
        else:
            await self.hub.up()
        self.link = not self.link

    async def fault(self) -> None:
        self.hub.faults.extend(self.chance.choices(FAULTS, k=self.chance.randrange(1, 4)))

    async def restore(self) -> None:
        self.hub.restore(keep=self.chance.randrange(0, 20))

    async def clock_step(self) -> None:
        self.room.clock.wall_offset_ms += self.chance.randrange(-(1 << 41), 1 << 41)

    async def wait(self) -> None:
        passed = asyncio.Event()
        asyncio.get_running_loop().call_later(self.chance.random() / 5, passed.set)
        await passed.wait()

    async def step(self) -> None:
        steps: list[Callable[[], Awaitable[None]]] = [
            *[self.tap] * 6,
            *[self.wait] * 6,
            self.kill,
            self.power_cut,
            *[self.cut] * 2,
            *[self.fault] * 2,
            self.restore,
            self.clock_step,
        ]
        step = self.chance.choice(steps)
        self.told.append(step.__name__)
        await step()

    async def live(self, steps: int) -> None:
        """So many steps; at the end the link is there and the hub is well."""
        self.room.start()
        for _ in range(steps):
            await self.step()
        if not self.link:
            await self.hub.up()
        self.hub.faults.clear()
        self.told.append("the end")
        await self.tap()

    async def missing(self, patience_s: float) -> list[str]:
        """Taps that do not arrive, however long one waits."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self.room.until_arrived(self.beeped)
        return sorted(set(self.beeped) - set(self.hub.ids()))


@pytest.mark.timeout(110)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_tap_that_beeped_is_at_the_hub_exactly_once(room, hub, seed: int) -> None:
    story = Story(room, hub, seed)
    await story.live(STEPS)
    assert await story.missing(60) == [], story.told
    assert len(hub.ids()) == len(set(hub.ids())) == len(story.beeped)
    assert hub.bodies() == [b'{"n":%d}' % n for n in range(story.n)]
    assert not any(spot.forks for spot in hub.spots.values())
    assert await room.store.read(lambda c: c.execute("SELECT * FROM dead").fetchall()) == []


@pytest.mark.timeout(110)
async def test_the_story_sees_a_room_that_believes_a_captive_portal(room, hub, monkeypatch) -> None:
    """The negative control: whatever answers 200 moves the cursor, as the rule forbids."""

    def believe(heard: Heard, parcel: Parcel) -> Verdict:
        verdict = judge_batch(heard, parcel)
        if not isinstance(heard, Answer) or heard.status != 200 or verdict.reply is not None:
            return verdict
        reply = BatchReply(
            server_epoch=parcel.epoch,
            lane=parcel.lane,
            incarnation=parcel.incarnation,
            acked_through=parcel.last_seq,
            settled_through=0,
            time=HubTime(recv_ms=0, send_ms=0),
            echo_sha256=parcel.sha256,
        )
        return Verdict(Step.ADVANCE, reply=reply)

    monkeypatch.setattr("sync.uplink.worker.judge_batch", believe)
    hub.faults.append("portal")
    story = Story(room, hub, 4)
    await story.tap()
    room.start()
    await room.until(lambda: not hub.faults)
    assert await story.missing(0.5) == sorted(story.beeped)
