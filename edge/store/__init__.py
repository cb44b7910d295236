"""The one SQLite file of the room and the one thread that writes it."""
