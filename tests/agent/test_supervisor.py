"""Parts that fail are started again and said to be down; the others never notice."""

import asyncio
import contextlib

from hypothesis import given
from hypothesis import strategies as st

from edge.store.errors import StoreFailedError
from edge.supervisor import PartState, Supervisor, restart_delay_s
from sync.state.whole_file import write_whole


async def run_until(supervisor: Supervisor, is_so) -> None:
    task = asyncio.create_task(supervisor.run())
    try:
        async with asyncio.timeout(10):
            while not is_so():  # noqa: ASYNC110 - looks at several parts
                await asyncio.sleep(0.005)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_failing_part_is_started_again_and_told():
    told = []
    supervisor = Supervisor(lambda: 0, lambda: 0.0, lambda part: told.append(part.state))
    tries = 0
    other = 0

    async def bad() -> None:
        nonlocal tries
        tries += 1
        raise ValueError("no such wire")

    async def good() -> None:
        nonlocal other
        while True:
            other += 1
            await asyncio.sleep(0.001)

    supervisor.add("bad", bad)
    supervisor.add("good", good)
    await run_until(supervisor, lambda: tries >= 3)
    assert other > tries
    assert supervisor.parts["good"].state is PartState.UP
    assert supervisor.parts["bad"].state is PartState.RESTARTING
    assert supervisor.parts["bad"].reason == "ValueError: no such wire"
    assert told == [PartState.RESTARTING]  # the same reason is not told again and again


async def test_a_part_that_ends_is_started_again():
    ends = 0
    supervisor = Supervisor(lambda: 0, lambda: 0.0, lambda _: None)

    async def short() -> None:
        nonlocal ends
        ends += 1

    supervisor.add("short", short)
    await run_until(supervisor, lambda: ends >= 2)
    assert supervisor.parts["short"].reason == "it ended by itself"


def test_a_part_that_cannot_run_at_all_is_shown_with_its_sentence():
    supervisor = Supervisor(lambda: 7, lambda: 0.0, lambda _: None)
    supervisor.add_broken("device x", "there is no driver 'x'")
    part = supervisor.parts["device x"]
    assert (part.state, part.since_ms) == (PartState.DOWN, 7)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_pause_stays_bounded_for_weeks(attempt, jitter):
    assert 0.1 < restart_delay_s(attempt, jitter) <= 30.0


async def test_the_same_failure_is_told_to_the_journal_once(caplog):
    supervisor = Supervisor(lambda: 0, lambda: 0.0, lambda _: None)
    tries = 0

    async def bad() -> None:
        nonlocal tries
        tries += 1
        raise ValueError("no such wire" if tries < 4 else "another wire")

    supervisor.add("bad", bad)
    await run_until(supervisor, lambda: tries >= 4)
    await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records] == [
        "part bad failed; it starts again: ValueError: no such wire",
        "part bad failed; it starts again: ValueError: another wire",
    ]


async def test_what_the_disk_refuses_is_one_sentence_and_goes_on_by_itself(tmp_path, caplog):
    """A traceback tells nobody that the disk is full."""
    supervisor = Supervisor(lambda: 0, lambda: 0.0, lambda _: None)
    gone = tmp_path / "not there"
    written = asyncio.Event()

    async def keep() -> None:
        write_whole(gone / "running.json", b"{}")
        written.set()
        await asyncio.Event().wait()

    supervisor.add("address", keep)
    await run_until(supervisor, lambda: supervisor.parts["address"].reason)
    told = f"{gone}/running.json: No such file or directory"
    assert [record.getMessage() for record in caplog.records] == [
        f"part address failed; it starts again: {told}"
    ]
    assert "Traceback" not in caplog.text
    gone.mkdir()
    await run_until(supervisor, written.is_set)


async def test_a_store_that_refuses_is_its_own_sentence(caplog):
    supervisor = Supervisor(lambda: 0, lambda: 0.0, lambda _: None)

    async def bad() -> None:
        raise StoreFailedError("room.db cannot be opened (disk is full)") from ValueError("sqlite")

    supervisor.add("store", bad)
    await run_until(supervisor, lambda: supervisor.parts["store"].reason)
    assert supervisor.parts["store"].reason == "room.db cannot be opened (disk is full)"
    assert "Traceback" not in caplog.text
