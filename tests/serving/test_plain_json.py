"""Bodies read in one step are told of like any others."""

import pytest

PANEL = {"authorization": "Bearer panel", "content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        (b"{}", "value", "The field value is missing."),
        (b"{", "body", "The body is not JSON (EOF while parsing an object at line 1 column 1)."),
        (b"", "body", "The body is not JSON (EOF while parsing a value at line 1 column 0)."),
        (b'{"value": "x"}', "value", "The field value is wrong: Input should be a valid in"),
        (b'{"value": 101}', "value", "less than or equal to 100."),
        (b'{"value": NaN}', "value", "The field value is wrong"),
        (b'{"value": 1, "note": "\\ud800"}', "body", "The body holds half a character."),
        (b'{"value": ' + b"9" * 900 + b"}", "value", "The field value is wrong"),
        (b"[" * 300, "body", "The body is not JSON"),
        (b'{"value": "\xff"}', "body", "The body is not JSON"),
        (b"[]", "body", "The field body is wrong"),
    ],
)
async def test_bad_bodies_get_one_sentence_that_names_the_field(http, body, field, says):
    answer = await http.post("/api/quick", content=body, headers={**PANEL, "idempotency-key": "k"})
    assert answer.status_code == 422
    said = answer.json()
    assert says in said["message"]
    assert (said["code"], said["params"]) == ("malformed", {"field": field})


async def test_the_answer_is_json_with_its_own_status(http):
    headers = {**PANEL, "idempotency-key": "k"}
    answer = await http.post("/api/quick", json={"value": 7}, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"value": 7, "key": "k"})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("key", "code"), [({}, "key_missing"), ({"idempotency-key": "k" * 129}, "key_malformed")]
)
async def test_a_key_is_one_short_value(http, key, code):
    answer = await http.post("/api/quick", json={"value": 7}, headers={**PANEL, **key})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
