"""`lophoc emulate`: one emulated device on a real port, until SIGTERM."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.say import refuse, say

if TYPE_CHECKING:
    from drivers.emulators.emulator import Emulator, Settings, TouchReader
    from drivers.emulators.registry import Place


def emulate(  # noqa: PLR0913 - the options of a command
    driver: Annotated[str, typer.Argument(metavar="DRIVER", help=say("cli.emulate.driver"))],
    *,
    tcp: Annotated[int | None, typer.Option(min=0, max=65_535, help=say("cli.emulate.tcp"))] = None,
    pty: Annotated[Path | None, typer.Option(help=say("cli.emulate.pty"))] = None,
    mqtt: Annotated[str | None, typer.Option(help=say("cli.emulate.mqtt"))] = None,
    password: Annotated[str | None, typer.Option(help=say("cli.emulate.password"))] = None,
    number: Annotated[str | None, typer.Option("--id", help=say("cli.emulate.id"))] = None,
    room: Annotated[str, typer.Option(help=say("cli.emulate.room"))] = "a1-05",
    kind: Annotated[str, typer.Option(help=say("cli.emulate.kind"))] = "relay",
    fast: Annotated[bool, typer.Option("--fast", help=say("cli.opt.fast"))] = False,
) -> None:
    """Emulate one device; the first line on stdout is its address alone."""
    from drivers.emulators.emulator import Settings
    from drivers.emulators.registry import EMULATORS

    if driver not in EMULATORS:
        raise typer.BadParameter(
            f"there is no emulator {driver!r}; there are: {', '.join(EMULATORS)}"
        )
    settings = Settings(
        id=number or EMULATORS[driver].default_id,
        room=room,
        password=password,
        kind=kind,
        fast=fast,
    )
    place = _place(tcp, pty, mqtt, settings)
    try:
        emulator = EMULATORS[driver].build(settings, place)
    except ValueError as error:
        raise typer.BadParameter(f"{driver}: {error}") from error
    try:
        asyncio.run(_run(emulator))
    except OSError as error:
        refuse(f"{driver} cannot be put at {place}: {error.strerror}; name another place.")


def _place(tcp: int | None, pty: Path | None, mqtt: str | None, settings: "Settings") -> "Place":
    given = [place for place in (tcp, pty, mqtt) if place is not None]
    if len(given) != 1:
        raise typer.BadParameter("say where it is to be: one of --tcp, --pty, --mqtt")
    return _broker(given[0], settings) if isinstance(given[0], str) else given[0]


def _broker(text: str, settings: "Settings") -> "Place":
    from drivers.emulators.mqtt_client import Broker

    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise typer.BadParameter(f"--mqtt wants HOST:PORT, not {text!r}")
    username = settings.id if settings.password is not None else None
    return Broker(host, int(port), username, settings.password)


async def _run(emulator: "Emulator") -> None:
    """Run it until SIGTERM or SIGINT; a reader is touched with each card number on stdin."""
    from drivers.emulators.emulator import TouchReader

    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    address = await emulator.start()
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(emulator.close)
        if isinstance(emulator, TouchReader):
            stack.callback(asyncio.create_task(_touch(emulator)).cancel)
        await over.wait()


async def _touch(reader: "TouchReader") -> None:
    cards: asyncio.Queue[str] = asyncio.Queue()
    _listen_to_stdin(cards)
    while True:
        card = await cards.get()
        try:
            await reader.touch(card)
        except ValueError as error:
            sys.stderr.write(f"{error}\n")


def _listen_to_stdin(cards: "asyncio.Queue[str]") -> None:
    loop, heard = asyncio.get_running_loop(), bytearray()

    def read() -> None:
        got = os.read(0, 4096)
        if not got:
            loop.remove_reader(0)
        heard.extend(got)
        *lines, rest = heard.split(b"\n")
        heard[:] = rest
        for line in lines:
            if line.strip():
                cards.put_nowait(line.decode("utf-8", "replace").strip())

    with contextlib.suppress(PermissionError):  # a file or /dev/null cannot be waited for
        loop.add_reader(0, read)
