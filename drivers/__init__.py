"""How to speak to a device: transports, codecs, tables, sessions, drivers, emulators."""
