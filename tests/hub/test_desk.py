import asyncio
import threading

import pytest
from sqlalchemy import insert, select

from sync.hub.database import open_beside
from sync.hub.desk import WAITING_LIMIT, BusyError, Desk
from sync.hub.tables import agent


@pytest.fixture
def desk(engine):
    desk = Desk(engine, "test")
    yield desk
    desk.close()


async def test_work_is_committed_before_it_is_answered(desk, url):
    await desk.do(lambda c: c.execute(insert(agent), {"id": "x"}))
    other = open_beside(url)
    with other.connect() as connection:
        assert connection.execute(select(agent.c.id)).scalars().all() == ["x"]
    other.dispose()


async def test_work_that_fails_leaves_nothing(desk):
    def half(connection):
        connection.execute(insert(agent), {"id": "x"})
        raise ValueError("planted")

    with pytest.raises(ValueError, match="planted"):
        await desk.do(half)
    assert await desk.do(lambda c: c.execute(select(agent.c.id)).all()) == []


async def test_a_disk_without_room_is_said_until_it_has_some(desk):
    def limited(pages):
        return lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar_one()

    many = [{"id": f"{n:064d}"} for n in range(2000)]
    await desk.do(limited(1))  # SQLite makes that the pages that it has
    with pytest.raises(BusyError, match="full"):
        await desk.do(lambda c: c.execute(insert(agent), many))
    assert desk.refusal == "disk_full"
    await desk.do(limited(1 << 30))
    await desk.do(lambda c: c.execute(insert(agent), many))
    assert desk.refusal == ""


async def test_a_locked_database_is_busy(desk, url, monkeypatch):
    other = open_beside(url)
    with other.begin():
        monkeypatch.setattr("sync.hub.database.BUSY_MS", 10)
        quick = Desk(open_beside(url), "quick")
        with pytest.raises(BusyError, match="locked"):
            await quick.do(lambda c: c.execute(insert(agent), {"id": "x"}))
    quick._engine.dispose()
    quick.close()
    other.dispose()


async def test_35_a_hung_thread_is_busy_and_its_queue_is_bounded(desk, monkeypatch):
    monkeypatch.setattr("sync.hub.desk.ANSWER_WITHIN_S", 0.05)
    free = threading.Event()
    results = await asyncio.gather(
        *(desk.do(lambda _: free.wait(10)) for _ in range(WAITING_LIMIT + 5)),
        return_exceptions=True,
    )
    assert all(isinstance(result, BusyError) for result in results)
    assert sum("are waiting" in str(result) for result in results) == 5
    free.set()
    desk.close()


async def test_a_full_disk_is_told_once_with_its_cure_however_many_rooms_call(desk, caplog):
    caplog.set_level("INFO", "sync.hub.desk")
    many = [{"id": f"{n:064d}"} for n in range(2000)]
    await desk.do(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1").scalar_one())
    caplog.clear()
    for _ in range(5):
        with pytest.raises(BusyError):
            await desk.do(lambda c: c.execute(insert(agent), many))
    (told,) = caplog.messages
    assert "full" in told
    assert told.endswith("make room on its disk")
    await desk.do(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1073741823").scalar_one())
    assert caplog.messages[1:] == ["the database takes work again"]
