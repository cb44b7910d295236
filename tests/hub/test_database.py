import asyncio
import sqlite3
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text

from sync.hub.database import (
    WAITING_LIMIT,
    BusyError,
    DatabaseError,
    Desk,
    insert_new,
    migrate,
    open_beside,
    open_writer,
)
from sync.hub.epochs import current_epoch, new_epoch
from sync.hub.tables import agent, metadata


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path}/deep/state/hub.db"


@pytest.fixture
def engine(url):
    engine = open_writer(url)
    migrate(engine)
    yield engine
    engine.dispose()


def test_the_steps_build_exactly_the_tables(engine):
    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrate(engine)


def test_full_is_on_for_every_connection(engine, url):
    for one, checkpoints in ((engine, 1000), (open_beside(url), 0)):
        with one.connect() as connection:
            asked = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("synchronous", "journal_mode", "foreign_keys", "wal_autocheckpoint")
            }
        assert asked == {
            "synchronous": 2,
            "journal_mode": "wal",
            "foreign_keys": 1,
            "wal_autocheckpoint": checkpoints,
        }
    one.dispose()


def test_a_connection_that_is_not_full_is_refused(url, monkeypatch):
    class Lazy(sqlite3.Connection):
        def execute(self, statement, *rest):
            return super().execute(statement.replace("synchronous=FULL", "synchronous=OFF"), *rest)

    real = sqlite3.dbapi2.connect
    monkeypatch.setattr(
        sqlite3.dbapi2, "connect", lambda *args, **named: real(*args, **{**named, "factory": Lazy})
    )
    engine = open_writer(url)
    with pytest.raises(DatabaseError, match="FULL was asked"):
        engine.connect()
    engine.dispose()


def test_the_file_is_for_its_owner_alone(engine, tmp_path):
    assert (tmp_path / "deep/state/hub.db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "hub.db").write_bytes(b"not a database at all" * 100)
    engine = open_writer(f"sqlite:///{tmp_path}/hub.db")
    with pytest.raises(DatabaseError, match="cannot be brought to this version"):
        migrate(engine)
    engine.dispose()


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatabaseError, match="cannot be made"):
        open_writer(f"sqlite:///{tmp_path}/file/hub.db")


def test_a_database_from_the_future_is_left_alone(engine):
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(DatabaseError, match="9999"):
        migrate(engine)


def test_insert_new_counts_what_was_new(engine):
    with engine.begin() as connection:
        rows = [{"id": "a"}, {"id": "b"}]
        assert insert_new(connection, agent, rows) == 2
        assert insert_new(connection, agent, [*rows, {"id": "c"}]) == 1
        assert insert_new(connection, agent, []) == 0


def test_an_epoch_stays_until_a_new_one_begins(engine):
    with engine.begin() as connection:
        first = current_epoch(connection, 1)
        assert current_epoch(connection, 2) == first
        second = new_epoch(connection, 3, "restored from backup")
        assert current_epoch(connection, 4) == second != first


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
    monkeypatch.setattr("sync.hub.database.ANSWER_WITHIN_S", 0.05)
    free = threading.Event()
    results = await asyncio.gather(
        *(desk.do(lambda _: free.wait(10)) for _ in range(WAITING_LIMIT + 5)),
        return_exceptions=True,
    )
    assert all(isinstance(result, BusyError) for result in results)
    assert sum("are waiting" in str(result) for result in results) == 5
    free.set()
    desk.close()
