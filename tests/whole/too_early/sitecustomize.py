"""Makes an agent that feeds back before the commit: the negative control of the kill harness.

Python loads a module of this name at its start; the harness puts this folder on the path.
"""

import asyncio
import sys
from dataclasses import replace

if "agent" in sys.argv or any("agent" in word for word in sys.orig_argv):
    from edge.store.store import Store

    _append = Store.append
    _late = set()

    async def _append_late(store, lane, kind, body):
        await asyncio.sleep(0.4)
        await _append(store, lane, kind, body)

    async def _feed_back_first(store, lane, kind, body):
        last = getattr(store, "last_said", None)
        if kind != "tap" or last is None:
            stored = await _append(store, lane, kind, body)
        else:
            event = replace(last.event, seq=last.event.seq + 1, kind=kind)
            stored = replace(last, event=event)
            task = asyncio.get_running_loop().create_task(_append_late(store, lane, kind, body))
            _late.add(task)
            task.add_done_callback(_late.discard)
        if kind == "tap":
            store.last_said = stored
        return stored

    Store.append = _feed_back_first
