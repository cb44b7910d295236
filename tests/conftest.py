"""What holds for all tests."""

import pytest
from hypothesis import settings

# Machines are noisy: how long an example takes is a matter of `make bench`, never of a test.
settings.register_profile("lophoc", deadline=None)
settings.load_profile("lophoc")

LONGEST = (
    "drivers/codecs/test_any_bytes.py",
    "whole/test_demo.py",
    "whole/test_kills.py",
    "browser/test_behaviour.py",
    "hub/test_crash.py",
    "uplink/test_real_hub.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no process is left alone with one at the end."""
    tests = config.rootpath / "tests"
    order = {tests / name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(LONGEST)))
