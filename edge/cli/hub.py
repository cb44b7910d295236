"""`lophoc hub`: runs the school server."""

import logging
import sys
from pathlib import Path


def run_school_server(config: Path) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code."""
    from sync.hub.hub import HubError, run_hub

    logging.basicConfig(
        level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        run_hub(config)
    except HubError as error:
        print(*error.sentences, sep="\n", file=sys.stderr)
        return 1
    return 0
