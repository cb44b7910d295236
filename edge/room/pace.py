"""How often a device is asked, and how long its warming and cooling will take."""

from collections import deque
from statistics import median

from devices.power import SETTLED, Power

SETTLED_S = 10.0
MOVING_S = 1.0
AFTER_WRITE_S = (0.1, 0.3, 0.6)
DEFAULT_MOVE_S = {Power.WARMING: 30.0, Power.COOLING: 60.0}
SLOW_FACTOR = 1.5  # beyond this share of the usual time the panel says "slower than usual"


class Pace:
    """Gives the wait before the next question: fast after a command, slow when settled."""

    def __init__(self) -> None:
        self._fast_left = 0

    def hurry(self) -> None:
        """A command was sent: ask again at once, then ever more slowly."""
        self._fast_left = len(AFTER_WRITE_S)

    def wait_s(self, power: Power | None, *, unconfirmed: bool) -> float:
        """Seconds until the next question."""
        if self._fast_left:
            self._fast_left -= 1
            return AFTER_WRITE_S[len(AFTER_WRITE_S) - 1 - self._fast_left]
        moving = power is not None and power not in SETTLED
        return MOVING_S if moving or unconfirmed else SETTLED_S


def reconnect_delay_s(jitter: float) -> float:
    """Seconds before a lost device is tried again: 1 to 5, for ever; `jitter` in 0..1."""
    return 1.0 + 4.0 * jitter


class MoveTimes:
    """How long this device warms and cools: the median of its last five, else the default."""

    def __init__(self) -> None:
        self._past_s: dict[Power, deque[float]] = {
            Power.WARMING: deque(maxlen=5),
            Power.COOLING: deque(maxlen=5),
        }
        self._power = Power.UNKNOWN
        self._since_ms = 0

    def report(self, power: Power, now_ms: int) -> None:
        """The device reported this power at `now_ms`."""
        if power is self._power:
            return
        times = self._past_s.get(self._power)
        if times is not None and power in {Power.ON, Power.OFF}:
            times.append((now_ms - self._since_ms) / 1000)
        self._power, self._since_ms = power, now_ms

    def left_s(self, now_ms: int) -> int | None:
        """Whole seconds left of warming or cooling, at least 1; None when neither."""
        if self._power not in self._past_s:
            return None
        return max(1, round(self._usual_s() - (now_ms - self._since_ms) / 1000))

    def slow(self, now_ms: int) -> bool:
        """Whether warming or cooling takes much longer than usual."""
        if self._power not in self._past_s:
            return False
        return (now_ms - self._since_ms) / 1000 > SLOW_FACTOR * self._usual_s()

    def _usual_s(self) -> float:
        past = self._past_s[self._power]
        return median(past) if past else DEFAULT_MOVE_S[self._power]
