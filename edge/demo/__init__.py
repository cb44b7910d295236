"""A whole school on one machine: real ptys, sockets and MQTT, emulated devices."""
