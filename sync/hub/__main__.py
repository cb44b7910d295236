"""`python -m sync.hub --config FILE`: the hub alone, without the command line's other words."""

import argparse
import logging
import sys
from pathlib import Path

from sync.hub.hub import HubError, run_hub


def main() -> int:
    """Run until told to stop; 1 when the hub cannot start."""
    parser = argparse.ArgumentParser(prog="python -m sync.hub")
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        run_hub(parser.parse_args().config)
    except HubError as error:
        sys.stderr.writelines(f"{sentence}\n" for sentence in error.sentences)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
