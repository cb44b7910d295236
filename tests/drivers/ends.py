"""Other ends for drivers: a scripted TCP device, a pseudo-terminal, a Mosquitto."""

import asyncio
import os
import pty
import socket
import struct
import subprocess
import time
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from devices.address import SerialAddress, TcpAddress
from drivers.transports.mqtt import MqttLink

MOSQUITTO = "/usr/sbin/mosquitto"


async def soon(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail after 10 s."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what it waits for has no event
            await asyncio.sleep(0.005)


class HandClock:
    """Milliseconds that only a test moves."""

    def __init__(self) -> None:
        self.at_ms = 1_000_000

    def __call__(self) -> int:
        return self.at_ms

    def pass_s(self, seconds: float) -> None:
        self.at_ms += round(seconds * 1000)


class End:
    """The device's end of a wire: reads and writes bytes."""

    def __init__(self, write: Callable[[bytes], object], close: Callable[[], object]) -> None:
        self.heard = asyncio.StreamReader()
        self.say = write
        self.close = close

    async def expect(self, message: bytes) -> None:
        """Read exactly these bytes."""
        async with asyncio.timeout(10):
            assert await self.heard.readexactly(len(message)) == message

    async def answer(self, question: bytes, *parts: bytes) -> None:
        await self.expect(question)
        for part in parts:
            self.say(part)


class TcpDevice:
    """Listens on loopback; each connection is an `End` in the order of their coming."""

    def __init__(self) -> None:
        self.connections = 0
        self._ends: asyncio.Queue[End] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> TcpAddress:
        assert self._server is not None
        return TcpAddress("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        end = End(writer.write, writer.close)
        end.heard = reader
        self._writers.append(writer)
        self._ends.put_nowait(end)

    async def met(self) -> End:
        async with asyncio.timeout(10):
            return await self._ends.get()

    def reset(self) -> None:
        """End the newest connection as a machine that is gone does: what is sent to it fails."""
        transport = self._writers[-1].transport
        no_linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, no_linger
        )
        transport.abort()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class PtyDevice(End):
    """A serial device on a real pseudo-terminal, behind a stable link as udev makes one."""

    def __init__(self, folder: Path) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        link = folder / "usb-reader-port0"
        link.symlink_to(os.ttyname(self._slave))
        self.address = SerialAddress(str(link))
        super().__init__(lambda message: os.write(self._master, message), self.unplug)
        asyncio.get_running_loop().add_reader(self._master, self._hear)
        self._is_plugged = True

    def _hear(self) -> None:
        try:
            self.heard.feed_data(os.read(self._master, 4096))
        except OSError:
            asyncio.get_running_loop().remove_reader(self._master)

    def unplug(self) -> None:
        if self._is_plugged:
            self._is_plugged = False
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
            os.close(self._slave)


class Mosquitto:
    """Debian's broker on a loopback port, which can die and come back."""

    def __init__(self, folder: Path, *more: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._config = folder / "mosquitto.conf"
        # Started as root it would become a user who cannot read the test's files.
        lines = (
            "user root",
            f"listener {self.port} 127.0.0.1",
            *(more or ("allow_anonymous true",)),
        )
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)], stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            with suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            time.sleep(0.05)
        raise RuntimeError("mosquitto did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self, signal: int) -> None:
        assert self._process is not None
        self._process.send_signal(signal)

    def link(self, client_id: str, **more: str) -> MqttLink:
        return MqttLink(host="127.0.0.1", port=self.port, client_id=client_id, **more)


@asynccontextmanager
async def running(link: MqttLink, *, wait: bool = True) -> AsyncIterator[MqttLink]:
    """Let a link run with no pause between connects; wait until it is connected."""
    task = asyncio.create_task(link.run(lambda: 0.0))
    try:
        if wait:
            await soon(lambda: link.connected)
        yield link
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
