import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from sync.hub.database import DatabaseError, insert_new, migrate, open_beside, open_writer
from sync.hub.epochs import current_epoch, new_epoch
from sync.hub.tables import agent, metadata


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
    with pytest.raises(DatabaseError, match="cannot be brought to this version") as said:
        migrate(engine)
    engine.dispose()
    assert f"{tmp_path}/hub.db" in str(said.value)
    assert "put the last backup in its place" in str(said.value)
    assert "sqlalche.me" not in str(said.value)


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
