"""Messages of the room-hub protocol, their encoding, identity and signatures."""
