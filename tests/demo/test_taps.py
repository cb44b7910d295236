import asyncio
import json

import pytest

from edge.demo import taps
from edge.demo.taps import Hand, TapAnswer


class Reader:
    """A reader whose room answers as the test says."""

    id, driver, address, fault = "door", "rdm6300", "serial:/x", "none"

    def __init__(self, touch_s: float = 0.0) -> None:
        self.touches: list[str] = []
        self.lies: list[str] = []
        self.touch_s = touch_s
        self.touched = asyncio.Event()

    def state(self) -> dict[str, int]:
        return {"touches": len(self.touches)}

    async def set_fault(self, fault: str) -> None:
        raise AssertionError(fault)

    async def touch(self, uid: str) -> None:
        if uid == "bad":
            raise ValueError("no such card")
        self.touches.append(uid)
        self.lies.append(uid)
        self.touched.set()
        try:
            await asyncio.sleep(self.touch_s)
        finally:
            self.lies.remove(uid)


class Hands:
    """A hand whose clock the test moves, and whose pauses it sees."""

    def __init__(self, reader: Reader) -> None:
        self.at_s = 100.0
        self.reader = reader
        self.hand = Hand(reader, lambda: self.at_s)

    async def tap(self, uid: str, *feedbacks: object) -> TapAnswer:
        self.reader.touched.clear()
        task = asyncio.create_task(self.hand.tap(uid))
        await self.reader.touched.wait()
        for feedback in feedbacks:
            raw = feedback if isinstance(feedback, bytes) else json.dumps(feedback).encode()
            self.hand.hear(raw)
        return await task


async def test_the_rooms_word_is_the_answer() -> None:
    hands = Hands(Reader())
    said = await hands.tap("A", {"tap_id": "0-1", "outcome": "present"})
    assert said == TapAnswer("0-1", "present", 0)


async def test_refused_and_nonsense_have_no_tap_id() -> None:
    hands = Hands(Reader())
    assert await hands.tap("A", {"tap_id": None, "outcome": "refused"}) == TapAnswer(
        None, "refused", 0
    )
    assert (await hands.tap("B", {"tap_id": "0-1", "outcome": "refused"})).tap_id is None
    assert (await hands.tap("C", {"tap_id": "0-1"})) == TapAnswer(None, "none", 0)


async def test_only_the_answer_to_this_touch_counts() -> None:
    hands = Hands(Reader())
    hands.hand.hear(b'{"tap_id": "0-0", "outcome": "late"}')  # nobody asked
    said = await hands.tap(
        "A",
        b"\xff",
        b"[]",
        {"tap_id": "0-1", "outcome": "late", "n": 0},
        {"tap_id": "0-2", "outcome": "present", "n": 1},
        {"tap_id": "0-3", "outcome": "repeat", "n": 1},
    )
    assert said == TapAnswer("0-2", "present", 0)


async def test_no_answer_is_none(monkeypatch) -> None:
    monkeypatch.setattr(taps, "ANSWER_WITHIN_S", 0.05)
    hands = Hands(Reader())
    assert await hands.tap("A") == TapAnswer(None, "none", 0)
    assert (await hands.tap("B", {"tap_id": "0-1", "outcome": "present"})).feedback == "present"


async def test_the_card_is_taken_away_at_the_answer() -> None:
    reader = Reader(touch_s=600)
    hands = Hands(reader)
    await hands.tap("A", {"tap_id": "0-1", "outcome": "present"})
    assert reader.lies == []


async def test_a_card_that_the_reader_cannot_read_is_told() -> None:
    hands = Hands(Reader())
    with pytest.raises(ValueError, match="no such card"):
        await hands.hand.tap("bad")


async def test_one_card_at_a_time() -> None:
    reader = Reader()
    hands = Hands(reader)
    both = [asyncio.create_task(hands.hand.tap(uid)) for uid in ("A", "B")]
    await reader.touched.wait()
    assert reader.touches == ["A"]
    reader.touched.clear()
    hands.hand.hear(b'{"tap_id": "0-1", "outcome": "present"}')
    await both[0]
    await reader.touched.wait()
    hands.hand.hear(b'{"tap_id": "0-2", "outcome": "late"}')
    assert (await both[1]).feedback == "late"


async def test_the_same_card_again_is_a_touch_of_its_own(monkeypatch) -> None:
    pauses = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    hands = Hands(Reader())
    await hands.tap("a1", {"tap_id": "0-1", "outcome": "present"})
    monkeypatch.setattr(taps.asyncio, "sleep", sleep)
    hands.at_s += 0.2
    await hands.tap("A1", {"tap_id": "0-2", "outcome": "repeat"})
    hands.at_s += 60
    await hands.tap("A1", {"tap_id": "0-3", "outcome": "repeat"})
    await hands.tap("B2", {"tap_id": "0-4", "outcome": "present"})
    waited = [pause for pause in pauses if pause]
    assert waited == [pytest.approx(2.0)]
