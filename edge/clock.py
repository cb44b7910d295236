"""The room's clock: exact order within a boot, and the best wall time to be had.

A Pi has no clock of its own. The system's time is believed where a time source has set it;
else the hub's time, where an anchor of this boot is known; else the last time saved before the
power was cut, as a floor.
"""

import os
import time
from pathlib import Path

from sync.moment import Moment, TimeQuality

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
# systemd-timesyncd makes this file once a time source has set the clock. adjtimex(2) would tell
# more, but the agent's sandbox keeps all clock calls out.
SYNCHRONISED_FLAG = Path("/run/systemd/timesync/synchronized")
LOOK_EVERY_S = 1.0
SAVE_EVERY_S = 600


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
        self._floor_ms = self._read_floor()
        self._offset = offset
        self._hub: tuple[int, int] | None = None  # (mono_ms, wall_ms) of the newest anchor
        self._synchronised = SYNCHRONISED_FLAG.exists()

    def now(self) -> Moment:
        """The present moment."""
        mono_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        wall_ms, quality = self._believed(mono_ms)
        return Moment(self.boot, mono_ms, wall_ms + self._jump_ms(), quality)

    def _believed(self, mono_ms: int) -> tuple[int, TimeQuality]:
        system_ms = time.time_ns() // 1_000_000
        if self._synchronised:
            return system_ms, TimeQuality.NTP
        if self._hub is not None:
            anchor_mono_ms, anchor_wall_ms = self._hub
            return anchor_wall_ms + mono_ms - anchor_mono_ms, TimeQuality.HUB
        if self._floor_ms:
            return max(system_ms, self._floor_ms), TimeQuality.SAVED
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
        """Keep a trusted time as the floor after the next power cut (write, sync, rename)."""
        moment = self.now()
        if not moment.tq.trusted:
            return
        fresh = self._saved_file.with_suffix(".new")
        with fresh.open("w") as file:
            file.write(str(moment.wall_ms))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self._saved_file)

    def _read_floor(self) -> int:
        try:
            return int(self._saved_file.read_text())
        except (OSError, ValueError):
            return 0
