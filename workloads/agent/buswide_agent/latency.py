"""Latency histograms in the form the probe merges them."""

from hdrh.histogram import HdrHistogram

LOWEST_MICROSECONDS = 1
HIGHEST_MICROSECONDS = 600_000_000
SIGNIFICANT_DIGITS = 3


class LatencyHistogram:
    """An HdrHistogram of microseconds, 1 µs to 10 min, three significant digits.

    Source: Gil Tene, HdrHistogram; the encoding is its V2 compressed format in base64, which
    hdr-histogram-js reads. Values beyond the ends are recorded at the ends. Not thread-safe.
    """

    def __init__(self) -> None:
        self._histogram = HdrHistogram(LOWEST_MICROSECONDS, HIGHEST_MICROSECONDS, SIGNIFICANT_DIGITS)

    def record(self, seconds: float) -> None:
        """Adds one latency, seconds."""
        microseconds = round(seconds * 1e6)
        self._histogram.record_value(min(max(microseconds, LOWEST_MICROSECONDS), HIGHEST_MICROSECONDS))

    def take(self) -> str | None:
        """The encoded histogram of all values since the last take, None if there were none."""
        if self._histogram.get_total_count() == 0:
            return None
        encoded: bytes = self._histogram.encode()
        self._histogram.reset()
        return encoded.decode("ascii")
