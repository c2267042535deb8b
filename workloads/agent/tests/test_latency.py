"""Histograms."""

from hdrh.histogram import HdrHistogram

from buswide_agent.latency import HIGHEST_MICROSECONDS, LatencyHistogram


def decode(encoded: str | None) -> HdrHistogram:
    assert encoded is not None
    return HdrHistogram.decode(encoded)


def test_an_encoded_histogram_holds_the_values_in_microseconds() -> None:
    histogram = LatencyHistogram()
    for milliseconds in range(1, 1001):
        histogram.record(milliseconds / 1000)
    decoded = decode(histogram.take())
    assert decoded.get_total_count() == 1000
    for percentile, expected in ((50, 500_000), (99, 990_000), (100, 1_000_000)):
        assert abs(decoded.get_value_at_percentile(percentile) - expected) <= expected / 1000


def test_each_value_is_taken_once() -> None:
    histogram = LatencyHistogram()
    assert histogram.take() is None
    histogram.record(0.010)
    assert decode(histogram.take()).get_total_count() == 1
    assert histogram.take() is None
    histogram.record(0.500)
    second = decode(histogram.take())
    assert second.get_total_count() == 1
    assert second.get_min_value() > 400_000


def test_values_beyond_the_ends_are_kept_at_the_ends() -> None:
    histogram = LatencyHistogram()
    histogram.record(0)
    histogram.record(3600)
    decoded = decode(histogram.take())
    assert decoded.get_total_count() == 2
    assert decoded.get_min_value() == 1
    assert abs(decoded.get_max_value() - HIGHEST_MICROSECONDS) <= HIGHEST_MICROSECONDS / 1000
