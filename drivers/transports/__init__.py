"""The only files that open a port: serial, TCP, MQTT. They carry bytes and know no meaning."""
