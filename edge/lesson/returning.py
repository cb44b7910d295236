"""What a room does with the run it finds after the agent, or the power, comes back. Pure."""

from dataclasses import dataclass
from enum import StrEnum

SCENE_IN_PROGRESS_MS = 180_000


class Return(StrEnum):
    """What to do about an open run."""

    CARRY_ON = "carry_on"  # the agent alone was away: devices are as they were
    FINISH_SCENE = "finish_scene"  # the agent went while the start scene ran
    POWER_CAME_BACK = "power_came_back"  # resume after a random wait, once the time is known


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of the open run at a start of the agent.

    Attributes:
        boot: kernel boot id now.
        now_ms: boot-monotonic milliseconds now.
        run_boots: boots in which the run was started or resumed.
        begun_boot: boot of its last start or resumption.
        begun_ms: boot-monotonic milliseconds of that, in its own boot.
    """

    boot: str
    now_ms: int
    run_boots: frozenset[str]
    begun_boot: str
    begun_ms: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits for its devices after a power cut.

    Attributes:
        run: its id.
        from_ms: boot-monotonic milliseconds from which devices may be asked.
        until_ms: from here on it stays off until somebody touches the panel.
    """

    run: str
    from_ms: int
    until_ms: int


def what_to_do(found: Found) -> Return:
    """What to do about an open run."""
    if found.boot not in found.run_boots:
        return Return.POWER_CAME_BACK
    if found.begun_boot == found.boot and found.now_ms - found.begun_ms < SCENE_IN_PROGRESS_MS:
        return Return.FINISH_SCENE
    return Return.CARRY_ON
