"""From the bytes of a request to a message, refusing bombs and poison on the way."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sync.wire.messages import MAX_BATCH_BYTES, PROTO, Batch, ErrorReply

M = TypeVar("M", bound=BaseModel)

_SEQ_LIMIT = 1 << 53
_GZIP = 16 + zlib.MAX_WBITS


class RefusedError(Exception):
    """The room is told no; nothing was changed.

    Attributes:
        status: HTTP status.
        reply: what the room reads.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        expected_seq: int | None = None,
        server_epoch: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reply = ErrorReply(
            code=code, message=message, expected_seq=expected_seq, server_epoch=server_epoch
        )


@dataclass(frozen=True, slots=True)
class Poison:
    """An event that cannot be read as one, though its number can.

    Attributes:
        seq: its number.
        reason: what is wrong with it.
        content: as it came, as JSON text.
    """

    seq: int
    reason: str
    content: str


def unpack(body: bytes, encoding: str) -> bytes:
    """The body without its compression, at most 1 MiB and never more in memory.

    Raises:
        RefusedError: 413 too big, 415 another encoding, 422 broken.
    """
    if encoding in ("", "identity"):
        plain = body
    elif encoding == "gzip":
        plain = _gunzip(body)
    else:
        raise RefusedError(415, "encoding", "Send gzip or identity.")
    if len(plain) > MAX_BATCH_BYTES:
        raise RefusedError(413, "too_big", f"A message may have {MAX_BATCH_BYTES} bytes.")
    return plain


def read_message(kind: type[M], raw: bytes) -> M:
    """Parse a message.

    Raises:
        RefusedError: 422 with one sentence.
    """
    try:
        message = kind.model_validate_json(raw)
    except ValidationError as error:
        raise _malformed(error) from error
    _check_proto(message)
    return message


def read_batch(raw: bytes) -> tuple[Batch, tuple[Poison, ...]]:
    """A batch, and its events that cannot be read: they are set aside and the rest goes on.

    Raises:
        RefusedError: 422 when more than single events is wrong.
    """
    try:
        batch = Batch.model_validate_json(raw)
        poison: tuple[Poison, ...] = ()
    except ValidationError as error:
        batch, poison = _without_poison(raw, error)
    _check_proto(batch)
    _check_run(batch, poison)
    return batch, poison


def _gunzip(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(body, MAX_BATCH_BYTES + 1)
    except zlib.error as error:
        raise RefusedError(422, "malformed", "The body is not gzip.") from error
    if len(plain) <= MAX_BATCH_BYTES and (not unpacker.eof or unpacker.unused_data):
        raise RefusedError(422, "malformed", "The gzip body is cut off, or goes on after its end.")
    return plain


def _without_poison(raw: bytes, error: ValidationError) -> tuple[Batch, tuple[Poison, ...]]:
    reasons: dict[int, str] = {}
    for flaw in error.errors(include_url=False, include_input=False, include_context=False):
        match flaw["loc"]:
            case ("events", int(index), *rest):
                where = ".".join(str(part) for part in rest) or "it"
                reasons.setdefault(index, f"{where}: {flaw['msg']}")
            case _:
                raise _malformed(error) from error
    whole = json.loads(raw)
    poison = tuple(_poison(whole["events"][i], why, error) for i, why in reasons.items())
    whole["events"] = [e for i, e in enumerate(whole["events"]) if i not in reasons]
    try:
        return Batch.model_validate(whole), poison
    except ValidationError as again:
        raise _malformed(again) from again


def _poison(content: Any, reason: str, error: ValidationError) -> Poison:  # noqa: ANN401 - any JSON value
    seq = content.get("seq") if isinstance(content, dict) else None
    if isinstance(seq, bool) or not isinstance(seq, int) or not 1 <= seq < _SEQ_LIMIT:
        raise _malformed(error) from error
    return Poison(seq, reason, json.dumps(content)[:MAX_BATCH_BYTES])


def _check_run(batch: Batch, poison: Iterable[Poison]) -> None:
    own = [event.seq for event in batch.events]
    seqs = sorted([*own, *(p.seq for p in poison)])
    rising = all(a < b for a, b in pairwise(seqs)) and own == sorted(own)
    if not seqs or len(seqs) != batch.n:
        raise RefusedError(422, "malformed", f"The batch says n={batch.n} but has {len(seqs)}.")
    if not rising or seqs[0] < batch.first_seq or seqs[-1] > batch.last_seq:
        raise RefusedError(
            422, "malformed", "The events must rise in seq, from first_seq to last_seq."
        )
    if any(gap.last < gap.first for gap in batch.gaps):
        raise RefusedError(422, "malformed", "A gap must not end before it begins.")


def _check_proto(message: BaseModel) -> None:
    if getattr(message, "proto", PROTO) != PROTO:
        raise RefusedError(422, "proto", f"This hub speaks protocol {PROTO}; update the room.")


def _malformed(error: ValidationError) -> RefusedError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the body"
    return RefusedError(422, "malformed", f"{where} is wrong: {first['msg']}.")
