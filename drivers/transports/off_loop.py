"""Calls that may block for long, in threads that nobody waits for at the end.

A faulty adapter holds a call into its driver for half a minute (serialx#7, satpulse#37): neither
the loop nor the agent's end may wait for it, so these threads are none of the loop's executor.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def off_loop(call: Callable[[], T], name: str) -> "asyncio.Future[T]":
    """Run `call` in a thread of its own; the future has its result or what it raised."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 - it is given on, whatever it is
            _hand_over(loop, _fail, result, error)
        else:
            _hand_over(loop, _succeed, result, value)

    threading.Thread(target=work, name=name, daemon=True).start()
    return result


def _hand_over(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *given: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *given)


def _succeed(result: "asyncio.Future[T]", value: T) -> None:
    if not result.done():
        result.set_result(value)


def _fail(result: "asyncio.Future[T]", error: Exception) -> None:
    if not result.done():
        result.set_exception(error)
