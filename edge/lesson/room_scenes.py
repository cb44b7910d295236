"""The scenes of one room: what a start, a hand-over and an end do to its devices.

Mute, freeze and blank end with the lesson, whatever the room's own scenes say of them. A device
that the end turns off is left as it is until the next start: to show its picture or to let it sound
for the last second would be worse.
"""

from collections.abc import Iterable
from dataclasses import replace

from devices.capability import Capability
from devices.reading import Value
from edge.lesson.ports import Devices
from edge.lesson.runner import Runner
from edge.lesson.scene import Scene, SceneName, Scenes, Step
from edge.lesson.stage import Prelude, Stage

TAKEN_WITHIN_S = 10.0
HEARD_WITHIN_S = 20.0
OF_A_LESSON = (Capability.BLANK, Capability.FREEZE, Capability.MUTE)


class RoomScenes:
    """Runs the scenes of a room, one at a time.

    Args:
        scenes: of the room's profile or file.
        devices: the room's devices.
        stage: where they are run.
    """

    def __init__(self, scenes: Scenes, devices: Devices, stage: Stage) -> None:
        self._scenes = scenes
        self._devices = devices
        self._stage = stage
        self._before: dict[Step, Value | None] | None = None

    @property
    def runner(self) -> Runner | None:
        """The scene of late, with its steps."""
        return self._stage.runner

    def start(self, *, picture: bool) -> None:
        """Get the room ready for a lesson."""
        free = OF_A_LESSON if picture else (Capability.FREEZE, Capability.MUTE)
        steps = self._of(SceneName.START if picture else SceneName.START_NO_PICTURE)
        last = max((step.group for step in steps), default=0)
        self._begin((*steps, *self._freed(free, last + 1)))

    def resume(self, *, picture: bool) -> None:
        """Get the room ready again for the lesson that was on, once its devices were read."""
        steps = self._of(SceneName.START if picture else SceneName.START_NO_PICTURE)
        self._begin(steps, lambda: self._devices.heard(HEARD_WITHIN_S))

    def hand_over(self) -> None:
        """Leave the devices on for the next lesson, the picture blanked."""
        steps = self._of(SceneName.HAND_OVER)
        last = max((step.group for step in steps), default=0)
        loud = self._freed((Capability.MUTE,), last + 1)
        self._before = {step: self._value(step) for step in steps + loud}
        self._begin((*steps, *self._freed((Capability.FREEZE,), last + 1), *loud))

    def take_back_hand_over(self, *, picture: bool) -> None:
        """Have the picture and the sound again as they were before the hand-over.

        Where nobody knows how they were, a lesson with a picture has it shown.
        """
        before = self._before or dict.fromkeys(self._of(SceneName.HAND_OVER))
        self._before = None
        steps = []
        for step, was in before.items():
            is_dark = was is None and picture and step.capability is Capability.BLANK
            value = False if is_dark else was
            if value is not None:
                steps.append(replace(step, value=value, wait_for=None, only_if=None))
        self._begin(tuple(steps))

    def end(self) -> None:
        """Turn off what the room turns off after its lessons."""
        steps = self._of(SceneName.END)
        dark = {step.device for step in steps if step.capability is Capability.POWER}
        first = min((step.group for step in steps), default=0)
        freed = self._freed(OF_A_LESSON, first - 1)
        self._begin((*(step for step in freed if step.device not in dark), *steps))

    def is_anything_on(self) -> bool:
        """Whether the end scene would turn something off, as far as devices tell."""
        lamps = [s for s in self._of(SceneName.END) if s.capability is Capability.POWER]
        here = [s for s in lamps if self._devices.offers(s.device, s.capability)]
        said = (self._devices.reading(s.device, s.capability) for s in here)
        return any(one.value != "off" or not one.is_current for one in said)

    def _of(self, name: SceneName) -> tuple[Step, ...]:
        return self._scenes.get(name, Scene()).steps

    def _value(self, step: Step) -> Value | None:
        return self._devices.reading(step.device, step.capability).value

    def _freed(self, capabilities: Iterable[Capability], group: int) -> tuple[Step, ...]:
        """Steps that switch these off again, on whatever device they are on."""
        return tuple(
            Step(device, capability, value=False, limit_s=TAKEN_WITHIN_S, group=group, only_if=True)
            for capability in capabilities
            for device in self._devices.having(capability)
        )

    def _begin(self, steps: tuple[Step, ...], prelude: Prelude | None = None) -> None:
        self._stage.begin(Scene(steps), prelude)
