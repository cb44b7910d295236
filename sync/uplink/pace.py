"""How much is sent at once and how long a pause is; pure, chance is an argument.

Source: sync protocol v1, sizes and pace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from sync.wire.event import Lane


@dataclass(frozen=True, slots=True)
class Flush:
    """A lane is sent when so many events wait, or so long after it was last sent.

    Attributes:
        events: this many go at once.
        after_s: fewer go after this time.
    """

    events: int
    after_s: float


_FLUSH = {
    Lane.ATTENDANCE: Flush(20, 2.0),
    Lane.AUDIT: Flush(20, 2.0),
    Lane.TELEMETRY: Flush(100, 300.0),
    Lane.BLOBS: Flush(1, 10.0),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """The uplink's pace.

    Attributes:
        flush: when each lane is sent.
        first_events: size of the first batch.
        least_s: the shortest back-off after the quick first retry.
        most_s: the longest back-off.
        blocked_s: how often a refused room asks again: as often as an admitted one says hello, so
            that its light is green soon after its key was admitted.
        unready_s: how often a room whose own files do not let it speak looks at them again.
        probe_s: how often a dead address is looked at, so that the first event leaves within a
            second after the link returns; None = never (a hub above thousands).
        fresh_boot_ms: a boot younger than this counts as power returning.
        spread_s: after power returned, lane 0 waits up to so long.
        spread_rest_s: and the other lanes up to so long.
        greet_s: a room with nothing to send says hello so often, so that the hub knows it lives.
    """

    flush: Mapping[Lane, Flush] = field(default_factory=lambda: dict(_FLUSH))
    first_events: int = 50
    least_s: float = 1.0
    most_s: float = 300.0
    blocked_s: float = 30.0
    unready_s: float = 5.0
    probe_s: float | None = 1.0
    fresh_boot_ms: int = 180_000
    spread_s: float = 15.0
    spread_rest_s: float = 600.0
    greet_s: float = 30.0


def pace_to(hub: str) -> Pace:
    """The pace towards a hub; one on this same machine has no crowd of rooms to be spared.

    Args:
        hub: its address, `https://host[:port]`.
    """
    return Pace(spread_s=0.0, spread_rest_s=0.0) if _is_here(hub) else Pace()


def _is_here(hub: str) -> bool:
    try:
        host = urlsplit(hub).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False  # a name, or no address at all: the client says so


TURNS_FOR_THE_REST = 20
"""Every so many batches the next lane goes first, so that none starves: 5 %."""


def back_off_s(pace: Pace, failures: int, jitter: float) -> float:
    """Pause after so many failures in a row: a quick first retry, then full jitter.

    Args:
        pace: gives the shortest and longest pause.
        failures: at least 1.
        jitter: evenly from 0 to 1.
    """
    if failures <= 1:
        return pace.least_s * jitter
    longest = min(pace.most_s, pace.least_s * 2.0 ** min(failures - 1, 30))
    return pace.least_s + (longest - pace.least_s) * jitter


def grown(size: int, most: int) -> int:
    """Size of the next batch after one that went well."""
    return max(1, min(size * 2, most))


def halved(size: int) -> int:
    """Size of the next batch after one that was too much."""
    return max(1, size // 2)


def due_in_s(flush: Flush, waiting: int, since_sent_s: float, held_s: float) -> float | None:
    """How long until a lane is to be sent; 0 = now, None = nothing waits.

    Args:
        flush: the lane's rule.
        waiting: events that wait.
        since_sent_s: time since a batch of this lane left.
        held_s: the lane is held back for so long; 0 or less = it is not.
    """
    if waiting <= 0:
        return None
    rest_s = 0.0 if waiting >= flush.events else flush.after_s - since_sent_s
    return max(0.0, rest_s, held_s)


def choose_lane(due: Sequence[int], turn: int) -> int | None:
    """Which lane goes now: the most urgent one, but now and then the next.

    Args:
        due: lanes that are due, in any order.
        turn: number of the batch.
    """
    if not due:
        return None
    order = sorted(due)
    if len(order) > 1 and turn % TURNS_FOR_THE_REST == TURNS_FOR_THE_REST - 1:
        return order[1]
    return order[0]
