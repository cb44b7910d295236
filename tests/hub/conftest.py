"""A hub on loopback, its clock at 07:10 of a Monday."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sync.hub.database import migrate, open_writer
from sync.hub.settings import HubSettings
from tests.hub.room_end import School, open_school, school_rows


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/deep/state/hub.db"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_writer(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> HubSettings:
    school = tmp_path / "school.json"
    school.write_text(json.dumps(school_rows()), encoding="utf-8")
    state = tmp_path / "state"
    return HubSettings(
        state=state,
        console="127.0.0.1:0",
        rooms="127.0.0.1:0",
        public_hosts=("localhost", "127.0.0.1"),
        school=school,
        database=f"sqlite:///{state / 'hub.db'}",
        token_file=state / "hub.token",
        behind_https=False,
    )


@pytest.fixture
async def school(settings: HubSettings) -> AsyncIterator[School]:
    async with open_school(settings) as one:
        yield one
