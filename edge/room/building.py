"""Makes keepers of devices and readers from a room's file; one that cannot be made is told."""

from collections.abc import Callable
from dataclasses import dataclass, field

from config.load import LoadedRoom
from config.room import AttachedSection, DeviceSection, ReaderSection
from devices.driving import DeviceSettings
from drivers.catalogue import MisfitError, Surroundings, UnknownDriverError, entry
from edge.room.keeper import Identity, Keeper, Surround
from edge.room.reader import ReaderIdentity, ReaderKeeper


@dataclass(slots=True)
class Built:
    """What a room's file gave.

    Attributes:
        keepers: one for each device that could be made.
        readers: one for each reader that could be made.
        problems: id → sentence for each that could not; the rest of the room goes on.
    """

    keepers: list[Keeper] = field(default_factory=list)
    readers: list[ReaderKeeper] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def build(
    loaded: LoadedRoom,
    surroundings: Surroundings,
    surround: Surround,
    reader_changed: Callable[[str], None],
) -> Built:
    """Make everything that hangs on a wire; nothing is opened yet."""
    built = Built()
    for section in loaded.room.attached:
        try:
            if isinstance(section, DeviceSection):
                built.keepers.append(_keeper(loaded, section, surroundings, surround))
            elif isinstance(section, ReaderSection):
                built.readers.append(_reader(loaded, section, surroundings, reader_changed))
        except (UnknownDriverError, MisfitError) as error:
            built.problems[section.id] = str(error)
    return built


def _keeper(
    loaded: LoadedRoom, section: DeviceSection, surroundings: Surroundings, surround: Surround
) -> Keeper:
    known = entry(section.driver)
    if known.build is None:
        raise MisfitError(f"{known.name} is a card reader; put it under [[reader]]")
    identity = Identity(
        id=section.id,
        name=section.name,
        kind=str(section.options.get("kind", known.kind)),
        driver=known.name,
        tested_on=known.tested_on,
        main=loaded.room.room.main_display == section.id,
    )
    options = dict(section.options)
    if section.inputs:
        options["inputs"] = ", ".join(f"{code}={name}" for code, name in section.inputs.items())
    driver = known.build(_settings(loaded, section, options), surroundings)
    return Keeper(identity, driver, surround)


def _reader(
    loaded: LoadedRoom,
    section: ReaderSection,
    surroundings: Surroundings,
    changed: Callable[[str], None],
) -> ReaderKeeper:
    known = entry(section.driver)
    if known.build_reader is None:
        raise MisfitError(f"{known.name} is no card reader; put it under [[device]]")
    identity = ReaderIdentity(section.id, section.name, known.name, section.feedback)
    reader = known.build_reader(_settings(loaded, section, dict(section.options)), surroundings)
    return ReaderKeeper(identity, reader, surroundings.jitter, changed)


def _settings(
    loaded: LoadedRoom, section: AttachedSection, options: dict[str, str | int | bool]
) -> DeviceSettings:
    password = loaded.secrets.get(section.password) if section.password else None
    return DeviceSettings(
        section.id, section.driver, section.place, password, section.baud, options
    )
