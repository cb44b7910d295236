"""The room's clock: exact order within a boot, and the best wall time to be had.

A Pi has no clock of its own. The system's time is believed where a time source has set it;
else the hub's time, where an anchor of this boot is known; else the last time saved before the
power was cut, as a floor that runs on with the boot's own seconds. It never stands still.
"""

import logging
import time
from pathlib import Path

from school.moment import Moment, TimeQuality
from sync.state.whole_file import write_whole

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
# systemd-timesyncd makes this file once a time source has set the clock. adjtimex(2) would tell
# more, but the agent's sandbox keeps all clock calls out.
SYNCHRONISED_FLAG = Path("/run/systemd/timesync/synchronized")
LOOK_EVERY_S = 1.0
SAVE_EVERY_S = 600

log = logging.getLogger(__name__)


def read_boot_id() -> str:
    """The kernel's boot id, 32 hex digits."""
    return BOOT_ID_FILE.read_text().strip().replace("-", "")


class OffsetFile:
    """A jump of the clock kept in a file, so that it survives kills (demo and tests)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen_ns = -1
        self._offset_ms = 0

    def offset_ms(self) -> int:
        """Milliseconds to add to the system's wall time; 0 while there is no file."""
        try:
            changed_ns = self._path.stat().st_mtime_ns
            if changed_ns != self._seen_ns:
                self._offset_ms = int(self._path.read_text())
                self._seen_ns = changed_ns
        except (FileNotFoundError, ValueError):
            return self._offset_ms
        return self._offset_ms


class SystemClock:
    """The room's clock. See the module for which time is believed.

    Attributes:
        boot: kernel boot id.
    """

    def __init__(self, state: Path, offset: OffsetFile | None = None) -> None:
        self.boot = read_boot_id()
        self._saved_file = state / "last-good-time"
        self._unsaved = ""  # why the last good time could not be kept; "" = it could
        self._floor = self._read_floor()
        self._offset = offset
        self._hub: tuple[int, int] | None = None  # (mono_ms, wall_ms) of the newest anchor
        self._synchronised = SYNCHRONISED_FLAG.exists()

    def now(self) -> Moment:
        """The present moment."""
        mono_ms = _mono_ms()
        wall_ms, quality = self._believed(mono_ms)
        return Moment(self.boot, mono_ms, wall_ms + self._jump_ms(), quality)

    def _believed(self, mono_ms: int) -> tuple[int, TimeQuality]:
        system_ms = time.time_ns() // 1_000_000
        if self._synchronised:
            return system_ms, TimeQuality.NTP
        if self._hub is not None:
            anchor_mono_ms, anchor_wall_ms = self._hub
            return anchor_wall_ms + mono_ms - anchor_mono_ms, TimeQuality.HUB
        if self._floor is not None:
            floor_mono_ms, floor_wall_ms = self._floor
            return max(system_ms, floor_wall_ms + mono_ms - floor_mono_ms), TimeQuality.SAVED
        return system_ms, TimeQuality.NONE

    def _jump_ms(self) -> int:
        return self._offset.offset_ms() if self._offset else 0

    def learn(self, mono_ms: int, wall_ms: int) -> None:
        """Take the hub's time: it was `wall_ms` when this boot was `mono_ms` old."""
        self._hub = (mono_ms, wall_ms - self._jump_ms())

    def look_again(self) -> None:
        """See whether a time source has set the system's clock meanwhile."""
        self._synchronised = SYNCHRONISED_FLAG.exists()

    def save(self) -> None:
        """Keep a trusted time as the floor after the next power cut (write, sync, rename).

        A disk that refuses is said once in the log: the room goes on.
        """
        moment = self.now()
        if not moment.tq.trusted:
            return
        said = f"{moment.wall_ms} {moment.boot} {moment.mono_ms}"
        try:
            write_whole(self._saved_file, said.encode())
        except OSError as error:
            self._note(str(error))
        else:
            self._note("")

    def _note(self, reason: str) -> None:
        if reason and not self._unsaved:
            log.warning("the time is not kept over a power cut: %s", reason)
        self._unsaved = reason

    def _read_floor(self) -> tuple[int, int] | None:
        """The floor as (mono_ms, wall_ms): a time of this boot, or the saved one as of now."""
        try:
            wall_ms, *rest = self._saved_file.read_text().split()
            of_this_boot = len(rest) == 2 and rest[0] == self.boot
            return int(rest[1]) if of_this_boot else _mono_ms(), int(wall_ms)
        except (OSError, ValueError):
            return None


def _mono_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
