"""The devices of the room, kept true: wishes, readings, reconnects."""
