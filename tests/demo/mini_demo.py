"""The demo with stand-ins for its programs: `mini_demo.py FOLDER`."""

import asyncio
import sys
from pathlib import Path

from edge.demo.cast import Programs
from edge.demo.folders import DemoError, Folders
from edge.demo.run import Demo, Options
from web.serving.words import Words

HERE = Path(__file__).parent
WORDS = Words.read(HERE.parents[1] / "edge" / "demo" / "words")


def introduce(folders: Folders) -> None:
    folders.hub_root.write_text("root")


def command(kind: str) -> tuple[str, ...]:
    return (sys.executable, "-I", str(HERE / "mini_program.py"), kind)


if __name__ == "__main__":
    programs = Programs(command("agent"), command("hub"), command("emulators"), introduce)
    options = Options(Path(sys.argv[1]), 0, 0)
    try:
        asyncio.run(Demo(options, programs, lambda key, **p: WORDS.say("en", key, **p)).run())
    except DemoError as error:
        sys.exit(str(error))
