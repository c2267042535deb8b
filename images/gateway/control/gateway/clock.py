"""The monotonic clock, readable as Unix time."""

import time


def offset() -> float:
    """CLOCK_REALTIME minus CLOCK_MONOTONIC, seconds: the least disturbed of a few readings.

    Who is not scheduled between reading the one and the other takes the difference for that much more or less.
    """
    best = (float("inf"), 0.0)
    for _ in range(16):
        before = time.monotonic()
        wall = time.time()
        after = time.monotonic()
        best = min(best, (after - before, wall - (before + after) / 2))
    return best[1]
