"""An emulated projector as PJLink sees it, without a wire. Source: protocol notes §2.1."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from devices.power import Power
from drivers.emulators.emulator import State

OK = "OK"
UNKNOWN_COMMAND, OUT_OF_RANGE, NOT_NOW, FAILURE = "ERR1", "ERR2", "ERR3", "ERR4"

_POWER_DIGITS = {Power.OFF: "0", Power.ON: "1", Power.COOLING: "2", Power.WARMING: "3"}
_CLASS_ONE_INPUTS = ("1", "2", "3", "4", "5")  # type 6, INTERNAL, came with class 2
_ERST_WORDS = ("fan", "lamp", "temperature", "cover", "filter", "other")


def _usual_inputs() -> Mapping[str, str]:
    return {"11": "VGA", "31": "HDMI 1", "32": "HDMI 2", "51": "LAN", "61": "USB viewer"}


@dataclass(frozen=True, slots=True)
class Projector:
    """What is printed on the box.

    Attributes:
        warm_s: seconds from standby to a picture.
        cool_s: seconds from off to standby.
        pjlink_class: 1 or 2.
        lamp_h: hours on the lamp's counter at the start; None = a laser, which has no lamp.
        filter_h: hours on the filter's counter; None = no filter.
        inputs: code → name.
    """

    warm_s: float = 30.0
    cool_s: float = 60.0
    pjlink_class: int = 2
    lamp_h: int | None = 1240
    filter_h: int | None = 310
    inputs: Mapping[str, str] = field(default_factory=_usual_inputs)
    name: str = "Máy chiếu A1.05"
    maker: str = "LOPHOC"
    model: str = "EMU-P2"


class LampedPower:
    """Power of a lamp: it cannot be cut while it strikes nor struck while it cools.

    Args:
        now_s: seconds of the device's own clock.
        projector: its times.
    """

    def __init__(self, now_s: Callable[[], float], projector: Projector) -> None:
        self._now_s = now_s
        self._takes_s = {Power.WARMING: projector.warm_s, Power.COOLING: projector.cool_s}
        self._power = Power.OFF
        self._since_s = now_s()
        self._burnt_s = 0.0

    @property
    def power(self) -> Power:
        """`off`, `warming`, `on` or `cooling` at this moment."""
        takes_s = self._takes_s.get(self._power)
        if takes_s is not None and self._now_s() - self._since_s >= takes_s:
            settled = Power.ON if self._power is Power.WARMING else Power.OFF
            self._move(settled, self._since_s + takes_s)
        return self._power

    @property
    def burnt_h(self) -> int:
        """Whole hours that the lamp has burnt since the start."""
        burning_s = self._now_s() - self._since_s if self.power in _BURNING else 0.0
        return int((self._burnt_s + burning_s) // 3600)

    def wish(self, power: Power) -> bool:
        """Press on or off; false where the lamp does not allow it now."""
        now, (target, via) = self.power, _WAYS[power]
        if now in (target, via):
            return True
        if now not in (Power.ON, Power.OFF):
            return False
        self._move(via, self._now_s())
        return True

    def _move(self, power: Power, at_s: float) -> None:
        if self._power in _BURNING:
            self._burnt_s += at_s - self._since_s
        self._power, self._since_s = power, at_s


_BURNING = (Power.WARMING, Power.ON)
_WAYS = {Power.ON: (Power.ON, Power.WARMING), Power.OFF: (Power.OFF, Power.COOLING)}


class PjlinkModel:
    """The projector itself: power, inputs, mutes, counters.

    Args:
        now_s: seconds of the device's own clock.
        projector: what is printed on the box.
    """

    def __init__(self, now_s: Callable[[], float], projector: Projector) -> None:
        self.projector = projector
        self.errors = dict.fromkeys(_ERST_WORDS, 0)  # 0 good, 1 warning, 2 error
        self.lamp = LampedPower(now_s, projector)
        self.input = next(iter(projector.inputs))
        self.video_muted = self.audio_muted = self.frozen = False
        self.volume_steps = {"SVOL": 0, "MVOL": 0}

    def answer(self, command_class: str, body: str, parameter: str) -> str:
        """The value with which the projector answers one command.

        Args:
            command_class: `1` or `2`.
            body: the four letters.
            parameter: what stood after the space.
        """
        since, ask, take = _COMMANDS.get(body, (9, None, None))
        if not since <= int(command_class) <= self.projector.pjlink_class:
            return UNKNOWN_COMMAND
        if parameter.startswith("?"):
            return ask(self, command_class, parameter[1:]) if ask else OUT_OF_RANGE
        return take(self, body, parameter) if take else OUT_OF_RANGE

    def state(self) -> State:
        """What the projector believes of itself."""
        return {
            "power": self.lamp.power.value,
            "input": self.input,
            "input_name": self.projector.inputs[self.input],
            "blank": self.video_muted,
            "mute": self.audio_muted,
            "freeze": self.frozen,
            "lamp_h": self.lamp_h,
            "errors": ",".join(word for word, digit in self.errors.items() if digit),
        }

    @property
    def lamp_h(self) -> int | None:
        """The lamp's counter; None = no lamp."""
        start_h = self.projector.lamp_h
        return None if start_h is None else start_h + self.lamp.burnt_h

    @property
    def has_picture(self) -> bool:
        """Whether it is fully on."""
        return self.lamp.power is Power.ON


