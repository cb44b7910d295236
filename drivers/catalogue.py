"""Every driver by its name: what it is, what it needs, how to build it.

A driver is imported when it is built, so that the start of the agent pays for no other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from devices.address import MqttAddress, SerialAddress, TcpAddress
from devices.driving import CardReader, DeviceSettings, Driver
from drivers.fitting import (
    MisfitError,
    choice_option,
    inputs_option,
    need_address,
    switch_option,
    text_option,
    whole_option,
)

if TYPE_CHECKING:
    from drivers.families.family import Family
    from drivers.transports.mqtt import MqttLink
    from drivers.transports.transport import Transport

__all__ = [
    "CATALOGUE",
    "Entry",
    "MisfitError",
    "Surroundings",
    "UnknownDriverError",
    "devices_table",
    "entry",
]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a driver may use of the room.

    Attributes:
        room: the room's id, first part of MQTT topics after `lophoc/`.
        mqtt: the link to the room's broker; None where the room has none.
        now_ms: boot-monotonic milliseconds.
        jitter: a random number from 0 to 1.
    """

    room: str
    mqtt: "MqttLink | None"
    now_ms: Callable[[], int]
    jitter: Callable[[], float]


BuildDriver = Callable[[DeviceSettings, Surroundings], Driver]
BuildReader = Callable[[DeviceSettings, Surroundings], CardReader]


@dataclass(frozen=True, slots=True)
class Entry:
    """One driver.

    Attributes:
        name: as `room.toml` names it.
        kind: projector, display, reader or relay.
        title: what a person reads.
        addresses: of serial, tcp, mqtt.
        capabilities: what it can do, for the table of devices.
        tested_on: what it was proven against; shown in the product.
        source: the document that its bytes come from.
        options: option name → meaning.
        build: makes the driver of a device; opens nothing. None for readers.
        build_reader: makes the driver of a card reader; opens nothing. None for devices.
    """

    name: str
    kind: str
    title: str
    addresses: tuple[str, ...]
    capabilities: tuple[str, ...]
    tested_on: str
    source: str
    options: Mapping[str, str] = field(default_factory=dict)
    build: BuildDriver | None = None
    build_reader: BuildReader | None = None


class UnknownDriverError(LookupError):
    """No driver has this name; the text names those that come near."""


