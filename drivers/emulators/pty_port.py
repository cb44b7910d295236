"""A serial port of an emulated device: a pseudo-terminal behind a link with a fixed name."""

import asyncio
import errno
import os
import pty
import termios
import tty
from collections.abc import Callable
from pathlib import Path

from drivers.emulators.emulator import Fault, Settings

_STALE_S = 1.0  # a real port loses what nobody fetches; we give a busy reader a second


class PtyPort:
    """The device's end of a serial line; the room's end is opened by the link's name.

    Both ends stay open here, so that the room may close and open its port as it likes.

    Args:
        link: name under which the room finds the port; replaced where it is a link already.
        hear: is given the bytes that the room sends.
    """

    def __init__(self, link: Path, hear: Callable[[bytes], None]) -> None:
        self.link = link
        self._hear = hear
        self._device: int | None = None
        self._room: int | None = None
        self._flush: asyncio.TimerHandle | None = None

    @property
    def address(self) -> str:
        """The link's path."""
        return str(self.link)

    def open(self) -> None:
        """Plug it in; does nothing where it is in already.

        Raises:
            OSError: there is no free pseudo-terminal, or the link's name is taken by a file.
        """
        if self._device is not None:
            return
        if self.link.exists() and not self.link.is_symlink():
            raise FileExistsError(errno.EEXIST, "is a file, not a link", str(self.link))
        self._device, self._room = pty.openpty()
        tty.setraw(self._room)
        os.set_blocking(self._device, False)
        _point(self.link, os.ttyname(self._room))
        asyncio.get_running_loop().add_reader(self._device, self._read)

    def close(self) -> None:
        """Pull it out: the room's open port fails and the link is gone."""
        if self._device is None or self._room is None:
            return
        asyncio.get_running_loop().remove_reader(self._device)
        if self._flush is not None:
            self._flush.cancel()
        self.link.unlink(missing_ok=True)
        os.close(self._room)
        os.close(self._device)
        self._device = self._room = None

    def write(self, message: bytes) -> None:
        """Send bytes to the room; they are lost where nobody fetches them, as on a real line."""
        if self._device is None or not message:
            return
        try:
            os.write(self._device, message)
        except BlockingIOError:
            return
        if self._flush is not None:
            self._flush.cancel()
        loop = asyncio.get_running_loop()
        self._flush = loop.call_later(_STALE_S, self._lose_unfetched)

    def _lose_unfetched(self) -> None:
        if self._room is not None:
            termios.tcflush(self._room, termios.TCIFLUSH)

    def _read(self) -> None:
        if self._device is None:
            return
        try:
            heard = os.read(self._device, 4096)
        except BlockingIOError:
            return
        if heard:
            self._hear(heard)


class SerialDevice:
    """What every device behind a pseudo-terminal shares: it is started, broken, mended, closed.

    Args:
        settings: id, times, chance.
        link: path under which the room finds the port.
        hear: is given the bytes that the room sends.
    """

    def __init__(self, settings: Settings, link: Path, hear: Callable[[bytes], None]) -> None:
        self.fault = Fault.NONE
        self._settings = settings
        self._port = PtyPort(link, hear)

    async def start(self) -> str:
        """Open the port; gives the link's path.

        Raises:
            OSError: the link's name is taken by a file.
        """
        self._port.open()
        return self._port.address

    async def close(self) -> None:
        """Take the port and its link away."""
        self._port.close()

    async def set_fault(self, fault: Fault) -> None:
        """Break it or mend it."""
        self.fault = fault
        if fault is Fault.UNPLUGGED:
            self._port.close()
        else:
            self._port.open()


def deaf(_heard: bytes) -> None:
    """The device has no input."""


def _point(link: Path, target: str) -> None:
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
