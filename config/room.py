"""The schema of `room.toml`: what a school may set for one room.

Each field's description becomes its line in `docs/settings.md`. Secrets are named here and kept in
`secrets.toml` beside this file (mode 0600).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from devices.address import Address, parse_address
from devices.capability import Capability

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
Plain = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^,=]+$")]
Setting = str | int | bool
_FIRST = (
    "Of a room without a server: the first row of the records' thresholds, which hold from then on."
)


class Section(BaseModel):
    """What every section shares: an unknown key is a mistake that must be told."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class RoomSection(Section):
    """The room itself."""

    id: Id = Field(description="Short name used in topics and towards the hub, `a1-05`.")
    name: str = Field(min_length=1, max_length=40, description="Name on the door, `A1.05`.")
    language: Literal["vi", "en"] = Field("vi", description="Language of the panel at start.")
    profile: Literal["projector-and-board", "projector", "board", "none"] = Field(
        "none", description="Which built-in scenes the room uses where `[scene]` has none."
    )
    main_display: Id | None = Field(
        None, description="Device whose picture source and blanking the panel moves."
    )
    help_person: str = Field("", max_length=40, description="Who the panel calls for help.")
    help_phone: str = Field("", max_length=20, description="Phone number shown with it.")


class PanelSection(Section):
    """The panel's own server."""

    listen: str = Field(
        "127.0.0.1:8080", description="Loopback address of the panel; port 0 picks a free one."
    )

    @field_validator("listen")
    @classmethod
    def _loopback_only(cls, text: str) -> str:
        host, _, port = text.rpartition(":")
        if host not in {"127.0.0.1", "localhost", "[::1]"} or not _is_port(port):
            raise ValueError("must be a loopback address such as 127.0.0.1:8080")
        return text


class HubSection(Section):
    """The school server. Without this section the room keeps everything to itself."""

    url: str = Field(pattern=r"^https://[^/\s]+$", description="Address, `https://HOST:PORT`.")
    root: str = Field(
        min_length=1, description="File with the school's root certificate, the only one trusted."
    )


class MqttSection(Section):
    """The room's MQTT broker. Without this section no MQTT device can be used."""

    broker: str = Field(
        "embedded", description="`HOST:PORT`, or `embedded` for a broker without root rights."
    )
    username: str | None = Field(None, description="Account at the broker.")
    password: str | None = Field(None, description="Name of its password in `secrets.toml`.")
    ca: str | None = Field(None, description="File with the broker's root certificate: use TLS.")

    @field_validator("broker")
    @classmethod
    def _host_and_port(cls, text: str) -> str:
        host, _, port = text.rpartition(":")
        if text != "embedded" and not (host and _is_port(port) and int(port)):
            raise ValueError('must be HOST:PORT or "embedded"')
        return text


class AttendanceSection(Section):
    """Roster, timetable and thresholds of attendance."""

    school: str | None = Field(
        None,
        description="File with the roster and timetable to begin with. It is taken over anew when "
        "it changes; else what `lophoc import --into` gave holds.",
    )
    open_before_min: Minutes = Field(
        20, description=f"Taps count from so long before the session's first lesson. {_FIRST}"
    )
    late_after_min: Minutes = Field(
        5, description=f"A tap is late from so long after the start. {_FIRST}"
    )
    maybe_absent_after_min: Minutes = Field(
        15,
        description=f"The panel asks about pupils not seen from so long after the start. {_FIRST}",
    )
    quiet_after_min: Minutes = Field(
        5, description="Readers answer by light only from so long after the start."
    )


class LessonSection(Section):
    """How lessons begin and end."""

    end_countdown_s: Annotated[int, Field(ge=0, le=120)] = Field(
        10, description="Seconds in which an end can be taken back before devices turn off."
    )
    handover_within_min: Minutes = Field(
        20, description="Devices stay on when the next lesson here starts within this time."
    )
    handover_off_min: Minutes = Field(
        10, description="Devices left on for the next lesson turn off when nobody goes on so long."
    )
    auto_end_notice_min: Minutes = Field(
        10, description="Notice that the lesson will end by itself, after its planned end."
    )
    auto_end_min: Minutes = Field(15, description="A lesson ends by itself after its planned end.")
    extend_min: Minutes = Field(
        30, description='"Keep teaching" moves the planned end to so long from now.'
    )
    idle_end_min: Minutes = Field(240, description="A lesson ends after so long without touch.")
    power_return_delay_s: Annotated[int, Field(ge=0, le=600)] = Field(
        60, description="Longest random wait before devices turn on again after a power cut."
    )


