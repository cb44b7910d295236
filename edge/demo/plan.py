"""What the emulators' process is to be, as the demo writes it and that process reads it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DevicePlan(_Part):
    """One emulated device or reader.

    Attributes:
        id: its name in the room.
        driver: name of its driver.
        address: how the room names its place.
        tcp: its TCP port, where it has one.
        pty: link of its serial port, where it has one.
        number: its own id, where that is not its name in the room.
        password: what it wants of its callers.
        kind: of a relay.
    """

    id: str
    driver: str
    address: str
    tcp: int | None = None
    pty: Path | None = None
    number: str | None = None
    password: str | None = None
    kind: str = "relay"


class CardPlan(_Part):
    """One card, as the bench shows it and `demo.json` lists it."""

    person_id: str
    name: str
    class_name: str | None
    uid: str
    revoked: bool = False


class Plan(_Part):
    """The whole process.

    Attributes:
        room: room id.
        fast: device times divided by 20.
        broker: port of the MQTT broker.
        bench: port of the bench.
        proxy: port by which the room reaches the hub.
        hub: port of the hub's listener for rooms.
        clock_offset: file that moves the room's clock.
        devices: what hangs on the room's wires.
        readers: card readers.
        cards: all cards, those of the class that has the lesson now first.
    """

    room: str
    fast: bool
    broker: int
    bench: int
    proxy: int
    hub: int
    clock_offset: Path
    devices: tuple[DevicePlan, ...]
    readers: tuple[DevicePlan, ...]
    cards: tuple[CardPlan, ...]
