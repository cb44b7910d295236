"""Coverage-guided fuzzing of one codec: `python -m tests.soak.fuzz TARGET RUNS`."""

import sys

import atheris

with atheris.instrument_imports(include=["drivers", "devices"]):
    from tests.drivers.fuzz_targets import FUZZ_TARGETS


def main() -> None:
    """Fuzz until the runs are done; any exception but the codec's own ends it with exit code 77."""
    target, runs = sys.argv[1], sys.argv[2]
    options = [sys.argv[0], f"-runs={runs}", "-max_len=140", "-timeout=5", "-rss_limit_mb=512"]
    atheris.Setup([*options, "-print_final_stats=1"], FUZZ_TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
