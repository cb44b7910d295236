"""Card numbers: one canonical form, a keyed hash for keeping, the last signs for people.

Source: domain reference §3.6; design §5. Canonical = upper-case hex of the bytes in the order in
which the chip sends them.
"""

import hashlib
import hmac
import re

_HEX = re.compile(r"(?:[0-9A-F]{2}){3,10}")
_SEPARATORS = re.compile(r"[\s:\-]")
BYTES_OF = {"em4100": (5,), "mifare": (4, 7, 10)}
"""Lengths in bytes of the technologies whose numbers we know."""


def canonical_uid(text: str, technology: str = "") -> str:
    """Upper-case hex without separators.

    Raises:
        ValueError: not hex, or not a length of this technology; the message says which.
    """
    uid = _SEPARATORS.sub("", text).upper()
    if not _HEX.fullmatch(uid):
        raise ValueError(f"{text!r} is not a card number; write 3 to 10 bytes as hex digits")
    lengths = BYTES_OF.get(technology)
    if lengths and len(uid) // 2 not in lengths:
        wanted = " or ".join(str(n) for n in lengths)
        raise ValueError(f"{text!r} has {len(uid) // 2} bytes; a {technology} card has {wanted}")
    return uid


def uid_hash(card_key: bytes, technology: str, uid: str) -> str:
    """HMAC-SHA256 of technology, a zero byte and the number's bytes; first 16 bytes as hex."""
    message = technology.encode() + b"\0" + bytes.fromhex(uid)
    return hmac.new(card_key, message, hashlib.sha256).digest()[:16].hex()


def last4(uid: str) -> str:
    """The last four signs, by which a person tells an unknown card."""
    return uid[-4:]


def is_random_uid(technology: str, uid: str) -> bool:
    """Whether a phone or identity chip made this number up for one touch: it must not be bound.

    A 4-byte number that starts with 08 is random by ISO/IEC 14443-3.
    """
    return technology != "em4100" and len(uid) == 8 and uid.startswith("08")
