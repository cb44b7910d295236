"""`make soak`: the large sizes. Kills of agent and hub while cards are tapped, and fuzzing.

`make soak ARGS="--agent 20 --hub 5 --fuzz 100000"` takes other sizes.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.drivers.fuzz_targets import FUZZ_TARGETS, PAYLOADS
from tests.whole.demo import ROOT, running_demo
from tests.whole.kills import kill_while_tapping


def kills(agent: int, hub: int, seed: int) -> bool:
    """Kill and count; True where nothing was lost or doubled."""
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder) / "demo", "--fast") as demo,
    ):
        tally = kill_while_tapping(demo, {"agent": agent, "hub": hub}, seed)
    whole = not tally.lost and not tally.doubled and not tally.said_twice
    print(
        f"kills: {agent} of the agent, {hub} of the hub, seed {seed}, "
        f"{time.monotonic() - started:.0f} s: {len(tally.fed_back)} taps fed back, "
        f"{tally.unanswered} unanswered, {len(tally.hub_ids)} at the hub, "
        f"{len(tally.lost)} lost, {tally.doubled} doubled "
        f"(0 in {tally.kills}: below {3 / tally.kills:.1%} a kill at 95 %)",
        flush=True,
    )
    return whole


# A framed codec is fed each input twice, once byte by byte, so an execution costs it more.
FRAMED_PERCENT = 6


def shares(executions: int) -> dict[str, int]:
    """How often each codec is fuzzed: the framed ones alike, the rest for payloads."""
    framed = [target for target in FUZZ_TARGETS if target not in PAYLOADS]
    each = executions * FRAMED_PERCENT // 100
    rest = (executions - each * len(framed)) // len(PAYLOADS)
    return {target: rest if target in PAYLOADS else each for target in FUZZ_TARGETS}


def fuzz(executions: int) -> bool:
    """Fuzz every codec with its share; True where nothing was found."""
    found = []
    for target, share in shares(executions).items():
        started = time.monotonic()
        command = [sys.executable, "-m", "tests.soak.fuzz", target, str(share)]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                command,
                cwd=folder,
                env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=False,
            )
        said = done.stderr.splitlines()
        runs = [line.split()[-1] for line in said if "number_of_executed_units" in line]
        print(
            f"fuzz: {target}: {runs[0] if runs else '?'} executions, exit {done.returncode}, "
            f"{time.monotonic() - started:.0f} s",
            flush=True,
        )
        if done.returncode or not runs:
            found.append(target)
            print("\n".join(said[-30:]))
    return not found


def main() -> int:
    """Run both; 1 where a promise broke."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--agent", type=int, default=300)
    parser.add_argument("--hub", type=int, default=50)
    parser.add_argument("--fuzz", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    whole = fuzz(options.fuzz) if options.fuzz else True
    if options.agent + options.hub:
        whole = kills(options.agent, options.hub, options.seed) and whole
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
