"""What holds for all tests."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# Machines are noisy: how long an example takes is a matter of `make bench`, never of a test.
settings.register_profile("lophoc", deadline=None)
settings.load_profile("lophoc")

LONGEST = (
    "browser/test_clumsy_hand.py",
    "whole/test_demo.py",
    "browser/test_behaviour.py",
    "systemd/test_boot.py",
    "whole/test_kills.py",
    "browser/test_screens.py",
    "drivers/codecs/test_any_bytes.py",
    "browser/test_way_back.py",
    "hub/test_crash.py",
    "uplink/test_real_hub.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no process is left alone with one at the end."""
    tests = config.rootpath / "tests"
    order = {tests / name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(LONGEST)))
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            # To count each line of each of its examples doubles its time; the coverage that is
            # asked for must come from examples that somebody wrote down.
            item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The processes that an uncounted test starts are not counted either."""
    counted = os.environ.get("COVERAGE_PROCESS_CONFIG")
    if counted is None or item.get_closest_marker("no_cover") is None:
        return (yield)
    del os.environ["COVERAGE_PROCESS_CONFIG"]
    try:
        return (yield)
    finally:
        os.environ["COVERAGE_PROCESS_CONFIG"] = counted
