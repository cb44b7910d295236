"""Kills the agent and the hub while cards are tapped, and counts what became of each tap."""

import contextlib
import itertools
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.whole.demo import Demo

STORED = frozenset(
    {"present", "late", "repeat", "other_class", "unknown", "revoked", "staff", "visit", "noted"}
)


@dataclass
class Tally:
    """What was said at the readers, and what arrived."""

    fed_back: list[str] = field(default_factory=list)
    unanswered: int = 0
    kills: int = 0
    hub_ids: list[str] = field(default_factory=list)

    @property
    def lost(self) -> set[str]:
        return set(self.fed_back) - set(self.hub_ids)

    @property
    def doubled(self) -> int:
        return len(self.hub_ids) - len(set(self.hub_ids))

    @property
    def said_twice(self) -> int:
        return len(self.fed_back) - len(set(self.fed_back))


def kill_while_tapping(demo: Demo, kills: dict[str, int], seed: int) -> Tally:
    """Tap at every reader without pause while processes are killed; then wait for the hub."""
    chance = random.Random(seed)
    tally = Tally()
    over = threading.Event()
    cards = [card["uid"] for card in demo.info["cards"]]
    readers = [reader["id"] for reader in demo.info["readers"]]
    hands = [
        threading.Thread(target=_tap_until, args=(demo, reader, cards[n::2], tally, over))
        for n, reader in enumerate(readers)
    ]
    for hand in hands:
        hand.start()
    try:
        _kill(demo, kills, chance, tally)
    finally:
        over.set()
        for hand in hands:
            hand.join()
    demo.until(lambda: _all_sent(demo), "the room has sent everything", 120)
    tally.hub_ids = [tap["tap_id"] for tap in demo.hub_taps()]
    return tally


def _kill(demo: Demo, kills: dict[str, int], chance: random.Random, tally: Tally) -> None:
    victims = list(itertools.chain.from_iterable([name] * n for name, n in kills.items()))
    chance.shuffle(victims)
    for name in victims:
        time.sleep(chance.uniform(0.1, 0.5))
        before = demo.pid(name)
        demo.kill(name)
        tally.kills += 1
        demo.until(lambda before=before, name=name: demo.pid(name) != before, f"{name} again", 30)
        if chance.random() < 0.7:
            demo.until(lambda: demo.panel("/health")["ready"], "the agent takes taps", 30)


def _tap_until(
    demo: Demo, reader: str, cards: list[str], tally: Tally, over: threading.Event
) -> None:
    with httpx.Client(timeout=15.0, trust_env=False) as client:
        for uid in itertools.cycle(cards):
            if over.is_set():
                return
            answer = _tap(client, demo, reader, uid)
            if answer.get("feedback") in STORED:
                tally.fed_back.append(answer["tap_id"])
            else:
                tally.unanswered += 1


def _tap(client: httpx.Client, demo: Demo, reader: str, uid: str) -> dict[str, Any]:
    with contextlib.suppress(httpx.HTTPError, ValueError):
        body = {"uid": uid, "reader": reader}
        key = {"Idempotency-Key": f"{random.getrandbits(64):016x}"}
        return client.post(demo.info["bench"] + "/api/tap", json=body, headers=key).json()
    return {}


def _all_sent(demo: Demo) -> bool:
    sync = demo.panel("/api/sync")
    return (sync["state"], sync["waiting"]) == ("idle", 0)
