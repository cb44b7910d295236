"""The built-in scenes undo one another and speak to the room's own devices."""

import pytest

from devices.capability import Capability
from edge.lesson.default_scenes import PROFILES, scenes_for
from edge.lesson.scene import SceneName


def wishes(scene):
    return {(s.device, s.capability): s.value for s in scene.steps}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_every_scene_and_the_end_undoes_the_start(profile):
    scenes = scenes_for(profile)
    assert set(scenes) == set(SceneName)
    start, end = wishes(scenes[SceneName.START]), wishes(scenes[SceneName.END])
    for (device, capability), value in start.items():
        if capability is Capability.BLANK:
            assert wishes(scenes[SceneName.HAND_OVER])[device, capability] is not value
        else:
            assert end[device, capability] != value
    assert not scenes[SceneName.START_NO_PICTURE].steps


@pytest.mark.parametrize("profile", PROFILES)
def test_a_hand_over_turns_nothing_off(profile):
    steps = scenes_for(profile)[SceneName.HAND_OVER].steps
    assert {s.capability for s in steps} <= {Capability.BLANK}


def test_the_rooms_own_device_ids():
    scenes = scenes_for("projector", {"projector": "epson", "screen": "motor"})
    assert {s.device for s in scenes[SceneName.START].steps} == {"epson", "motor"}
