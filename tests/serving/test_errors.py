import pytest

from web.serving.errors import STATUS, sentence

PANEL = {"authorization": "Bearer panel", "content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "field", "says"),
    [
        (b"{}", 422, "value", "The field value is missing."),
        (b"{", 422, "body", "The body is not JSON (at character 1)."),
        (b"", 422, "body", "The field body is missing."),
        (b'{"value": "x"}', 422, "value", "The field value is wrong: Input should be a valid in"),
        (b'{"value": 101}', 422, "value", "less than or equal to 100."),
        (b'{"value": NaN}', 422, "value", "The field value is wrong"),
        (b'{"value": 1, "note": "\\ud800"}', 422, "body", "The body holds half a character."),
        (b'{"value": "\\u00e9"}', 422, "value", "The field value is wrong"),
        (b'{"\\u', 422, "body", "The body is not JSON"),
        (b'{"value": ' + b"9" * 900 + b"}", 422, "value", "The field value is wrong"),
        (b"[" * 200, 422, "body", "The body is not JSON"),
        (b'{"value": "\xff"}', 400, None, "The request could not be read."),
        (b"[]", 422, "body", "The field body is wrong"),
    ],
)
async def test_bad_bodies_get_one_sentence_that_names_the_field(http, body, status, field, says):
    answer = await http.post("/api/wish/a", content=body, headers={**PANEL, "idempotency-key": "k"})
    assert answer.status_code == status
    said = answer.json()
    assert says in said["message"]
    assert said["params"].get("field") == field


async def test_our_own_error_carries_its_params(http):
    headers = {**PANEL, "idempotency-key": "k"}
    answer = await http.post("/api/wish/busy", json={"value": 1}, headers=headers)
    assert answer.status_code == 503
    assert answer.json() == {"code": "busy", "message": "Later.", "params": {"after_s": 3}}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nothing", 404, "not_found"), ("DELETE", "/api/open", 405, "method_not_allowed")],
)
async def test_unknown_routes_answer_in_json(http, method, path, status, code):
    answer = await http.request(method, path, headers={**PANEL, "idempotency-key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_our_own_fault_is_said_without_its_inside(http):
    answer = await http.get("/api/fault")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "planted" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_validation_error_at_all_still_says_something():
    assert sentence([])[0] == "body"


def test_every_code_has_an_error_status():
    assert all(400 <= status <= 503 for status in STATUS.values())
