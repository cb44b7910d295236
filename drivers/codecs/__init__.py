"""Frames to messages and back, pure: bytes in, messages out, no waiting, no clock."""
