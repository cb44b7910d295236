"""The room's key is made once, whole or not at all, and for its owner alone."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519

from sync.uplink.identity import (
    KeyFileError,
    Signer,
    key_id,
    load_or_make_key,
    public_text,
    start_id,
)
from sync.wire.signature import SignedRequest, read_proof, verify


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "room.key"
    first, second = load_or_make_key(path), load_or_make_key(path)
    assert public_text(first) == public_text(second)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["room.key"]


def test_a_half_written_draft_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "room.key.new").write_bytes(b"half")
    load_or_make_key(tmp_path / "room.key")
    assert [file.name for file in tmp_path.iterdir()] == ["room.key"]


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def test_the_file_is_what_other_programs_write_and_read(tmp_path: Path) -> None:
    path = tmp_path / "room.key"
    made = load_or_make_key(path)
    read = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert path.read_bytes() == pem(made) == pem(read)
    path.write_bytes(pem(ed25519.Ed25519PrivateKey.generate()).replace(b"\n", b"\r\n") + b"\n")
    other = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert pem(load_or_make_key(path)) == pem(other)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        b"\xff" * 100,
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(x25519.X25519PrivateKey.generate()),
        pem(ed25519.Ed25519PrivateKey.generate())[:60],
        pem(ed25519.Ed25519PrivateKey.generate()).replace(b"\n-----END", b"AAAA\n-----END"),
    ],
    ids=["empty", "garbage", "no text", "elliptic curve", "x25519", "cut", "too long"],
)
def test_a_file_that_is_no_key_is_named_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "room.key"
    path.write_bytes(content)
    with pytest.raises(KeyFileError, match=r"room\.key holds no usable Ed25519 key"):
        load_or_make_key(path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be made"):
        load_or_make_key(tmp_path / "nowhere" / "room.key")


def test_each_request_uses_up_a_number(tmp_path: Path) -> None:
    key = load_or_make_key(tmp_path / "room.key")
    signer = Signer("a1-05", key, start_id("b0" * 16, 5))
    request = SignedRequest("POST", "/v1/x", "hub:1", b"body")
    proofs = [read_proof(signer.headers(request)) for _ in range(3)]
    assert [proof.counter for proof in proofs] == [1, 2, 3]
    assert {proof.start_id for proof in proofs} == {f"{'b0' * 16}.0000000000000005"}
    assert {proof.key_id for proof in proofs} == {key_id("a1-05", key)}
    for proof in proofs:
        verify(request, proof, key.public_key())
