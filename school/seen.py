"""Which facts were taken before, in little memory: numbers of a store come nearly in order."""


class Seen:
    """A set of event ids; a run of numbers of one store costs as much as a single one."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[int, int]] = {}
        self._apart: set[str] = set()

    def add(self, fact_id: str) -> bool:
        """Note an id; returns whether it is new."""
        stream, dash, number = fact_id.rpartition("-")
        if not (dash and number.isascii() and number.isdigit()):
            return self._add_apart(fact_id)
        seq = int(number)
        first, last = self._runs.get(stream, (seq, seq - 1))
        if first <= seq <= last:
            return False
        if seq not in (first - 1, last + 1):
            return self._add_apart(fact_id)
        if fact_id in self._apart:
            return False
        self._runs[stream] = self._grown(stream, min(first, seq), max(last, seq))
        return True

    def _add_apart(self, fact_id: str) -> bool:
        is_new = fact_id not in self._apart
        self._apart.add(fact_id)
        return is_new

    def _grown(self, stream: str, first: int, last: int) -> tuple[int, int]:
        """Take in what was apart and now touches the run."""
        while self._apart and f"{stream}-{last + 1}" in self._apart:
            last += 1
            self._apart.discard(f"{stream}-{last}")
        while self._apart and f"{stream}-{first - 1}" in self._apart:
            first -= 1
            self._apart.discard(f"{stream}-{first}")
        return first, last
