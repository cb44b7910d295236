"""The same request twice has one effect: answers are remembered by `Idempotency-Key`."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.types import Message, Receive, Scope, Send

from web.serving.errors import ApiError

HEADER = b"idempotency-key"
KEEP_S = 24 * 3600.0
_FORGOTTEN = frozenset({401, 403, 408, 429})  # who repeats these shall be judged anew

Handle = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class _Answer:
    fingerprint: bytes
    until_s: float
    messages: list[Message] = field(default_factory=list)
    size: int = 0
    done: "asyncio.Future[bool] | None" = None  # None once the answer is whole


class AnswerMemory:
    """Answers to unsafe requests, kept in memory for a day.

    Args:
        now_s: monotonic seconds.
        limit: most answers kept; the oldest is dropped for a new one.
        byte_limit: most bytes of answers kept.
    """

    def __init__(
        self, now_s: Callable[[], float], *, limit: int = 4096, byte_limit: int = 16 << 20
    ) -> None:
        self._now_s = now_s
        self._limit = limit
        self._byte_limit = byte_limit
        self._answers: OrderedDict[tuple[str, str], _Answer] = OrderedDict()
        self._bytes = 0

    async def answer(
        self, caller: str, handle: Handle, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer from memory, or let `handle` answer and remember that.

        The guard has put the body into `scope["lophoc.body"]`.

        Raises:
            ApiError: `key_missing`, `key_malformed`, or `key_reused` for another request.
        """
        name = (caller, key_of(scope))
        fingerprint = _fingerprint(scope)
        while (known := self._known(name)) is not None:
            if known.fingerprint != fingerprint:
                raise ApiError("key_reused", "This Idempotency-Key was used for another request.")
            if known.done is None:
                await _replay(known, send)
                return
            await asyncio.shield(known.done)
        await self._remember(name, fingerprint, handle, (scope, receive, send))

    def _known(self, name: tuple[str, str]) -> _Answer | None:
        now_s = self._now_s()
        while self._answers and next(iter(self._answers.values())).until_s <= now_s:
            self._drop(next(iter(self._answers)))
        return self._answers.get(name)

    async def _remember(
        self,
        name: tuple[str, str],
        fingerprint: bytes,
        handle: Handle,
        request: tuple[Scope, Receive, Send],
    ) -> None:
        scope, receive, send = request
        done = asyncio.get_running_loop().create_future()
        answer = _Answer(fingerprint, self._now_s() + KEEP_S, done=done)
        self._answers[name] = answer

        async def record(message: Message) -> None:
            answer.messages.append(message)
            answer.size += len(message.get("body", b""))
            await send(message)

        try:
            await handle(scope, receive, record)
        finally:
            self._settle(name, answer)
            done.set_result(True)

    def _settle(self, name: tuple[str, str], answer: _Answer) -> None:
        answer.done = None
        self._bytes += answer.size
        if not _worth_keeping(answer):
            self._drop(name)
        while len(self._answers) > self._limit or self._bytes > self._byte_limit:
            oldest = next((key for key, a in self._answers.items() if a.done is None), None)
            if oldest is None:
                return
            self._drop(oldest)

    def _drop(self, name: tuple[str, str]) -> None:
        answer = self._answers.pop(name, None)
        if answer is not None and answer.done is None:
            self._bytes -= answer.size


def key_of(scope: Scope) -> str:
    """The request's `Idempotency-Key`.

    Raises:
        ApiError: `key_missing` or `key_malformed`.
    """
    values = [value for header, value in scope["headers"] if header == HEADER]
    if not values:
        raise ApiError(
            "key_missing",
            "Send an Idempotency-Key header, or with a device command its command_id.",
        )
    text: str = values[0].decode("latin-1")
    if len(values) > 1 or not 1 <= len(text) <= 128 or not (text.isascii() and text.isprintable()):
        raise ApiError("key_malformed", "Idempotency-Key is one value of 1 to 128 visible signs.")
    return text


def _fingerprint(scope: Scope) -> bytes:
    head = f"{scope['method']}\n{scope['path']}\n".encode("utf-8", "surrogatepass")
    body: bytes = scope.get("lophoc.body", b"")
    return hashlib.sha256(head + scope["query_string"] + b"\n" + body).digest()


def _worth_keeping(answer: _Answer) -> bool:
    if not answer.messages or answer.messages[-1].get("more_body", False):
        return False
    status: int = answer.messages[0].get("status", 500)
    return status < 500 and status not in _FORGOTTEN


async def _replay(answer: _Answer, send: Send) -> None:
    first, *rest = answer.messages
    headers = [*first.get("headers", []), (b"idempotency-replayed", b"true")]
    await send({**first, "headers": headers})
    for message in rest:
        await send(message)
