import base64

import pytest

from sync.hub.database import DatabaseError, open_beside
from sync.hub.keys import KeyRefusedError, admit, keys, revoke

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path}/state/hub.db"


def test_a_key_can_be_admitted_before_the_hubs_first_start(url):
    key_id = admit(url, "a1-05", KEY, at_ms=7)
    assert key_id == "a1-05.630dcd29"
    (found,) = keys(url)
    assert (found.key_id, found.agent_id, found.status, found.admitted_ms) == (
        key_id, "a1-05", "active", 7,
    )  # fmt: skip
    assert admit(url, "a1-05", f" {KEY}\n") == key_id


def test_a_revoked_key_does_not_come_back(url):
    admit(url, "a1-05", KEY)
    revoke(url, "a1-05")
    assert keys(url)[0].status == "revoked"
    with pytest.raises(KeyRefusedError, match="make a new one in the room"):
        admit(url, "a1-05", KEY)


@pytest.mark.parametrize(
    ("agent", "text", "says"),
    [
        ("", KEY, "not a room id"),
        ("a/b", KEY, "not a room id"),
        ("x" * 65, KEY, "not a room id"),
        ("a1", "!!!", "not base64"),
        ("a1", "AAAA", "has 32 bytes, this one 3"),
        ("a1", "ă", "not base64"),
    ],
)
def test_what_is_no_key_is_said_in_one_sentence(url, agent, text, says):
    with pytest.raises(KeyRefusedError, match=says):
        admit(url, agent, text)


def test_revoking_what_nobody_knows_is_said(url):
    admit(url, "a1-05", KEY)
    with pytest.raises(KeyRefusedError, match="knows no key of the room 'b2'"):
        revoke(url, "b2")


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "oracle://x/y"])
def test_a_malformed_database_address_is_said(url):
    with pytest.raises(DatabaseError):
        keys(url)


def test_a_database_that_cannot_be_written_is_said_with_its_cure(url, monkeypatch):
    admit(url, "a1-05", KEY)
    other = open_beside(url)
    monkeypatch.setattr("sync.hub.database.BUSY_MS", 10)
    with other.begin(), pytest.raises(DatabaseError, match="another program writes to it"):
        admit(url, "b2-01", KEY)
    other.dispose()
