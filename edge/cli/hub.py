"""`lophoc hub`: runs the school server."""

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from edge.cli.service import cannot_start, started
from edge.clock import OffsetFile


def run_school_server(config: Path) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code."""
    from sync.hub.hub import HubError, Times, run_hub

    logging.basicConfig(
        level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        run_hub(config, Times(now_ms=_now_ms()), started)
    except HubError as error:
        return cannot_start(error.sentences, config)
    return 0


def _now_ms() -> Callable[[], int]:
    """The system's time; in the demo it jumps with the room's."""
    file = os.environ.get("LOPHOC_CLOCK_OFFSET_FILE")
    offset = OffsetFile(Path(file)) if file else None

    def now_ms() -> int:
        return time.time_ns() // 1_000_000 + (offset.offset_ms() if offset else 0)

    return now_ms
