"""One clock for schedules and for stamps that other processes can read."""

import time


def _offset() -> float:
    """CLOCK_REALTIME minus CLOCK_MONOTONIC, seconds: the least disturbed of a few readings."""
    best = (float("inf"), 0.0)
    for _ in range(16):
        before = time.monotonic()
        wall = time.time()
        after = time.monotonic()
        best = min(best, (after - before, wall - (before + after) / 2))
    return best[1]


class Clock:
    """The monotonic clock, readable as Unix time.

    The offset between the two is read once, so a stepped system clock moves neither a schedule nor a
    latency of this process. Processes of one machine must have read the same offset for their stamps to be
    comparable, which the probe checks with `offset`.
    """

    def __init__(self) -> None:
        self.offset = _offset()

    def monotonic(self) -> float:
        """Seconds of CLOCK_MONOTONIC."""
        return time.monotonic()

    def stamp(self, monotonic: float) -> int:
        """Unix time in microseconds for an instant of the monotonic clock."""
        return round((monotonic + self.offset) * 1e6)

    def instant(self, unix: float) -> float:
        """The instant of the monotonic clock for a Unix time in seconds."""
        return unix - self.offset
