"""What holds for all tests."""

from hypothesis import settings

# Machines are noisy: how long an example takes is a matter of `make bench`, never of a test.
settings.register_profile("lophoc", deadline=None)
settings.load_profile("lophoc")
