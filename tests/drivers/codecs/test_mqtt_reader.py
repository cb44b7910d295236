import json

import pytest

from devices.errors import MalformedReplyError
from drivers.codecs.mqtt_reader import CardMessage, decode_card, encode_feedback


def test_cards():
    payload = b'{"uid": "04a1b2c3", "n": 7, "boot": "x1"}'
    assert decode_card(payload) == CardMessage("04A1B2C3", ("x1", 7))
    assert decode_card(b'{"uid": "04A1B2C3", "more": []}') == CardMessage("04A1B2C3")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"04A1B2C3",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 4000,
        b"9" * 4096,
        b'{"uid": "' + b"A" * 5000 + b'"}',
        b"{}",
        b'{"uid": 4}',
        b'{"uid": "04A1B"}',
        b'{"uid": "04A1"}',
        '{"uid": "ﬀﬀﬀﬀ"}'.encode(),
        b'{"uid": "04A1B2C3", "n": 7}',
        b'{"uid": "04A1B2C3", "boot": "x"}',
        b'{"uid": "04A1B2C3", "n": true, "boot": "x"}',
        b'{"uid": "04A1B2C3", "n": -1, "boot": "x"}',
        b'{"uid": "04A1B2C3", "n": 1.5, "boot": "x"}',
        b'{"uid": "04A1B2C3", "n": 9007199254740992, "boot": "x"}',
        b'{"uid": "04A1B2C3", "n": 1, "boot": "\\ud800"}',
        b'{"uid": "04A1B2C3", "n": 1, "boot": ""}',
    ],
)
def test_payloads_that_are_no_cards(payload):
    with pytest.raises(MalformedReplyError):
        decode_card(payload)


def test_feedback():
    told = encode_feedback({"tap_id": "0001-7", "outcome": "present", "n": 7})
    assert json.loads(told) == {"tap_id": "0001-7", "outcome": "present", "n": 7}
    assert json.loads(encode_feedback({"outcome": "refused"}))["tap_id"] is None
