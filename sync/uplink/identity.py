"""The room's own key, and the numbers that make each of its requests unique."""

import base64
import hashlib
import itertools
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.state.whole_file import write_whole
from sync.uplink.ports import CannotConnectError, Trouble
from sync.wire.signature import SignedRequest, sign


class KeyFileError(CannotConnectError):
    """The key file cannot be used; the text says where and how to mend it."""

    trouble = Trouble.OWN_KEY_UNUSABLE


def load_or_make_key(path: Path) -> Ed25519PrivateKey:
    """The room's private key; made at first use, readable by its owner alone.

    Raises:
        KeyFileError: the file is there but holds no Ed25519 key, or cannot be read or made.
    """
    try:
        return _load(path)
    except FileNotFoundError:
        _make(path)
        return _load(path)


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as the hub is told it: base64 of its 32 bytes."""
    return base64.b64encode(_public_bytes(key)).decode()


def key_id(agent: str, key: Ed25519PrivateKey) -> str:
    """What the hub knows the key by: agent id, a dot, 8 hex digits of the public half's SHA-256."""
    return f"{agent}.{hashlib.sha256(_public_bytes(key)).hexdigest()[:8]}"


def start_id(boot: str, chance: int) -> str:
    """Names one process start: the kernel boot id and a random 64-bit number."""
    return f"{boot}.{chance:016x}"


class Signer:
    """Signs requests; its counter lives in memory, the start id makes it unique.

    Args:
        agent: agent id, the room's.
        key: the room's private key.
        start: from `start_id`.
    """

    def __init__(self, agent: str, key: Ed25519PrivateKey, start: str) -> None:
        self._key = key
        self._key_id = key_id(agent, key)
        self._start = start
        self._counter = itertools.count(1)

    def headers(self, request: SignedRequest) -> dict[str, str]:
        """Headers that prove this request is ours; each call uses up a number."""
        return sign(request, self._key, self._key_id, self._start, next(self._counter))


def _load(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyFileError(
            f"{path} cannot be read ({error.strerror}): it must belong to the agent's own user"
        ) from error
    except (ValueError, TypeError) as error:
        raise KeyFileError(
            f"{path} holds no usable key: put the room's key back from its backup, or "
            "move the file away and admit the room at the hub anew"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds a key of another kind; an Ed25519 key is needed")
    return key


def _make(path: Path) -> None:
    """Write a new key so that a power cut leaves either no file or a whole one."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        write_whole(path, pem)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be made: {error}") from error


def _public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
