"""The other end of each codec, with human-scale behaviour and faults on request."""
