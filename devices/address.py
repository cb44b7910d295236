"""Where a device is: a serial port, a TCP port, or a place under the room's MQTT topics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SerialAddress:
    """A serial port by a stable path (/dev/serial/by-id/… or by-path), never /dev/ttyUSB0."""

    path: str

    def __str__(self) -> str:
        return f"serial:{self.path}"


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A TCP port of a device on the room's network."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp:{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """A device behind the room's broker, by the name it uses in its topics."""

    name: str

    def __str__(self) -> str:
        return f"mqtt:{self.name}"


Address = SerialAddress | TcpAddress | MqttAddress


def parse_address(text: str) -> Address:
    """Read `serial:/dev/serial/by-id/…`, `tcp:HOST:PORT` or `mqtt:NAME`.

    Raises:
        ValueError: the text is none of these; the message says how to write it.
    """
    kind, _, rest = text.partition(":")
    if kind == "serial" and rest.startswith("/"):
        return SerialAddress(rest)
    if kind == "tcp":
        return _parse_tcp(rest, text)
    if kind == "mqtt" and rest and not set(rest) & set("/+# \t"):
        return MqttAddress(rest)
    raise ValueError(
        f"{text!r} is not an address; write serial:/dev/serial/by-id/…, tcp:HOST:PORT or mqtt:NAME"
    )


def _parse_tcp(rest: str, text: str) -> TcpAddress:
    host, _, port = rest.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is not a TCP address; write tcp:HOST:PORT, port 1 to 65535")
    return TcpAddress(host, int(port))