def entry(name: str) -> Entry:
    """The driver of this name.

    Raises:
        UnknownDriverError: there is none.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    from difflib import get_close_matches

    near = get_close_matches(name, CATALOGUE, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(CATALOGUE)}"
    raise UnknownDriverError(f"there is no driver {name!r}; {hint}")


def _build_pjlink(settings: DeviceSettings, _surroundings: Surroundings) -> Driver:
    from drivers.pjlink import PjlinkProjector
    from drivers.tables.pjlink import INPUT_CODES, input_name
    from drivers.transports.tcp import TcpTransport

    return PjlinkProjector(
        TcpTransport(need_address(settings, TcpAddress)),
        password=settings.password,
        inputs=inputs_option(settings, {code: input_name(code) for code in INPUT_CODES}),
    )


def _build_of_family(settings: DeviceSettings, surroundings: Surroundings) -> Driver:
    """A device whose driver is a family of rows: `drivers/families/<name, with _ for ->.py`."""
    from importlib import import_module

    from drivers.table_driver import Setup, TableDriver

    family: Family = import_module(f"drivers.families.{settings.driver.replace('-', '_')}").FAMILY
    is_serial = isinstance(settings.address, SerialAddress)
    options = {row.option for row in family.rows if row.option}
    quiet_s = round(family.times.quiet_after_on_s)
    if quiet_s:
        quiet_s = whole_option(settings, "quiet_after_on_s", quiet_s, range(61))
    number = whole_option(settings, "display_id", 0, family.numbers) if family.numbers[1:] else 0
    begin = family.dialect.login
    return TableDriver(
        family,
        _wire(settings, family.baud),
        surroundings.now_ms,
        Setup(
            keeps_open=is_serial,
            number=number,
            inputs=inputs_option(settings, family.inputs),
            options=frozenset(name for name in options if switch_option(settings, name)),
            login=None if begin is None or is_serial else begin(settings.password),
            times=replace(family.times, quiet_after_on_s=quiet_s),
        ),
    )


def _wire(settings: DeviceSettings, baud: int) -> "Transport":
    if isinstance(settings.address, SerialAddress):
        from drivers.transports.serial_port import Line, SerialTransport

        return SerialTransport(settings.address, Line(baud=settings.baud or baud))
    from drivers.transports.tcp import TcpTransport

    return TcpTransport(need_address(settings, TcpAddress))


def _build_rdm6300(settings: DeviceSettings, surroundings: Surroundings) -> CardReader:
    from drivers.rdm6300 import Rdm6300
    from drivers.tables.rdm6300 import BAUD, FRAMES_PER_TOUCH
    from drivers.transports.serial_port import Line, SerialTransport

    line = Line(baud=settings.baud or BAUD, dtr=False, rts=False)
    return Rdm6300(
        SerialTransport(need_address(settings, SerialAddress), line),
        surroundings.now_ms,
        frames_per_touch=whole_option(settings, "frames_per_touch", FRAMES_PER_TOUCH, range(1, 6)),
    )


def _build_ascii_reader(settings: DeviceSettings, surroundings: Surroundings) -> CardReader:
    from drivers.ascii_reader import AsciiReader
    from drivers.codecs.ascii_reader import Form
    from drivers.tables.ascii_reader import BAUD, LENGTHS
    from drivers.transports.serial_port import Line, SerialTransport

    lengths = LENGTHS[choice_option(settings, "technology", "auto", tuple(LENGTHS))]
    form = Form(
        length=whole_option(settings, "length", lengths[0], lengths),
        is_decimal=choice_option(settings, "base", "hex", ("hex", "decimal")) == "decimal",
        is_reversed=choice_option(settings, "byte_order", "as_sent", ("as_sent", "reversed"))
        == "reversed",
        prefix=text_option(settings, "prefix", 16),
        suffix=text_option(settings, "suffix", 16),
    )
    line = Line(baud=settings.baud or BAUD, dtr=False, rts=False)
    wire = SerialTransport(need_address(settings, SerialAddress), line)
    return AsciiReader(wire, surroundings.now_ms, form, pads=_pads(settings))


def _pads(settings: DeviceSettings) -> bool:
    return choice_option(settings, "short_numbers", "refuse", ("refuse", "pad")) == "pad"


def _build_mqtt_reader(settings: DeviceSettings, surroundings: Surroundings) -> CardReader:
    from drivers.mqtt_reader import MqttReader

    name = need_address(settings, MqttAddress).name
    technology = choice_option(settings, "technology", "auto", ("auto", "mifare", "em4100"))
    return MqttReader(
        _need_link(settings, surroundings),
        f"lophoc/{surroundings.room}/readers/{name}",
        surroundings.now_ms,
        technology=None if technology == "auto" else technology,
        pads=_pads(settings),
    )


def _build_mqtt_relay(settings: DeviceSettings, surroundings: Surroundings) -> Driver:
    from drivers.mqtt_relay import MqttRelay
    from drivers.tables.mqtt_relay import KINDS

    name = need_address(settings, MqttAddress).name
    kind = choice_option(settings, "kind", "relay", tuple(KINDS))
    return MqttRelay(
        _need_link(settings, surroundings),
        f"lophoc/{surroundings.room}/relays/{name}",
        KINDS[kind],
        id_prefix=f"{surroundings.now_ms():x}{int(surroundings.jitter() * 2**32):08x}",
    )


def _need_link(settings: DeviceSettings, surroundings: Surroundings) -> "MqttLink":
    if surroundings.mqtt is None:
        raise MisfitError(f'"{settings.id}": {settings.driver} needs a broker; add [mqtt]')
    return surroundings.mqtt


_NOT_YET = "emulator only; not yet on hardware"
_SHORT_NUMBERS = (
    "`refuse` numbers without their zeros, or `pad` them where exactly one card of the school "
    "fits; `refuse` by default"
)

_ENTRIES = (
    Entry(
        name="pjlink",
        kind="projector",
        title="PJLink projector, class 1 and 2",
        addresses=("tcp",),
        capabilities=(
            *("power", "inputs", "blank", "mute", "lamp", "faults"),
            *("freeze (class 2)", "filter (class 2)"),
        ),
        tested_on=_NOT_YET,
        source="PJLink specification 2.00 (JBMIA), through aiopjlink and pjlink-advance",
        options={"inputs": "inputs to offer, such as `31=Máy tính, 32`; else those that it lists"},
        build=_build_pjlink,
    ),
    Entry(
        name="samsung-mdc",
        kind="display",
        title="Samsung panel or board, MDC",
        addresses=("serial", "tcp"),
        capabilities=("power", "inputs", "volume", "mute", "temperature", "faults"),
        tested_on=_NOT_YET,
        source="Samsung MDC protocol manual, through samsung-mdc",
        options={
            "display_id": "id set in the display's menu, 0 to 253; 0 by default",
            "inputs": "inputs to offer, such as `hdmi1=Máy tính, ops`; else all that MDC has",
            "blank": "true offers `blank` by switching the panel's light; not on every model",
            "quiet_after_on_s": "seconds without commands after power-on, 0 to 60; 15 by default",
        },
        build=_build_of_family,
    ),
    Entry(
        name="epson-escvp21",
        kind="projector",
        title="Epson projector, ESC/VP21",
        addresses=("serial", "tcp"),
        capabilities=("power", "inputs", "volume", "blank", "freeze", "lamp", "faults"),
        tested_on=_NOT_YET,
        source="Epson ESC/VP21 command guide for business projectors, Rev. W",
        options={"inputs": "inputs to offer, such as `30=Máy tính, A0`; else those that it lists"},
        build=_build_of_family,
    ),
    Entry(
        name="panasonic-serial",
        kind="projector",
        title="Panasonic projector on a serial line",
        addresses=("serial",),
        capabilities=("power", "inputs", "blank", "lamp"),
        tested_on=_NOT_YET,
        source="Panasonic's manuals of PT-VW330, PT-RW330 and PT-F100",
        options={"inputs": "inputs to offer, such as `HD1=Máy tính, RG1`; else all that are known"},
        build=_build_of_family,
    ),
    Entry(
        name="rdm6300",
        kind="reader",
        title="RDM6300 or RDM630 card reader, 125 kHz",
        addresses=("serial",),
        capabilities=("cards",),
        tested_on=_NOT_YET,
        source="frame format as ESPHome and Tasmota document it",
        options={"frames_per_touch": "equal frames that make a touch, 1 to 5; 2 by default"},
        build_reader=_build_rdm6300,
    ),
    Entry(
        name="ascii-reader",
        kind="reader",
        title="Card reader that prints each card as a line of text",
        addresses=("serial",),
        capabilities=("cards",),
        tested_on=_NOT_YET,
        source="no one maker's: lines ended by CR, LF, CR LF or ETX, as our protocol notes have it",
        options={
            "technology": "kind of its cards, `mifare` or `em4100`; by default told by `length`",
            "length": "bytes of a card: 4, 5, 7 or 10; by default 4, and 5 for `em4100`",
            "base": "`hex` or `decimal`; `hex` by default",
            "byte_order": "`as_sent` by the chip, or `reversed`; `as_sent` by default",
            "prefix": "signs before the number, at most 16; none by default",
            "suffix": "signs behind the number, at most 16; none by default",
            "short_numbers": _SHORT_NUMBERS,
        },
        build_reader=_build_ascii_reader,
    ),
    Entry(
        name="mqtt-reader",
        kind="reader",
        title="lophoc card reader over MQTT",
        addresses=("mqtt",),
        capabilities=("cards", "feedback"),
        tested_on=_NOT_YET,
        source="our own topics, see add-a-driver.md",
        options={
            "technology": "kind of its cards, `mifare` or `em4100`; by default told by the number",
            "short_numbers": _SHORT_NUMBERS,
        },
        build_reader=_build_mqtt_reader,
    ),
    Entry(
        name="mqtt-relay",
        kind="relay",
        title="lophoc screen, buzzer or relay over MQTT",
        addresses=("mqtt",),
        capabilities=("screen", "beeper", "relay"),
        tested_on=_NOT_YET,
        source="our own topics, see add-a-driver.md",
        options={"kind": "`screen`, `buzzer` or `relay`; `relay` by default"},
        build=_build_mqtt_relay,
    ),
)

CATALOGUE: Mapping[str, Entry] = MappingProxyType({one.name: one for one in _ENTRIES})


def devices_table() -> str:
    """The table of supported devices, in Markdown, for `docs/devices.md`."""
    rows = [
        "| driver | what | reached by | can | proven on | bytes from |",
        "|---|---|---|---|---|---|",
    ]
    for one in CATALOGUE.values():
        cells = (
            f"`{one.name}`",
            one.title,
            ", ".join(one.addresses),
            ", ".join(one.capabilities),
            one.tested_on,
            one.source,
        )
        rows.append(f"| {' | '.join(cells)} |")
    rows += ["", "| driver | option | meaning |", "|---|---|---|"]
    for one in CATALOGUE.values():
        rows += [f"| `{one.name}` | `{name}` | {text} |" for name, text in one.options.items()]
    return "\n".join(rows) + "\n"
