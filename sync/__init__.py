"""Everything that leaves the room, and what both ends share."""
