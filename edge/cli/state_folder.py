"""Where a room keeps its data."""

import os
from pathlib import Path

_DEFAULT = "/var/lib/lophoc"


def state_folder(named: Path | None = None) -> Path:
    """The folder named on the command line, else by `LOPHOC_STATE`, else that of the service."""
    return named or Path(os.environ.get("LOPHOC_STATE", _DEFAULT))
