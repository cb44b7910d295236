"""Messages that came from the broker on their way to their handlers, in order for each filter."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

WAITING_MESSAGES = 1000


@dataclass(frozen=True, slots=True)
class MqttMessage:
    """One message as it came. `retain` = the broker kept it from before we listened."""

    topic: str
    payload: bytes
    retain: bool
    qos: int


Handler = Callable[[MqttMessage], Awaitable[None]]


class Delivery:
    """One message until each of its handlers has ended.

    `settle` is called once, with None when all took it, else with the first failure.
    """

    def __init__(
        self, message: MqttMessage, handlers: int, settle: Callable[[BaseException | None], None]
    ) -> None:
        self.message = message
        self._left = handlers
        self._failure: BaseException | None = None
        self._settle = settle

    def ended(self, failure: BaseException | None) -> None:
        """One handler has ended."""
        self._failure = self._failure or failure
        self._left -= 1
        if self._left == 0:
            self._settle(self._failure)


class Subscription:
    """A topic filter with its handler; hands over one message at a time."""

    def __init__(self, topic_filter: str, handler: Handler, qos: int) -> None:
        self.topic_filter = topic_filter
        self.qos = qos
        self._handler = handler
        self._waiting: deque[Delivery] = deque()
        self._task: asyncio.Task[None] | None = None

    def offer(self, delivery: Delivery) -> None:
        """Put a message in the queue; a full queue fails it at once."""
        if len(self._waiting) >= WAITING_MESSAGES:
            delivery.ended(OverflowError(f"{WAITING_MESSAGES} messages wait already"))
            return
        self._waiting.append(delivery)
        self._start_next()

    def stop(self) -> None:
        """Forget what waits and end what runs, unacknowledged."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    def _start_next(self) -> None:
        if self._task is None and self._waiting:
            delivery = self._waiting.popleft()
            self._task = asyncio.get_running_loop().create_task(self._call(delivery.message))
            self._task.add_done_callback(partial(self._ended, delivery))

    async def _call(self, message: MqttMessage) -> None:
        await self._handler(message)

    def _ended(self, delivery: Delivery, task: asyncio.Task[None]) -> None:
        self._task = None
        failure = asyncio.CancelledError() if task.cancelled() else task.exception()
        delivery.ended(failure)
        self._start_next()