def _inputs_of(box: PjlinkModel, command_class: str) -> list[str]:
    codes = list(box.projector.inputs)
    if command_class == "2":
        return codes
    return [code for code in codes if code[0] in _CLASS_ONE_INPUTS and code[1].isdigit()]


def _ask_power(box: PjlinkModel, _class: str, _rest: str) -> str:
    return _POWER_DIGITS[box.lamp.power]


def _take_power(box: PjlinkModel, _body: str, parameter: str) -> str:
    if parameter not in ("0", "1"):
        return OUT_OF_RANGE
    if parameter == "1" and box.errors["lamp"] == 2:
        return FAILURE
    if not box.lamp.wish(Power.ON if parameter == "1" else Power.OFF):
        return NOT_NOW
    if parameter == "0":
        box.video_muted = box.audio_muted = box.frozen = False
    return OK


def _ask_input(box: PjlinkModel, _class: str, _rest: str) -> str:
    return box.input if box.has_picture else NOT_NOW


def _take_input(box: PjlinkModel, _body: str, parameter: str) -> str:
    if parameter not in box.projector.inputs:
        return OUT_OF_RANGE
    if not box.has_picture:
        return NOT_NOW
    box.input = parameter
    return OK


def _ask_inputs(box: PjlinkModel, command_class: str, _rest: str) -> str:
    return " ".join(_inputs_of(box, command_class))


def _ask_input_name(box: PjlinkModel, _class: str, rest: str) -> str:
    return box.projector.inputs.get(rest, OUT_OF_RANGE)


def _ask_mute(box: PjlinkModel, _class: str, _rest: str) -> str:
    if not box.has_picture:
        return NOT_NOW
    muted = (box.video_muted, box.audio_muted)
    return {(True, False): "11", (False, True): "21", (True, True): "31"}.get(muted, "30")


def _take_mute(box: PjlinkModel, _body: str, parameter: str) -> str:
    if len(parameter) != 2 or parameter[0] not in "123" or parameter[1] not in "01":
        return OUT_OF_RANGE
    if not box.has_picture:
        return NOT_NOW
    muted = parameter[1] == "1"
    if parameter[0] in "13":
        box.video_muted = muted
    if parameter[0] in "23":
        box.audio_muted = muted
    return OK


def _ask_freeze(box: PjlinkModel, _class: str, _rest: str) -> str:
    return str(int(box.frozen)) if box.has_picture else NOT_NOW


def _take_freeze(box: PjlinkModel, _body: str, parameter: str) -> str:
    if parameter not in ("0", "1"):
        return OUT_OF_RANGE
    if not box.has_picture:
        return NOT_NOW
    box.frozen = parameter == "1"
    return OK


def _take_volume(box: PjlinkModel, body: str, parameter: str) -> str:
    if parameter not in ("0", "1"):
        return OUT_OF_RANGE
    if not box.has_picture:
        return NOT_NOW
    box.volume_steps[body] += 1 if parameter == "1" else -1
    return OK


def _ask_errors(box: PjlinkModel, _class: str, _rest: str) -> str:
    return "".join(str(digit) for digit in box.errors.values())


def _ask_lamp(box: PjlinkModel, _class: str, _rest: str) -> str:
    lit = int(box.lamp.power in _BURNING)
    return UNKNOWN_COMMAND if box.lamp_h is None else f"{box.lamp_h} {lit}"


def _ask_filter(box: PjlinkModel, _class: str, _rest: str) -> str:
    hours = box.projector.filter_h
    return UNKNOWN_COMMAND if hours is None else str(hours)


def _ask_resolution(box: PjlinkModel, _class: str, _rest: str) -> str:
    return "1920x1080" if box.has_picture else NOT_NOW


_Ask = Callable[[PjlinkModel, str, str], str]
_Take = Callable[[PjlinkModel, str, str], str]


def _printed(text: Callable[[Projector], str]) -> _Ask:
    return lambda model, _class, _rest: text(model.projector)


_COMMANDS: Mapping[str, tuple[int, _Ask | None, _Take | None]] = {
    "POWR": (1, _ask_power, _take_power),
    "INPT": (1, _ask_input, _take_input),
    "INST": (1, _ask_inputs, None),
    "AVMT": (1, _ask_mute, _take_mute),
    "ERST": (1, _ask_errors, None),
    "LAMP": (1, _ask_lamp, None),
    "NAME": (1, _printed(lambda box: box.name), None),
    "INF1": (1, _printed(lambda box: box.maker), None),
    "INF2": (1, _printed(lambda box: box.model), None),
    "INFO": (1, _printed(lambda _: "emulated"), None),
    "CLSS": (1, _printed(lambda box: str(box.pjlink_class)), None),
    "SNUM": (2, _printed(lambda _: "EMU0001"), None),
    "SVER": (2, _printed(lambda _: "1.0"), None),
    "INNM": (2, _ask_input_name, None),
    "IRES": (2, _ask_resolution, None),
    "RRES": (2, _printed(lambda _: "1920x1080"), None),
    "FILT": (2, _ask_filter, None),
    "RLMP": (2, _printed(lambda _: "EMU-LAMP"), None),
    "RFIL": (2, _printed(lambda _: "EMU-FILTER"), None),
    "SVOL": (2, None, _take_volume),
    "MVOL": (2, None, _take_volume),
    "FREZ": (2, _ask_freeze, _take_freeze),
}
