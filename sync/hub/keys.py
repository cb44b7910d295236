"""Which room may send: public keys, their state, and the counters that were used already."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from sync.hub.database import (
    DatabaseError,
    insert_new,
    migrate,
    open_beside,
    open_writer,
    refusal,
    sqlite_path,
)
from sync.hub.tables import ACTIVE, REVOKED, agent, agent_key, start_counter
from sync.wire.signature import BadSignatureError, Proof, SignedRequest, verify

T = TypeVar("T")

WINDOW = 62  # counters below the highest that may still come, because lanes send side by side
_AGENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class KeyRefusedError(Exception):
    """A key cannot be admitted or revoked: what is wrong, in one sentence."""


@dataclass(frozen=True, slots=True)
class RoomKey:
    """One key of one room.

    Attributes:
        key_id: agent id, a dot, 8 hex digits.
        agent_id: the room.
        status: `active` or `revoked`.
        admitted_ms: Unix milliseconds; 0 = not known.
    """

    key_id: str
    agent_id: str
    status: str
    admitted_ms: int


def admit(database_url: str, agent_id: str, public_text: str, *, at_ms: int = 0) -> str:
    """Let a room send; a new key of a known room replaces its old ones. Returns the key id.

    May be called beside a running hub, and before its first start.

    Args:
        database_url: the hub's database.
        agent_id: the room's id.
        public_text: base64 of the 32 bytes of its Ed25519 public key.
        at_ms: Unix milliseconds, for the list of keys.

    Raises:
        KeyRefusedError: the id or the key is malformed, or the key was revoked before.
        DatabaseError: the database cannot be used.
    """
    if not _AGENT.fullmatch(agent_id):
        raise KeyRefusedError(f"{agent_id!r} is not a room id; use letters, digits, dot, dash.")
    raw = _raw_key(public_text)
    key_id = f"{agent_id}.{hashlib.sha256(raw).hexdigest()[:8]}"
    text = base64.b64encode(raw).decode()
    _beside(database_url, lambda connection: _admit(connection, agent_id, key_id, text, at_ms))
    return key_id


def revoke(database_url: str, agent_id: str) -> None:
    """Refuse everything that the room's keys sign from now on.

    Raises:
        KeyRefusedError: the hub knows no key of that room.
        DatabaseError: the database cannot be used.
    """

    def change(connection: Connection) -> int:
        wanted = update(agent_key).where(agent_key.c.agent_id == agent_id)
        return connection.execute(wanted.values(status=REVOKED)).rowcount

    if not _beside(database_url, change):
        raise KeyRefusedError(f"this hub knows no key of the room {agent_id!r}.")


def keys(database_url: str) -> tuple[RoomKey, ...]:
    """All keys, by room.

    Raises:
        DatabaseError: the database cannot be used.
    """
    columns = (agent_key.c.key_id, agent_key.c.agent_id, agent_key.c.status)
    wanted = select(*columns, agent_key.c.admitted_ms).order_by(agent_key.c.key_id)
    return _beside(database_url, lambda c: tuple(RoomKey(*row) for row in c.execute(wanted)))


def authenticate(connection: Connection, request: SignedRequest, proof: Proof) -> str:
    """The room that signed this request.

    Raises:
        BadSignatureError: unknown or revoked key, or not signed by it.
    """
    columns = (agent_key.c.agent_id, agent_key.c.public_key, agent_key.c.status)
    found = connection.execute(select(*columns).where(agent_key.c.key_id == proof.key_id)).first()
    if found is None:
        raise BadSignatureError("this hub does not know the key", "key_unknown")
    agent_id, public_text, status = found
    if status != ACTIVE:
        raise BadSignatureError("the key was revoked", "key_revoked")
    verify(request, proof, Ed25519PublicKey.from_public_bytes(base64.b64decode(public_text)))
    return str(agent_id)


def use_counter(connection: Connection, proof: Proof) -> None:
    """Take the request's counter, once, in the transaction that does its work.

    Raises:
        BadSignatureError: it was used before, or is older than the last 62.
    """
    if not 1 <= len(proof.start_id) <= 128 or not 0 <= proof.counter < 1 << 53:
        raise BadSignatureError("start id or counter is out of range")
    key = {"key_id": proof.key_id, "start_id": proof.start_id}
    insert_new(connection, start_counter, [{**key, "highest": -1, "seen": 0}])
    mine = (start_counter.c.key_id == proof.key_id) & (start_counter.c.start_id == proof.start_id)
    wanted = select(start_counter.c.highest, start_counter.c.seen).where(mine).with_for_update()
    highest, seen = connection.execute(wanted).one()
    after = _counted(highest, seen, proof.counter)
    connection.execute(update(start_counter).where(mine).values(highest=after[0], seen=after[1]))


def _counted(highest: int, seen: int, counter: int) -> tuple[int, int]:
    behind = highest - counter
    if behind < 0:
        moved = (seen << -behind) & ((1 << WINDOW) - 1) if -behind < WINDOW else 0
        return counter, moved | 1
    if behind >= WINDOW or seen >> behind & 1:
        raise BadSignatureError("the request was sent before")
    return highest, seen | 1 << behind


def _admit(connection: Connection, agent_id: str, key_id: str, text: str, at_ms: int) -> None:
    insert_new(connection, agent, [{"id": agent_id}])
    wanted = select(agent_key.c.status, agent_key.c.public_key)
    known = connection.execute(wanted.where(agent_key.c.key_id == key_id)).first()
    if known is not None:
        if (known.status, known.public_key) != (ACTIVE, text):
            raise KeyRefusedError(f"the key {key_id} was revoked; make a new one in the room.")
        return
    others = update(agent_key).where(agent_key.c.agent_id == agent_id)
    connection.execute(others.values(status=REVOKED))
    row = {"key_id": key_id, "agent_id": agent_id, "public_key": text}
    connection.execute(insert(agent_key), {**row, "status": ACTIVE, "admitted_ms": at_ms})


def _raw_key(public_text: str) -> bytes:
    try:
        raw = base64.b64decode(public_text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyRefusedError("the public key is not base64; copy it whole.") from error
    if len(raw) != 32:
        raise KeyRefusedError(f"an Ed25519 public key has 32 bytes, this one {len(raw)}.")
    return raw


def _beside(database_url: str, work: Callable[[Connection], T]) -> T:
    path = sqlite_path(database_url)
    made = path is None or path.exists()
    engine = open_beside(database_url) if made else open_writer(database_url)
    try:
        migrate(engine)
        with engine.begin() as connection:
            return work(connection)
    except SQLAlchemyError as error:
        raise DatabaseError(refusal(engine, error)) from error
    finally:
        engine.dispose()
