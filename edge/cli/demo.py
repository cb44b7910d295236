"""`lophoc demo`: an emulated room, its devices and a hub on this machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from edge.cli.say import language, refuse, say


def demo(
    state: Annotated[Path, typer.Option(help=say("cli.opt.demo_state"))] = Path("demo-state"),
    port: Annotated[int, typer.Option(min=0, max=65_535, help=say("cli.opt.port"))] = 8080,
    hub_port: Annotated[int, typer.Option(min=0, max=65_535, help=say("cli.opt.hub_port"))] = 8090,
    fast: Annotated[bool, typer.Option("--fast", help=say("cli.opt.fast"))] = False,
) -> None:
    """Run until Ctrl-C."""
    import asyncio

    from edge.cli.demo_introduction import introduce
    from edge.demo.cast import Programs
    from edge.demo.folders import DemoError
    from edge.demo.run import Demo, Options
    from web.serving.words import Words

    lophoc = (sys.executable, "-m", "edge.cli.main")
    programs = Programs(
        agent=(*lophoc, "agent", "--config"),
        hub=(*lophoc, "hub", "--config"),
        emulators=(sys.executable, "-m", "edge.cli.emulators_process"),
        introduce=introduce,
    )
    words = Words.read(Path(__file__).parents[1] / "demo" / "words")
    options = Options(state, port, hub_port, fast)

    def tell(key: str, **params: object) -> str:
        return words.say(language(), key, **params)

    try:
        asyncio.run(Demo(options, programs, tell).run())
    except DemoError as error:
        refuse(f"{error}.")
