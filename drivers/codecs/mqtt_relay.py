"""Our own MQTT relays (screen, buzzer, plain relay): payloads to messages and back.

Source: protocol notes §6.1, and the topic table in `docs/add-a-driver.md`.
"""

from devices.errors import MalformedReplyError
from drivers.codecs.json_object import decode_object, encode_object

_WORD_SIGNS = 32


def encode_set(command_id: str, value: str, expires_in_ms: int) -> bytes:
    """A wish; the device drops one that it has seen or that waited longer than its time."""
    return encode_object({"id": command_id, "value": value, "expires_in_ms": expires_in_ms})


def decode_state(payload: bytes) -> str:
    """The value in `{"value": "down"}`: one lower-case word.

    Raises:
        MalformedReplyError: it is anything else, or longer than 4 KiB.
    """
    value = decode_object(payload).get("value")
    if not isinstance(value, str) or len(value) > _WORD_SIGNS or not _is_word(value):
        raise MalformedReplyError('"value" must be one lower-case word')
    return value


def _is_word(value: str) -> bool:
    return value.isascii() and value.islower() and value.replace("_", "").isalpha()


def decode_online(payload: bytes) -> bool:
    """The status topic: `online` or `offline`.

    Raises:
        MalformedReplyError: it is neither.
    """
    states = {b"online": True, b"offline": False}
    if payload not in states:
        raise MalformedReplyError("a status that is neither online nor offline")
    return states[payload]
