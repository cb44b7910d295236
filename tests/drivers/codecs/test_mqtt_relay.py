import json

import pytest

from devices.errors import MalformedReplyError
from drivers.codecs.mqtt_relay import decode_online, decode_state, encode_set


def test_a_wish():
    wish = json.loads(encode_set("k-1", "down", 5000))
    assert wish == {"id": "k-1", "value": "down", "expires_in_ms": 5000}


def test_what_the_device_says():
    assert decode_state(b'{"value": "moving"}') == "moving"
    assert decode_online(b"online") is True
    assert decode_online(b"offline") is False


@pytest.mark.parametrize(
    "payload",
    [b"", b"down", b"{}", b'{"value": 1}', b'{"value": ""}', b'{"value": "DOWN"}', b"[" * 4000,
     b'{"value": "' + b"d" * 33 + b'"}', '{"value": "ſ"}'.encode()],
)  # fmt: skip
def test_payloads_that_are_no_state(payload):
    with pytest.raises(MalformedReplyError):
        decode_state(payload)


@pytest.mark.parametrize("payload", [b"", b"Online", b"online\n", b"\xff"])
def test_payloads_that_are_no_status(payload):
    with pytest.raises(MalformedReplyError):
        decode_online(payload)
