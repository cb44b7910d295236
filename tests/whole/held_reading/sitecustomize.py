"""Makes an agent that reads its store only when the test lets it: a long history on a slow card.

Python loads a module of this name at its start; the test puts this folder on the path.
"""

import asyncio
import os
import sys
from pathlib import Path

if any("agent" in word for word in sys.orig_argv):
    from edge.attendance.journal import Journal

    _replay = Journal.replay

    async def _replay_when_let(journal):
        while Path(os.environ["HELD_BY"]).exists():  # noqa: ASYNC240, ASYNC110 - a file is the signal
            await asyncio.sleep(0.02)
        await _replay(journal)

    Journal.replay = _replay_when_let
