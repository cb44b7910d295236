"""Signed requests: each room has its own Ed25519 key, the hub knows the public half.

Source: design §9 (signed text). The start id is the kernel boot id plus a random number for each
process start, so a killed agent never uses a counter again.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_HEADER = "lophoc-key"
START_HEADER = "lophoc-start"
COUNTER_HEADER = "lophoc-counter"
SIGNATURE_HEADER = "lophoc-signature"


class BadSignatureError(Exception):
    """The request is not signed by the key it names; the text says what is wrong.

    Attributes:
        code: `unsigned`, or what the room can tell its people: `key_unknown`, `key_revoked`.
    """

    def __init__(self, text: str, code: str = "unsigned") -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request that its signature covers.

    Attributes:
        method: upper case.
        target: path with its query, as sent.
        host: the Host header, as sent.
        body: the body as sent, after compression.
    """

    method: str
    target: str
    host: str
    body: bytes

    def text(self, key_id: str, start_id: str, counter: int) -> bytes:
        """The signed text."""
        digest = hashlib.sha256(self.body).hexdigest()
        head = f"lophoc1\n{self.method}\n{self.target}\n{self.host}\n"
        return f"{head}{key_id}\n{start_id}\n{counter}\n{digest}".encode()


@dataclass(frozen=True, slots=True)
class Proof:
    """What the headers of a signed request say."""

    key_id: str
    start_id: str
    counter: int
    signature: bytes


def sign(
    request: SignedRequest, key: Ed25519PrivateKey, key_id: str, start_id: str, counter: int
) -> dict[str, str]:
    """Headers that prove the request is ours."""
    signature = key.sign(request.text(key_id, start_id, counter))
    return {
        KEY_HEADER: key_id,
        START_HEADER: start_id,
        COUNTER_HEADER: str(counter),
        SIGNATURE_HEADER: base64.b64encode(signature).decode(),
    }


def read_proof(headers: Mapping[str, str]) -> Proof:
    """The proof in a request's headers (names in lower case).

    Raises:
        BadSignatureError: a header is missing or malformed.
    """
    try:
        counter = headers[COUNTER_HEADER]
        if not (counter.isascii() and counter.isdigit() and len(counter) < 19):
            raise BadSignatureError(f"{COUNTER_HEADER} is not a number")
        signature = base64.b64decode(headers[SIGNATURE_HEADER], validate=True)
        return Proof(headers[KEY_HEADER], headers[START_HEADER], int(counter), signature)
    except KeyError as error:
        raise BadSignatureError(f"the request has no header {error.args[0]}") from error
    except ValueError as error:
        raise BadSignatureError(f"{SIGNATURE_HEADER} is not base64") from error


def verify(request: SignedRequest, proof: Proof, public_key: Ed25519PublicKey) -> None:
    """Check one signature; replay is the caller's to judge by (start id, counter).

    Raises:
        BadSignatureError: it was not made by this key for this request.
    """
    text = request.text(proof.key_id, proof.start_id, proof.counter)
    try:
        public_key.verify(proof.signature, text)
    except InvalidSignature as error:
        raise BadSignatureError("the signature does not fit the request") from error
