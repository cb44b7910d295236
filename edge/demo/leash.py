"""Runs a command that dies with its parent, however the parent ends.

`python -I leash.py PARENT COMMAND…`: asks the kernel to kill this process when its parent dies,
then becomes the command, which keeps the wish (prctl(2), PR_SET_PDEATHSIG).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the command; exit 1 where the parent has died already."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # it died before the wish was known
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the demo's own command


if __name__ == "__main__":
    main()
