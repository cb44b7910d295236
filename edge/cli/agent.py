"""`lophoc agent`: starts the room without typer and rich, a third of its start."""

import asyncio
import logging
import os
import sys
from pathlib import Path

from config.load import ConfigError
from edge.cli.service import cannot_start
from edge.cli.state_folder import state_folder


def run_agent(config: str) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code."""
    from edge.app import AgentError, run

    logging.basicConfig(
        level=os.environ.get("LOPHOC_LOG", "INFO"),
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every batch
    state = state_folder()
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(run(Path(config), state))
    except (ConfigError, AgentError) as error:
        return cannot_start(str(error).splitlines(), Path(config))
    return 0


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()
