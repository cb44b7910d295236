"""JSON objects in MQTT payloads, whatever bytes come."""

import json

from devices.errors import MalformedReplyError

PAYLOAD_BYTES = 4096


def decode_object(payload: bytes) -> dict[str, object]:
    """Read a JSON object of at most 4 KiB.

    Raises:
        MalformedReplyError: it is not one.
    """
    if len(payload) > PAYLOAD_BYTES:
        raise MalformedReplyError(f"a payload of {len(payload)} bytes; {PAYLOAD_BYTES} is the most")
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MalformedReplyError("a payload that is not JSON") from error
    if not isinstance(fields, dict):
        raise MalformedReplyError("a payload that is not a JSON object")
    return fields


def encode_object(fields: dict[str, str | int | bool | None]) -> bytes:
    """Compact UTF-8 JSON with sorted keys."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
