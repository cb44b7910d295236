"""The school's records and rules, pure: the room and the hub run the same ones."""
