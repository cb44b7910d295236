"""The room's own key, and the numbers that make each of its requests unique.

The key's file is PKCS #8 in PEM as RFC 8410 §7 has it for Ed25519, where all but the key itself is
fixed: to read that here spares each room the 1 MiB of `cryptography`'s readers of every format.
"""

import base64
import hashlib
import itertools
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.state.whole_file import write_whole
from sync.uplink.ports import CannotConnectError, Trouble
from sync.wire.signature import SignedRequest, sign

_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the 32 bytes of the key: version 0, id-Ed25519, an octet string in another."""

_BEGIN, _END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


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
        return Ed25519PrivateKey.from_private_bytes(_key_in(path.read_text("ascii")))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyFileError(
            f"{path} cannot be read ({error.strerror}): it must belong to the agent's own user"
        ) from error
    except ValueError as error:
        raise KeyFileError(
            f"{path} holds no usable Ed25519 key: put the room's key back from its backup, or "
            "move the file away and admit the room at the hub anew"
        ) from error


def _key_in(pem: str) -> bytes:
    """The 32 bytes of the key; ValueError where the text is no Ed25519 key in PEM."""
    begin, *body, end = pem.strip().splitlines()
    der = base64.b64decode("".join(body), validate=True)
    if (begin, end, der[: len(_PKCS8_ED25519)]) != (_BEGIN, _END, _PKCS8_ED25519):
        raise ValueError("not PKCS #8 of an Ed25519 key in PEM")
    return der[len(_PKCS8_ED25519) :]


def _make(path: Path) -> None:
    """Write a new key so that a power cut leaves either no file or a whole one."""
    der = _PKCS8_ED25519 + Ed25519PrivateKey.generate().private_bytes_raw()
    pem = f"{_BEGIN}\n{base64.b64encode(der).decode()}\n{_END}\n"
    try:
        write_whole(path, pem.encode())
    except OSError as error:
        raise KeyFileError(f"{path} cannot be made: {error}") from error


def _public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
