"""A line on stderr that says what is being done: in a terminal alone, when it takes long."""

import sys
import time
from contextlib import AbstractContextManager
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from edge.cli.say import say

if TYPE_CHECKING:
    from rich.status import Status
    from rich.text import Text

SHOW_AFTER_S = 1.0
_PAUSE_S = 0.2


class Progress(AbstractContextManager["Progress"]):
    """Says the step that is running, from a while after the start until the end.

    Args:
        stream: where to; stderr by default.
        after_s: work that is done before is never spoken of.
    """

    def __init__(self, stream: TextIO | None = None, after_s: float = SHOW_AFTER_S) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._timer = Timer(after_s, self._show)
        self._timer.daemon = True
        self._turn = Lock()
        self._text = ""
        self._status: Status | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        """Begin; in a terminal the line may appear from now on."""
        if self._stream.isatty():
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the line away, whatever has happened."""
        self._timer.cancel()
        with self._turn:
            self._is_over = True
            if self._status is not None:
                self._status.stop()

    def step(self, text: str) -> None:
        """What is done from now on."""
        with self._turn:
            self._text = text
            if self._status is not None:
                self._status.update(_plain(text))

    def _show(self) -> None:
        from rich.console import Console

        with self._turn:
            if not self._is_over:
                self._status = Console(file=self._stream).status(_plain(self._text))
                self._status.start()


class Counter:
    """Says how many of a number of things are done.

    Args:
        progress: the line to say it on.
        what: the things; a word of `cli.export.what`.
        total: how many there are.
    """

    def __init__(self, progress: Progress, what: str, total: int) -> None:
        self._progress = progress
        self._what = say(f"cli.export.what.{what}")
        self._total = total
        self._done = 0
        self._next = 0.0

    def one_more(self) -> None:
        """One more is done."""
        self.now_at(self._done + 1)

    def now_at(self, done: int) -> None:
        """So many are done; said at most a few times a second."""
        self._done = done
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _PAUSE_S
            words = say("cli.export.progress", done=self._done, total=self._total, what=self._what)
            self._progress.step(words)


def _plain(text: str) -> "Text":
    """Square brackets in a file's name are no markup."""
    from rich.text import Text

    return Text(text)