class AttachedSection(Section):
    """What devices and readers share: both hang on one wire and speak through one driver."""

    id: Id = Field(description="Its name in this room.")
    name: str = Field(min_length=1, max_length=40, description="Its name on the panel.")
    driver: Id = Field(description="Driver, from `lophoc drivers`.")
    address: str = Field(
        description="`serial:/dev/serial/by-id/…`, `tcp:HOST:PORT` or `mqtt:NAME`."
    )
    baud: Annotated[int, Field(ge=300, le=4_000_000)] | None = Field(
        None, description="Speed of a serial line where it differs from the driver's."
    )
    password: str | None = Field(None, description="Name of its password in `secrets.toml`.")
    options: dict[str, Setting] = Field(
        default_factory=dict, description="What only this driver understands."
    )

    @field_validator("address")
    @classmethod
    def _readable(cls, text: str) -> str:
        parse_address(text)
        return text

    @property
    def place(self) -> Address:
        """The address, parsed."""
        return parse_address(self.address)


class DeviceSection(AttachedSection):
    """One device."""

    inputs: dict[Plain, Plain] = Field(
        default_factory=dict,
        description="Plain names of its picture sources, code = name; only these are offered.",
    )


class ReaderSection(AttachedSection):
    """One card reader."""

    feedback: Annotated[str, Field(pattern=r"^(mqtt|none|buzzer:[a-z0-9][a-z0-9-]{0,31})$")] = (
        Field("none", description="How a touch is answered: `mqtt`, `buzzer:DEVICE` or `none`.")
    )


class StepSection(Section):
    """One step of a scene: a wish for a device, and what to wait for."""

    device: Id = Field(description="Device the step speaks to.")
    capability: Capability = Field(description="What is wished for, such as `power`.")
    value: Setting = Field(description="The value wished for.")
    wait_for: Setting | None = Field(
        None, description="Reported value that ends the step; none = taken is enough."
    )
    limit_s: Annotated[int, Field(ge=1, le=600)] = Field(
        30, description="Time after which the step has failed; the others go on."
    )
    group: Annotated[int, Field(ge=0, le=20)] = Field(
        0, description="Steps of one group run together; groups run in order."
    )
    word: str = Field("", description="Catalogue key of the step's word on the panel.")


class SceneSection(Section):
    """What one scene does."""

    step: tuple[StepSection, ...] = Field((), description="Its steps.")


class RoomConfig(Section):
    """A whole `room.toml`."""

    schema_: Literal[1] = Field(alias="schema", description="Version of this file's shape: 1.")
    room: RoomSection = Field(description="The room itself.")
    panel: PanelSection = Field(PanelSection(), description="The panel's own server.")
    hub: HubSection | None = Field(None, description="The school server.")
    mqtt: MqttSection | None = Field(None, description="The room's MQTT broker.")
    attendance: AttendanceSection = Field(
        AttendanceSection(), description="Roster, timetable, thresholds."
    )
    lesson: LessonSection = Field(LessonSection(), description="How lessons begin and end.")
    device: tuple[DeviceSection, ...] = Field((), description="Devices.")
    reader: tuple[ReaderSection, ...] = Field((), description="Card readers.")
    scene: dict[Literal["start", "start_no_picture", "hand_over", "end"], SceneSection] = Field(
        default_factory=dict, description="Scenes of this room, where the profile's do not fit."
    )

    @property
    def attached(self) -> tuple[AttachedSection, ...]:
        """Devices, then readers."""
        return (*self.device, *self.reader)

    @model_validator(mode="after")
    def _names_agree(self) -> "RoomConfig":
        for problem in (_twice(self), _names_nobody(self), _needs_broker(self)):
            if problem:
                raise ValueError(problem)
        return self


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < 65536


def _twice(room: RoomConfig) -> str:
    """Ids and addresses are each used once, over devices and readers together."""
    for what in ("id", "address"):
        seen: dict[str, str] = {}
        for one in room.attached:
            key: str = getattr(one, what)
            if key in seen:
                return f'{what} "{key}" is used by both "{seen[key]}" and "{one.name}"; change one'
            seen[key] = one.name
    return ""


def _names_nobody(room: RoomConfig) -> str:
    """Every device that is named elsewhere exists."""
    devices = {device.id for device in room.device}
    named = {f'reader "{one.id}": feedback': _buzzer_of(one) for one in room.reader}
    named["room.main_display"] = room.room.main_display
    for scene, section in room.scene.items():
        for number, step in enumerate(section.step, start=1):
            named[f"scene.{scene} step {number}: device"] = step.device
    for place, device in named.items():
        if device is not None and device not in devices:
            known = ", ".join(sorted(devices)) or "none"
            return f'{place} names "{device}", which is no device here; devices are: {known}'
    return ""


def _buzzer_of(reader: ReaderSection) -> str | None:
    kind, _, device = reader.feedback.partition(":")
    return device if kind == "buzzer" else None


def _needs_broker(room: RoomConfig) -> str:
    if room.mqtt is not None:
        return ""
    for one in room.attached:
        if one.address.startswith("mqtt:"):
            return f'"{one.id}" is an MQTT device, but there is no [mqtt] section; add one'
    for reader in room.reader:
        if reader.feedback == "mqtt":
            return f'reader "{reader.id}" answers by MQTT, but there is no [mqtt] section; add one'
    return ""
