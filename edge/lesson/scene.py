"""Scenes as data: what a start, a hand-over and an end wish of which device."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from devices.capability import Capability
from devices.reading import Value


class SceneName(StrEnum):
    """The scenes a room has."""

    START = "start"
    START_NO_PICTURE = "start_no_picture"
    HAND_OVER = "hand_over"
    END = "end"


@dataclass(frozen=True, slots=True)
class Step:
    """One wish of a scene.

    Attributes:
        device: device id.
        capability: what is wished for.
        value: the value wished for.
        wait_for: the reported value that ends the step; None = taken is enough.
        limit_s: time after which the step has failed; the others go on.
        group: steps of one group run together; groups run in order.
        word: catalogue key of the step's word on the panel.
        only_if: the step is left out unless the device reports this; such steps tidy up behind
            the others, and the panel does not show them.
    """

    device: str
    capability: Capability
    value: Value
    wait_for: Value | None = None
    limit_s: float = 30.0
    group: int = 0
    word: str = ""
    only_if: Value | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Steps in order of their groups."""

    steps: tuple[Step, ...] = ()


Scenes = Mapping[SceneName, Scene]
"""The scenes of one room; one that is missing does nothing."""
