"""A request is ours only whole: any changed part, number or key breaks the signature."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync.wire.signature import (
    COUNTER_HEADER,
    KEY_HEADER,
    START_HEADER,
    BadSignatureError,
    SignedRequest,
    read_proof,
    sign,
    verify,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
REQUEST = SignedRequest("POST", "/v1/agents/a1-05/batches?x=1", "hub:8443", b"body")
HEADERS = sign(REQUEST, KEY, "a1-05.0011aabb", "boot.0000000000000001", 7)


def test_the_signed_text_is_the_documented_one() -> None:
    text = REQUEST.text("key", "start", 7).decode().split("\n")
    assert text[:7] == [
        "lophoc1",
        "POST",
        "/v1/agents/a1-05/batches?x=1",
        "hub:8443",
        "key",
        "start",
        "7",
    ]
    assert text[7] == "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"
    assert len(text) == 8


def test_what_was_signed_verifies() -> None:
    proof = read_proof(HEADERS)
    assert (proof.key_id, proof.start_id, proof.counter) == (
        "a1-05.0011aabb",
        "boot.0000000000000001",
        7,
    )
    verify(REQUEST, proof, KEY.public_key())


@pytest.mark.parametrize(
    "changed",
    [
        replace(REQUEST, method="PUT"),
        replace(REQUEST, target="/v1/agents/a1-06/batches?x=1"),
        replace(REQUEST, target="/v1/agents/a1-05/batches"),
        replace(REQUEST, host="hub:8444"),
        replace(REQUEST, body=b"bodY"),
        replace(REQUEST, body=b""),
    ],
    ids=str,
)
def test_a_changed_request_is_refused(changed: SignedRequest) -> None:
    with pytest.raises(BadSignatureError, match="does not fit"):
        verify(changed, read_proof(HEADERS), KEY.public_key())


@pytest.mark.parametrize(
    "change", [{KEY_HEADER: "a1-06.x"}, {START_HEADER: "boot.2"}, {COUNTER_HEADER: "8"}], ids=str
)
def test_a_changed_proof_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadSignatureError, match="does not fit"):
        verify(REQUEST, read_proof({**HEADERS, **change}), KEY.public_key())


def test_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    with pytest.raises(BadSignatureError, match="does not fit"):
        verify(REQUEST, read_proof(HEADERS), other)


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_missing_header_is_named(name: str) -> None:
    rest = {key: value for key, value in HEADERS.items() if key != name}
    with pytest.raises(BadSignatureError, match=name):
        read_proof(rest)


@given(st.dictionaries(st.sampled_from(sorted(HEADERS)), st.text(max_size=30)))
def test_any_headers_are_a_proof_or_refused(changes: dict[str, str]) -> None:
    try:
        proof = read_proof({**HEADERS, **changes})
        verify(REQUEST, proof, KEY.public_key())
    except BadSignatureError:
        return
    said = {KEY_HEADER: proof.key_id, START_HEADER: proof.start_id}
    assert {**HEADERS, **said} == HEADERS
    assert proof.counter == 7
