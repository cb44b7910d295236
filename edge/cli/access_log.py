"""Who took pupils' data out of the school's records (domain reference §7, PR-6)."""

import json
import os
import pwd
from pathlib import Path

from edge.cli.say import refuse, say

NAME = "access.log"


def note_access(folder: Path, *, at: str, what: str, of: str, source: str) -> None:
    """Append one line to the log beside the records; without it nothing goes out.

    Ends the program with a sentence if it cannot be written. It holds ids, never names of pupils.

    Args:
        folder: where the source keeps its state.
        at: ISO 8601 local time.
        what: the kind of export, with its days.
        of: id of the class or pupil; `school` for all.
        source: `hub`, `room` or `file`.
    """
    entry = {"at": at, "who": _who(), "what": what, "of": of, "source": source}
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    path = folder / NAME
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        refuse(say("cli.export.no_access_log", file=path, reason=error.strerror))


def _who() -> str:
    """The user of the system, and who became root by sudo."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    before = os.environ.get("SUDO_USER")
    return f"{user} ({before})" if before else user
