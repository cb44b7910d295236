"""`lophoc`: the one program. The agent starts without the command line's libraries."""

import gc
import os
import sys
from types import ModuleType

AGENT_WORDS = 4  # lophoc agent --config FILE


def main() -> None:
    """Run the command line."""
    # pydantic would look through the metadata of every installed package for plugins: we have none
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _spare_other_command_lines()
    if len(sys.argv) == AGENT_WORDS and sys.argv[1:3] == ["agent", "--config"]:
        _spare_logging_files()
        gc.disable()  # until the page is served: a start makes much and throws little away
        from edge.cli.agent import run_agent

        sys.exit(run_agent(sys.argv[3]))
    from edge.cli.commands import app

    try:
        app()
    finally:
        gc.freeze()  # the interpreter need not look through all that is left before it ends


def _spare_other_command_lines() -> None:
    """Keep out what httpx and uvicorn import for their own command lines: 6 MiB in each room.

    uvicorn's package imports its `main` whoever only wants its server: an empty one stands in.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # None: not to be had
    stand_in = ModuleType("uvicorn.main")
    vars(stand_in).update(Server=None, main=None, run=None)
    sys.modules.setdefault("uvicorn.main", stand_in)


def _spare_logging_files() -> None:
    """Keep out logging's readers of configuration files, which uvicorn imports and we never use."""
    sys.modules.setdefault("logging.config", ModuleType("logging.config"))


if __name__ == "__main__":
    main()
