"""What is not as it should be in this room, judged once for everybody who says it.

`/health`, `/metrics`, the panel's header and its help page all say these findings, so that no light
is green that another one shows red. Pure: facts in, findings out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from devices.capability import Capability
from devices.link import Link
from devices.power import Power
from edge.room.keeper import Keeper
from edge.room.reader import ReaderKeeper
from edge.room.view import Json
from edge.supervisor import Part, PartState
from school.moment import TimeQuality
from sync.uplink.ports import LinkState, SyncState


class Level(StrEnum):
    """How much a finding matters."""

    INFO = "info"  # worth knowing; nothing is wrong
    WARNING = "warning"  # somebody should look; lessons go on
    FAULT = "fault"  # a promise is broken now: taps are refused, or will never arrive


class Area(StrEnum):
    """What a finding is about."""

    STORE = "store"
    LINK = "link"
    DEVICE = "device"
    READER = "reader"
    PART = "part"
    CLOCK = "clock"


class StoreState(StrEnum):
    """Whether taps are stored."""

    STARTING = "starting"  # it has not been read yet
    OPEN = "open"
    LOW = "low"  # open, but the space kept back for taps is not there
    FULL = "full"  # the disk has no room: taps are refused
    FAILED = "failed"  # the disk refuses: taps are refused

    @property
    def takes_taps(self) -> bool:
        """Whether a tap is taken now; while starting it waits a moment."""
        return self not in {StoreState.FULL, StoreState.FAILED}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        area: what it is about.
        code: the page's catalogues have the sentence under `health.CODE`.
        level: how much it matters.
        subject: which device, reader or part; "" for the room's own.
        reason: for technicians, may be empty; never in a public answer.
    """

    area: Area
    code: str
    level: Level
    subject: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """What is judged.

    Attributes:
        store: whether taps are stored.
        now_ms: boot-monotonic milliseconds.
        store_reason: why not, or that the store was damaged; "" if all is well.
        sync: the uplink.
        clock: how good the time is.
        devices: by id.
        readers: by id.
        parts: of the agent.
    """

    store: StoreState
    now_ms: int
    store_reason: str = ""
    sync: SyncState = field(default_factory=lambda: SyncState(LinkState.OFF))
    clock: TimeQuality = TimeQuality.NTP
    devices: Mapping[str, Keeper] = field(default_factory=dict)
    readers: Mapping[str, ReaderKeeper] = field(default_factory=dict)
    parts: Sequence[Part] = ()


def findings(facts: HealthFacts) -> tuple[Finding, ...]:
    """All of them, those of the store first."""
    return (
        *_of_store(facts),
        *_of_link(facts.sync),
        *_of_devices(facts.devices, facts.now_ms),
        *_of_readers(facts.readers),
        *_of_parts(facts),
        *_of_clock(facts.clock),
    )


def is_fine(found: Sequence[Finding]) -> bool:
    """Whether nothing needs a look."""
    return all(one.level is Level.INFO for one in found)


def health_json(found: Sequence[Finding]) -> Json:
    """Findings for anybody: whether all is well, and what is not; no address, no sentence."""
    return {"ok": is_fine(found), "findings": [_finding_json(one) for one in found]}


def _finding_json(finding: Finding) -> Json:
    return {
        "area": finding.area.value,
        "code": finding.code,
        "level": finding.level.value,
        "subject": finding.subject,
    }


def _of_store(facts: HealthFacts) -> Iterator[Finding]:
    match facts.store:
        case StoreState.STARTING:
            yield Finding(Area.STORE, "starting", Level.INFO)
        case StoreState.FULL:
            yield Finding(Area.STORE, "disk_full", Level.FAULT, reason=facts.store_reason)
        case StoreState.FAILED:
            yield Finding(Area.STORE, "store_failed", Level.FAULT, reason=facts.store_reason)
        case StoreState.LOW:
            yield Finding(Area.STORE, "disk_low", Level.WARNING)
    if facts.store.takes_taps and facts.store_reason:
        yield Finding(Area.STORE, "store_repaired", Level.WARNING, reason=facts.store_reason)


def _of_link(sync: SyncState) -> Iterator[Finding]:
    match sync.state:
        case LinkState.BLOCKED:
            yield Finding(Area.LINK, sync.reason, Level.FAULT)
        case LinkState.WAITING if sync.reason:
            yield Finding(Area.LINK, sync.reason, Level.WARNING)
        case LinkState.WAITING:
            yield Finding(Area.LINK, "not_heard_yet", Level.INFO)


def _of_devices(devices: Mapping[str, Keeper], now_ms: int) -> Iterator[Finding]:
    for name, one in devices.items():
        if one.link.is_lost:
            code = f"device_{one.link.value}"
            yield Finding(Area.DEVICE, code, Level.WARNING, name, one.link_reason)
        elif one.gives_no_sign:
            yield Finding(Area.DEVICE, "device_silent", Level.WARNING, name)
        elif one.book.power is Power.FAULT or one.book.reading(Capability.FAULTS, now_ms).value:
            yield Finding(Area.DEVICE, "device_fault", Level.WARNING, name)
        elif one.moves.slow(now_ms):
            yield Finding(Area.DEVICE, "device_slow", Level.WARNING, name)
        elif one.is_hearsay:
            yield Finding(Area.DEVICE, "device_unheard", Level.INFO, name)


def _of_readers(readers: Mapping[str, ReaderKeeper]) -> Iterator[Finding]:
    for name, one in readers.items():
        remark = one.state.remark
        if remark is not None:
            level = Level.WARNING if one.state.needs_look else Level.INFO
            yield Finding(Area.READER, f"reader_{remark.trouble.value}", level, name)
        elif one.link is not Link.ONLINE:
            yield Finding(Area.READER, f"reader_{one.link.value}", Level.WARNING, name)


def _of_parts(facts: HealthFacts) -> Iterator[Finding]:
    for part in facts.parts:
        if part.state is PartState.UP:
            continue
        if part.name == "store":  # said by its own finding
            continue
        yield Finding(Area.PART, f"part_{part.state.value}", Level.WARNING, part.name, part.reason)


def _of_clock(quality: TimeQuality) -> Iterator[Finding]:
    if not quality.trusted:
        yield Finding(Area.CLOCK, f"clock_{quality.value}", Level.WARNING)
