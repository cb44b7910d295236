"""What can go wrong with the store, named by what the caller can do."""

from sync.uplink.ports import NotStoredError


class StoreError(NotStoredError):
    """Nothing was stored. The text is one plain sentence."""


class StoreFullError(StoreError):
    """The disk is full: refuse visibly now; a later try may succeed."""


class StoreFailedError(StoreError):
    """The store is broken until the agent starts again: refuse visibly and report."""
