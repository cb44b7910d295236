"""Sends the room's lanes to the hub, for ever: what to say next, and what to do with the answer.

Everything it knows is also in the store or at the hub: it may be killed at any point.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from school.moment import Clock, Moment
from sync.uplink import anchors, lanes
from sync.uplink.book import Adopted, Book
from sync.uplink.pace import Pace, back_off_s, choose_lane, due_in_s, grown, halved
from sync.uplink.packing import Envelope, Packed, pack_batch, pack_hello
from sync.uplink.ports import (
    NOBODY_THERE,
    CannotConnectError,
    HubLink,
    NotStoredError,
    Outbox,
    SyncState,
    Trouble,
)
from sync.uplink.saving import Saver
from sync.uplink.telling import Teller
from sync.uplink.verdict import Step, Verdict, judge_batch, judge_hello
from sync.wire.event import Lane
from sync.wire.messages import MAX_BATCH_BYTES, MAX_EVENTS, Anchor, HubTime

log = logging.getLogger(__name__)

_LEAST_BYTES = 4096  # no hub may ask for smaller batches than this
_LOOK_AFTER_S = 0.05  # a look at the store waits so long: a tap's own way is clear first
_LOOK_EVERY_S = 0.25  # and in a stream of taps the store is asked no more often than this


@dataclass(frozen=True, slots=True)
class Setting:
    """Who this room is, and how it behaves.

    Attributes:
        agent: agent id, the room's.
        software: name and version, for the hub's fleet page.
        jitter: chance, evenly from 0 to 1.
        pace: sizes and pauses.
        lanes: which lanes are sent.
        storage: health of the store in a word, asked at each hello.
    """

    agent: str
    software: str
    jitter: Callable[[], float]
    pace: Pace = field(default_factory=Pace)
    lanes: tuple[Lane, ...] = (Lane.ATTENDANCE, Lane.AUDIT)
    storage: Callable[[], str] = lambda: "ok"


@dataclass(frozen=True, slots=True)
class Report:
    """Whom to tell.

    Attributes:
        state: called whenever the panel's view of the uplink changes.
        hub_time: called with each clock sample of the hub.
    """

    state: Callable[[SyncState], None]
    hub_time: Callable[[Anchor], None]


@dataclass(slots=True)
class _Hand:
    """What is remembered of a lane between batches."""

    size: int
    sent_at_ms: int = -(1 << 40)
    not_before_ms: int = 0
    silences: int = 0


class Uplink:
    """The room's end of the hop to its hub; `run` may be called again after it failed.

    Args:
        outbox: the room's store.
        connect: makes the way to the hub.
        clock: the room's.
        setting: who this room is.
        report: whom to tell.
    """

    def __init__(
        self,
        outbox: Outbox,
        connect: Callable[[], HubLink],
        clock: Clock,
        setting: Setting,
        report: Report,
    ) -> None:
        self._outbox = outbox
        self._connect = connect
        self._clock = clock
        self._setting = setting
        self._report = report
        self._saver = Saver(outbox)
        self._teller = Teller(outbox, report.state, setting.lanes)
        self._book = Book()
        self._epoch: str | None = None  # None = say hello first
        self._most_events = MAX_EVENTS
        self._most_bytes = MAX_BATCH_BYTES
        self._hands = {lane: _Hand(setting.pace.first_events) for lane in setting.lanes}
        self._turn = 0
        self._failures = 0
        self._stumbles = 0  # times in a row that the hub and we were out of step
        self._anchor: Anchor | None = None
        self._looked_s = 0.0
        self._more = asyncio.Event()
        outbox.watch(self._heard_of_facts)

    async def run(self) -> None:
        """Send until cancelled."""
        self._epoch = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._saver.run())
                group.create_task(self._teller.run(lambda: self._book))
                group.create_task(self._work())
        finally:
            await self._saver.flush()

    async def _work(self) -> None:
        self._teller.news()
        link = await self._connected()
        try:
            await self._talk(link)
        finally:
            await link.close()

    async def _connected(self) -> HubLink:
        """The way to the hub, as soon as the room's own files allow one."""
        while True:
            try:
                return self._connect()
            except CannotConnectError as error:
                self._book = Book(await self._outbox.read(lanes.spans))  # what waits is shown
                self._teller.trouble(error.trouble, str(error))
            await asyncio.sleep(self._setting.pace.unready_s)

    async def _talk(self, link: HubLink) -> None:
        await self._spread()
        while True:
            if self._epoch is None:
                await self._greet(link)
            elif (span := self._due_span()) is not None:
                await self._send(link, span, self._epoch)
            else:
                await self._wait_for_work()

    async def _spread(self) -> None:
        """After power returned to a whole school, not all rooms call at once."""
        now, speed, chance = self._clock.now(), self._setting.pace, self._setting.jitter
        if now.mono_ms >= speed.fresh_boot_ms:
            return
        for lane, hand in self._hands.items():
            if lane != Lane.ATTENDANCE:
                hand.not_before_ms = now.mono_ms + int(1000 * speed.spread_rest_s * chance())
        await asyncio.sleep(speed.spread_s * chance())

    async def _greet(self, link: HubLink) -> None:
        self._book = Book(await self._outbox.read(lanes.spans))
        asked, setting = self._clock.now(), self._setting
        hello = pack_hello(
            self._book.spans, setting.agent, setting.software, setting.storage(), asked
        )
        reply = judge_hello(await link.post("hello", hello))
        if isinstance(reply, Verdict):
            await self._pause(link, reply)
            return
        self._hub_spoke(asked, reply.time)
        self._failures = 0
        self._set_limits(reply.max_events, reply.max_bytes)
        if await self._adopt(self._book.adopt(reply.cursors)):
            self._epoch = reply.server_epoch

    async def _send(self, link: HubLink, span: lanes.Span, epoch: str) -> None:
        asked, hand = self._clock.now(), self._hands[Lane(span.lane)]
        envelope = Envelope(self._setting.agent, epoch, asked)
        size = min(hand.size, self._most_events)
        order = partial(_pack, span=span, envelope=envelope, size=size, room=self._most_bytes // 2)
        newest_n, last_seq, packed = await self._outbox.read(order)
        self._look(newest_n, last_seq)
        if packed is None:
            await self._adopt(self._book.advance(span, span.last_seq, span.settled))
            return
        self._turn += 1
        hand.sent_at_ms = asked.mono_ms
        verdict = judge_batch(await link.post("batches", packed.body), packed.parcel)
        if verdict.reply is not None:
            self._hub_spoke(asked, verdict.reply.time)
        await self._act(link, verdict, span, packed)

    async def _act(self, link: HubLink, verdict: Verdict, span: lanes.Span, packed: Packed) -> None:
        hand = self._hands[Lane(span.lane)]
        match verdict.step:
            case Step.ADVANCE:
                await self._advance(verdict, span, hand)
            case Step.SMALLER | Step.ISOLATE if packed.events > 1:
                hand.size = halved(packed.events)
            case Step.SMALLER:
                await self._bury(link, span, lanes.Dead(packed.parcel.last_seq, "too_big", ""))
            case Step.ISOLATE:
                await self._bury(link, span, lanes.Dead(packed.parcel.last_seq, "malformed", ""))
            case Step.EXPECT:
                await self._adopt(self._book.advance(span, verdict.expected - 1, span.settled))
                await self._stumble()
            case Step.REPEAT:
                hand.silences += 1
                again = packed.events  # the same range; after two silences half of it
                hand.size = again if hand.silences < 2 else halved(again)
                await self._pause(link, verdict)
            case _:
                await self._pause(link, verdict)

    async def _advance(self, verdict: Verdict, span: lanes.Span, hand: _Hand) -> None:
        reply = verdict.reply
        if reply is None:
            return
        self._failures = self._stumbles = hand.silences = 0
        self._set_limits(reply.max_events, reply.max_bytes)
        hand.size = grown(hand.size, self._most_events)
        for result in verdict.results:
            if result.code != "duplicate":
                log.warning("the hub took event %s as %s", result.seq, result.code)
                letter = lanes.Dead(result.seq, result.code, result.reason)
                self._saver.later(partial(lanes.bury, lane=span.lane, n=span.n, letter=letter))
        await self._adopt(self._book.advance(span, reply.acked_through, reply.settled_through))
        self._teller.news()
        await asyncio.sleep(verdict.wait_s)

    async def _bury(self, link: HubLink, span: lanes.Span, letter: lanes.Dead) -> None:
        """Take one event out of the stream: a dead letter, and a gap so that the rest goes on."""
        hole = lanes.Hole(letter.seq, letter.seq, letter.code)

        def change(connection: sqlite3.Connection) -> None:
            lanes.bury(connection, span.lane, span.n, letter)
            lanes.declare_gap(connection, span.lane, span.n, hole)

        log.warning("event %s of lane %s is a dead letter: %s", letter.seq, span.lane, letter.code)
        try:
            await self._outbox.project(change)
        except NotStoredError:
            await self._pause(link, Verdict(Step.REPEAT, Trouble.OUT_OF_STEP))

    async def _adopt(self, adopted: Adopted) -> bool:
        """Save moved cursors; False where the room's storage turned out to be rolled back."""
        for span in adopted.changed:
            move = partial(lanes.move_cursor, lane=span.lane, n=span.n)
            self._saver.later(partial(move, acked=span.acked, settled=span.settled))
        if not adopted.rolled_back:
            return True
        log.error("the hub has numbers this room never gave: its storage was rolled back")
        self._epoch = None
        await self._outbox.begin_incarnation("rollback")
        return False

    async def _stumble(self) -> None:
        """Out of step with the hub: once is nothing, again and again is a trouble with a pause."""
        self._stumbles += 1
        if self._stumbles > 1:
            self._epoch = None
            self._teller.trouble(Trouble.OUT_OF_STEP)
            await asyncio.sleep(self._back_off_s(self._stumbles - 1))

    async def _pause(self, link: HubLink, verdict: Verdict) -> None:
        """Wait as the verdict asks; the room goes on storing meanwhile."""
        if verdict.step is Step.GREET:
            self._epoch = None
            await self._stumble()
            return
        self._failures += 1
        self._teller.trouble(verdict.trouble)
        if verdict.step is Step.BLOCK:
            self._epoch = None
            await asyncio.sleep(self._setting.pace.blocked_s)
        elif verdict.trouble in NOBODY_THERE:
            self._epoch = None
            await self._wait_for_link(link)
        else:
            await asyncio.sleep(max(verdict.wait_s, self._back_off_s(self._failures)))

    async def _wait_for_link(self, link: HubLink) -> None:
        """Back off, but look each second whether somebody listens again."""
        loop, probe_s = asyncio.get_running_loop(), self._setting.pace.probe_s
        until_s = loop.time() + self._back_off_s(self._failures)
        while (left_s := until_s - loop.time()) > 0:
            await asyncio.sleep(left_s if probe_s is None else min(probe_s, left_s))
            if probe_s is None:
                continue
            trouble = await link.look()
            if trouble is None:
                return
            self._teller.trouble(trouble)

    async def _wait_for_work(self) -> None:
        """Until facts were stored, the next lane is due, or it is time for a sign of life."""
        loop = asyncio.get_running_loop()
        waits = [due_s for due_s in self._due_in_s().values() if due_s is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(waits, default=self._setting.pace.greet_s)):
                await self._more.wait()
        if not self._more.is_set():
            if not waits:
                self._epoch = None
            return
        await asyncio.sleep(max(_LOOK_AFTER_S, self._looked_s + _LOOK_EVERY_S - loop.time()))
        self._more.clear()
        self._looked_s = loop.time()
        self._look(*await self._outbox.read(lanes.ends))

    def _look(self, newest_n: int, last_seq: dict[int, int]) -> None:
        """News of the store: lanes that grew, or a new incarnation to declare."""
        if newest_n != self._book.newest_n:
            self._epoch = None
            return
        self._book.grow(last_seq)
        self._teller.news()

    def _due_in_s(self) -> dict[Lane, float | None]:
        now_ms, flush = self._clock.now().mono_ms, self._setting.pace.flush
        return {
            lane: due_in_s(
                flush[lane],
                self._book.waiting(lane),
                since_sent_s=(now_ms - hand.sent_at_ms) / 1000,
                held_s=(hand.not_before_ms - now_ms) / 1000,
            )
            for lane, hand in self._hands.items()
        }

    def _due_span(self) -> lanes.Span | None:
        due = [lane for lane, due_s in self._due_in_s().items() if due_s == 0]
        lane = choose_lane(due, self._turn)
        return None if lane is None else self._book.current(lane)

    def _back_off_s(self, failures: int) -> float:
        return back_off_s(self._setting.pace, failures, self._setting.jitter())

    def _set_limits(self, events: int, bytes_: int) -> None:
        self._most_events = max(1, min(events, MAX_EVENTS))
        self._most_bytes = max(_LEAST_BYTES, min(bytes_, MAX_BATCH_BYTES))

    def _hub_spoke(self, asked: Moment, time: HubTime) -> None:
        answered = self._clock.now()
        self._teller.hub_spoke(answered.wall_ms)
        anchor = anchors.hub_anchor(asked, answered, time)
        if anchors.worth_keeping(anchor, self._anchor):
            self._anchor = anchor
            self._saver.later(partial(anchors.keep_anchor, anchor=anchor))
        self._report.hub_time(anchor)

    def _heard_of_facts(self) -> None:
        self._more.set()
        self._teller.news()


def _pack(
    connection: sqlite3.Connection, *, span: lanes.Span, envelope: Envelope, size: int, room: int
) -> tuple[int, dict[int, int], Packed | None]:
    """On the reading thread: news of the store, and the next batch of a span, if there is one."""
    newest_n, last_seq = lanes.ends(connection)
    if span.newest:
        span = replace(span, last_seq=max(span.last_seq, last_seq[span.lane]))
    run = lanes.read_run(connection, span, span.acked, size, room)
    if run is None:
        return newest_n, last_seq, None
    good_times = anchors.anchors_of(connection, span.boot)[-1:]
    return newest_n, last_seq, pack_batch(run, replace(envelope, anchors=good_times))
