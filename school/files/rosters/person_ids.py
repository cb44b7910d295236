"""Ids of people that an import makes: the same each time, and not to be turned back into a code."""

import hmac
from hashlib import sha256
from uuid import UUID

from school.records import PersonKind

_KINDS = {PersonKind.PUPIL: "pupil", PersonKind.STAFF: "staff"}


def coded_id(card_key: str, kind: PersonKind, code: str) -> str:
    """The id of a person with a code (of staff without one: with a name)."""
    return _keyed(card_key, f"{_KINDS[kind]}\0{code}")


def named_id(card_key: str, class_key: str, name: str, birth: object) -> str:
    """The id of a pupil without a code."""
    return _keyed(card_key, f"pupil by name\0{class_key}\0{name}\0{birth}")


def free_id(wanted: str, taken: set[str]) -> str:
    """The id, or where it is taken the next one that is not; it is taken from then on."""
    key, n = wanted, 1
    while key in taken:
        key, n = _uuid(sha256(f"{wanted}\0{n}".encode()).digest()), n + 1
    taken.add(key)
    return key


def _keyed(card_key: str, text: str) -> str:
    return _uuid(hmac.new(bytes.fromhex(card_key), text.encode(), sha256).digest())


def _uuid(digest: bytes) -> str:
    return str(UUID(bytes=digest[:16], version=4))
