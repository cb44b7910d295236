"""What a reader's driver notices about what the reader sends, and for how long it holds."""

from collections.abc import Callable

from devices.trouble import Remark, Trouble

SHORT_AT_LEAST = 2  # one short number may be a line that broke off
GOOD_UNTIL_MENDED = 50  # with 4-byte cards so many whole ones in a row are chance once in 500,000

_WORST_FIRST = (Trouble.NEVER_HEARD, Trouble.SHORT_NUMBERS, Trouble.UNREADABLE, Trouble.RAW_CHECK)


class Noticed:
    """The remarks on one reader; whoever listens hears of the worst one when it changes."""

    def __init__(self) -> None:
        self._held: dict[Trouble, Remark] = {}
        self._told: Remark | None = None
        self._call: Callable[[Remark | None], None] | None = None
        self._shorts = self._good = 0

    def on_remark(self, call: Callable[[Remark | None], None]) -> None:
        """Call with each remark, and with None where none holds any more."""
        self._call = call

    def waits(self) -> None:
        """Nothing was heard of it yet."""
        self._held[Trouble.NEVER_HEARD] = Remark(Trouble.NEVER_HEARD)
        self._tell()

    def heard(self) -> None:
        """It is there."""
        if self._held.pop(Trouble.NEVER_HEARD, None) is not None:
            self._tell()

    def good(self, *, has_raw_check: bool = False) -> None:
        """A whole card came."""
        if not self._held and not self._shorts and not has_raw_check:
            return
        self._good += 1
        self._held.pop(Trouble.UNREADABLE, None)
        if has_raw_check:
            self._held[Trouble.RAW_CHECK] = Remark(Trouble.RAW_CHECK)
        if self._good >= GOOD_UNTIL_MENDED:
            self._shorts = 0
            self._held.pop(Trouble.SHORT_NUMBERS, None)
        self._tell()

    def short(self, digits: int, of: int) -> None:
        """A number came that wants zeros."""
        self._shorts, self._good = self._shorts + 1, 0
        if self._shorts >= SHORT_AT_LEAST:
            remark = Remark(Trouble.SHORT_NUMBERS, {"digits": digits, "of": of})
            self._held.setdefault(Trouble.SHORT_NUMBERS, remark)
        self._tell()

    def unreadable(self, where: str) -> None:
        """What comes is of another kind or speed."""
        self._held[Trouble.UNREADABLE] = Remark(Trouble.UNREADABLE, {"port": where})
        self._tell()

    def _tell(self) -> None:
        worst = next((self._held[one] for one in _WORST_FIRST if one in self._held), None)
        if worst != self._told and self._call is not None:
            self._call(worst)
        self._told = worst
