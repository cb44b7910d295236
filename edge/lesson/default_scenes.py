"""The scenes of the built-in room profiles.

They speak to devices by their role; `scenes_for` puts the room's device ids in. A capability that a
device does not offer is left out when the scene runs.
"""

from collections.abc import Mapping
from dataclasses import replace

from devices.capability import Capability
from edge.lesson.scene import Scene, SceneName, Scenes, Step

PROJECTOR_WITHIN_S = 120.0
BOARD_WITHIN_S = 40.0
SCREEN_WITHIN_S = 45.0
COOLED_WITHIN_S = 300.0
TAKEN_WITHIN_S = 10.0

_PROJECTOR_ON = Step(
    "projector", Capability.POWER, "on", "on", PROJECTOR_WITHIN_S, 0, "step.projector"
)
_PROJECTOR_SHOWS = Step(
    "projector", Capability.BLANK, value=False, limit_s=TAKEN_WITHIN_S, group=1, word="step.source"
)
_PROJECTOR_BLANK = Step(
    "projector", Capability.BLANK, value=True, limit_s=TAKEN_WITHIN_S, word="step.blank"
)
_PROJECTOR_OFF = Step(
    "projector", Capability.POWER, "off", "off", COOLED_WITHIN_S, 0, "step.projector"
)
_BOARD_ON = Step("board", Capability.POWER, "on", "on", BOARD_WITHIN_S, 0, "step.board")
_BOARD_BLANK = Step(
    "board", Capability.BLANK, value=True, limit_s=TAKEN_WITHIN_S, word="step.blank"
)
_BOARD_SHOWS = Step(
    "board", Capability.BLANK, value=False, limit_s=TAKEN_WITHIN_S, group=1, word="step.source"
)
_BOARD_OFF = Step("board", Capability.POWER, "off", "off", BOARD_WITHIN_S, 0, "step.board")
_SCREEN_DOWN = Step("screen", Capability.SCREEN, "down", "down", SCREEN_WITHIN_S, 0, "step.screen")
_SCREEN_UP = Step("screen", Capability.SCREEN, "up", "up", SCREEN_WITHIN_S, 0, "step.screen")

_WITH_PROJECTOR: Scenes = {
    SceneName.START: Scene((_SCREEN_DOWN, _PROJECTOR_ON, _PROJECTOR_SHOWS)),
    SceneName.START_NO_PICTURE: Scene(),
    SceneName.HAND_OVER: Scene((_PROJECTOR_BLANK,)),
    SceneName.END: Scene((_PROJECTOR_OFF, _SCREEN_UP)),
}

PROFILES: Mapping[str, Scenes] = {
    "projector-and-board": {
        SceneName.START: Scene((_SCREEN_DOWN, _PROJECTOR_ON, _BOARD_ON, _PROJECTOR_SHOWS)),
        SceneName.START_NO_PICTURE: Scene(),
        SceneName.HAND_OVER: Scene((_PROJECTOR_BLANK, _BOARD_BLANK)),
        SceneName.END: Scene((_PROJECTOR_OFF, _BOARD_OFF, _SCREEN_UP)),
    },
    "projector": _WITH_PROJECTOR,
    "board": {
        SceneName.START: Scene((_BOARD_ON, _BOARD_SHOWS)),
        SceneName.START_NO_PICTURE: Scene(),
        SceneName.HAND_OVER: Scene((_BOARD_BLANK,)),
        SceneName.END: Scene((_BOARD_OFF,)),
    },
    "none": {name: Scene() for name in SceneName},
}
"""Scenes by profile; the device ids are roles: `projector`, `board`, `screen`."""


def scenes_for(profile: str, devices: Mapping[str, str] | None = None) -> Scenes:
    """The scenes of a profile, for the devices of one room.

    Args:
        profile: a key of `PROFILES`.
        devices: role → device id, where the id is not the role's own word.
    """
    ids = devices or {}
    return {
        name: Scene(tuple(replace(s, device=ids.get(s.device, s.device)) for s in scene.steps))
        for name, scene in PROFILES[profile].items()
    }
