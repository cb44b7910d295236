"""One owner per wire: takes turns, limits time, and cleans up so that answers match questions."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from devices.errors import DeviceError, MalformedReplyError, SilentError, UnreachableError
from drivers.codecs.framing import Framer, MalformedReply
from drivers.transports.transport import Transport

M = TypeVar("M")

_QUIET_TRIES = 5  # so many times the quiet may be waited for


@dataclass(frozen=True, slots=True)
class Limits:
    """Times of one family on one kind of wire.

    Attributes:
        answer_within_s: longest wait for one answer (and for a greeting).
        gap_s: shortest time from one answer to the next question.
        quiet_s: how a question without an answer is cleaned up. None: the wire is closed. Else it
            stays open and must be quiet for so long, from the failure on, before the next question;
            what comes until then is thrown away, and noise before an answer is skipped.
        idle_close_s: close the wire when nothing was asked for so long; None = never.
        hang_up_s: a connection lost sooner after an answer than this was hung up on; later it had
            merely been idle for too long.
    """

    answer_within_s: float
    gap_s: float = 0.0
    quiet_s: float | None = None
    idle_close_s: float | None = None
    hang_up_s: float = 2.0


class Session(Generic[M]):
    """Asks questions on one wire, one at a time.

    Whatever ends a question without its answer (time limit, loss, garbage, cancellation) also
    cleans the wire, so that a late answer never meets the next question. A question on a
    connection that turns out to be lost is asked once more on a new one, so questions must be
    safe to repeat.
    """

    def __init__(
        self,
        wire: Transport,
        new_framer: Callable[[], Framer[M]],
        limits: Limits,
        *,
        greet: Callable[[M], bytes] | None = None,
        hello: Callable[[], bytes] | None = None,
    ) -> None:
        """Own `wire`.

        Args:
            wire: opened at the first question.
            new_framer: makes an empty framer.
            limits: times.
            greet: for devices that speak first: takes the greeting, gives the bytes that go before
                the first question of the connection; may raise a DeviceError.
            hello: gives what we send first where the greeting is the answer to it.
        """
        self._wire = wire
        self._new_framer = new_framer
        self._framer = new_framer()
        self._messages: deque[M | MalformedReply] = deque()
        self._limits = limits
        self._greet = greet
        self._hello = hello
        self._prefix = b""
        self._turn = asyncio.Lock()
        self._answered_at: float | None = None
        self._quiet_from: float | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._hangs_up = False

    @property
    def is_open(self) -> bool:
        """Whether the next question would use a connection that already stands."""
        return self._wire.is_open

    @property
    def hangs_up(self) -> bool:
        """Whether this device was seen to end a connection after one answer."""
        return self._hangs_up

    @property
    def idle_s(self) -> float:
        """Seconds since the last answer; infinite before the first."""
        if self._answered_at is None:
            return float("inf")
        return asyncio.get_running_loop().time() - self._answered_at

    async def ask(
        self, question: bytes, is_answer: Callable[[M], bool], *, within_s: float | None = None
    ) -> M:
        """Send a question and wait for the first message that `is_answer` takes.

        Other messages are passed over.

        Args:
            question: its bytes.
            is_answer: whether a message answers it.
            within_s: longest wait; None = the usual.

        Raises:
            UnreachableError: the wire cannot be opened, or was lost.
            SilentError: nothing came in time.
            MalformedReplyError: what came is not of the protocol, or stopped half way.
        """
        limit_s = within_s or self._limits.answer_within_s
        async with self._turn:
            self._stop_idle_timer()
            reused, idle_s = self._wire.is_open, self.idle_s
            try:
                answer = await self._ask_once(question, is_answer, limit_s)
            except UnreachableError as loss:
                if not reused:
                    raise
                answer = await self._ask_again(question, is_answer, limit_s, loss)
                self._hangs_up = self._hangs_up or idle_s < self._limits.hang_up_s
            self._close_after(self._limits.idle_close_s)
            return answer

    async def _ask_again(
        self,
        question: bytes,
        is_answer: Callable[[M], bool],
        limit_s: float,
        loss: UnreachableError,
    ) -> M:
        try:
            return await self._ask_once(question, is_answer, limit_s)
        except DeviceError as error:
            error.went_out = error.went_out or loss.went_out
            raise

    async def _ask_once(self, question: bytes, is_answer: Callable[[M], bool], limit_s: float) -> M:
        answered = False
        try:
            await self._prepare()
            answer = await self._exchange(question, is_answer, limit_s)
            answered = True
        finally:
            if not answered:
                self._clean_up()
        self._answered_at = asyncio.get_running_loop().time()
        return answer

    def let_go(self, after_s: float) -> None:
        """Nothing more is to be asked for now: close the wire so long from now, unless it is."""
        if self._wire.is_open and not self._turn.locked():
            self._stop_idle_timer()
            self._close_after(after_s)

    def close(self) -> None:
        """Let go of the wire; the next question opens it again."""
        self._stop_idle_timer()
        self._forget_bytes()
        self._quiet_from = None
        self._wire.close()

    async def _prepare(self) -> None:
        if not self._wire.is_open:
            await self._connect()
        else:
            await self._wait_for_quiet()
            self._wire.discard()
            self._forget_bytes()
        if (gap_s := self._limits.gap_s - self.idle_s) > 0:
            await asyncio.sleep(gap_s)

    async def _connect(self) -> None:
        self._forget_bytes()
        await self._wire.open()
        self._quiet_from = None
        self._prefix = b""
        if self._hello is not None:
            await self._wire.write(self._hello())
        if self._greet is not None:
            limit_s = self._limits.answer_within_s
            self._prefix = self._greet(await self._within_limit(lambda _: True, limit_s))

    async def _exchange(self, question: bytes, is_answer: Callable[[M], bool], limit_s: float) -> M:
        prefix, self._prefix = self._prefix, b""
        await self._wire.write(prefix + question)
        try:
            return await self._within_limit(is_answer, limit_s)
        except DeviceError as error:
            error.went_out = True
            raise

    async def _within_limit(self, is_answer: Callable[[M], bool], limit_s: float) -> M:
        garbage: list[str] = []
        try:
            async with asyncio.timeout(limit_s):
                while not is_answer(message := await self._next_message(garbage)):
                    pass
                return message
        except TimeoutError as error:
            if garbage:
                raise MalformedReplyError(f"{self._wire} sent {garbage[0]}") from error
            if self._framer.pending:
                raise MalformedReplyError(f"{self._wire} sent half an answer") from error
            raise SilentError(f"{self._wire} did not answer within {limit_s:g} s") from error

    async def _next_message(self, garbage: list[str]) -> M:
        while True:
            while not self._messages:
                self._messages.extend(self._framer.feed(await self._wire.read()))
            message = self._messages.popleft()
            if not isinstance(message, MalformedReply):
                return message
            garbage.append(message.reason)
            if self._limits.quiet_s is None:
                raise MalformedReplyError(f"{self._wire} sent {message.reason}")

    async def _wait_for_quiet(self) -> None:
        if self._quiet_from is None:
            return
        quiet_s = self._limits.quiet_s or 0.0
        loop = asyncio.get_running_loop()
        until, give_up_at = self._quiet_from + quiet_s, loop.time() + _QUIET_TRIES * quiet_s
        self._wire.discard()
        while until < give_up_at:
            try:
                async with asyncio.timeout_at(until):
                    await self._wire.read()
            except TimeoutError:
                self._quiet_from = None
                return
            until = loop.time() + quiet_s
        raise MalformedReplyError(f"{self._wire} never falls quiet")

    def _clean_up(self) -> None:
        self._forget_bytes()
        if self._limits.quiet_s is None:
            self._wire.close()
            return
        self._quiet_from = asyncio.get_running_loop().time()

    def _forget_bytes(self) -> None:
        self._framer = self._new_framer()
        self._messages.clear()

    def _close_after(self, idle_s: float | None) -> None:
        if idle_s is not None:
            self._idle = asyncio.get_running_loop().call_later(idle_s, self.close)

    def _stop_idle_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
