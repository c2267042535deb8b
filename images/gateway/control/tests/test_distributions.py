"""Holds the emulator to the distributions it is asked for, by statistical tests on its C code in virtual time.

Each test draws from a fixed seed, so that it is the same every time; a significance of 1e-3 is what a right
emulator would fail at one seed in a thousand."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from scipy import stats

EMULATOR = Path(__file__).parents[2] / "emulator"
SIGNIFICANCE = 1e-3
MS = 1_000_000
LOST, NO_ROOM, OVERTOOK = -1, -2, -3

pytestmark = pytest.mark.skipif(
    shutil.which("make") is None or shutil.which("cc") is None, reason="no C compiler to build the emulator with"
)

Array = Any
Sample = Callable[..., tuple[Array, list[int]]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("emulator")
    subprocess.run(["make", "-s", f"{folder}/sample", f"BUILD={folder}"], cwd=EMULATOR, check=True)

    def sample(packets: int, gap_ns: int, request: str, size: int = 1000) -> tuple[Array, list[int]]:
        """The outcome of each packet, and how many were duplicated and corrupted."""
        command = [f"{folder}/sample", str(packets), str(gap_ns), str(size), f"set 1 {request}"]
        done = subprocess.run(command, capture_output=True, check=True)
        return numpy.frombuffer(done.stdout, dtype=numpy.int64), [int(word) for word in done.stderr.split()]

    return sample


# Distributions in units of the jitter, below their largest value; and the share that lies at it.
SHAPES: dict[str, tuple[Callable[[Array], Array], float]] = {
    "uniform": (stats.uniform(-1, 2).cdf, 0),
    "normal": (stats.norm.cdf, stats.norm.sf(4)),
    "pareto": (lambda value: stats.pareto.cdf(0.75 * value + 1.5, 3), stats.pareto.sf(4.5, 3)),
}


def check_shape(distribution: str, values: Array) -> None:
    """Kolmogorov and Smirnov's test of what lies below the largest value, a binomial one of what lies at it."""
    cdf, share = SHAPES[distribution]
    top = values > 3.9999
    assert stats.binomtest(int(top.sum()), len(values), share).pvalue > SIGNIFICANCE if share else not top.any()
    below = values[~top & (values > -3.9999)]
    tail = cdf(-3.9999) if distribution == "normal" else 0
    assert stats.kstest(below, lambda x: (cdf(x) - tail) / (1 - share - tail)).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("distribution", SHAPES)
@pytest.mark.parametrize("packets_a_jitter", [0.02, 8])
def test_jitter_has_the_asked_distribution_at_low_and_high_packet_rates_and_keeps_order(
    sample: Sample, distribution: str, packets_a_jitter: float
) -> None:
    gap = int(2 * MS / packets_a_jitter)
    # Values as far apart as 50 jitters are independent of each other, and still come from one run of the process.
    apart = max(1, int(50 * packets_a_jitter))
    times, _ = sample(5000 * apart, gap, f"{50 * MS} {2 * MS} 0 0 1000 7 distribution={distribution}")
    due = times + gap * numpy.arange(len(times))
    assert (numpy.diff(due) >= 0).all()
    check_shape(distribution, (times[::apart] - 50 * MS) / (2 * MS))


@pytest.mark.parametrize("distribution", SHAPES)
def test_a_long_silence_leaves_the_distribution_as_it_is(sample: Sample, distribution: str) -> None:
    times, _ = sample(5000, 10_000 * MS, f"{50 * MS} {2 * MS} 0 0 1000 7 distribution={distribution}")
    check_shape(distribution, (times - 50 * MS) / (2 * MS))


@pytest.mark.parametrize("distribution", SHAPES)
def test_correlated_jitter_has_the_asked_distribution_and_correlation(sample: Sample, distribution: str) -> None:
    request = f"{50 * MS} {2 * MS} 0 0 1000 7 distribution={distribution} correlation=0.6"
    times, _ = sample(100_000, 100 * MS, request)
    values = (times - 50 * MS) / (2 * MS)
    check_shape(distribution, values[::20])
    # The correlation is that of the normal numbers behind it, which ranks keep: Spearman's is 6/pi asin(c/2).
    ranks = stats.spearmanr(values[:-1], values[1:]).statistic
    assert abs(ranks - 6 / numpy.pi * numpy.arcsin(0.3)) < 0.01
    if distribution == "normal":
        assert abs(numpy.corrcoef(values[:-1], values[1:])[0, 1] - 0.6) < 0.01


def test_jitter_of_each_packet_keeps_order_by_waiting(sample: Sample) -> None:
    times, _ = sample(50_000, MS // 10, f"{50 * MS} {5 * MS} 0 0 1000 7 distribution=normal correlation=0")
    assert (numpy.diff(times + MS // 10 * numpy.arange(len(times))) >= 0).all()
    # What netem has as well: the slowest of those before each packet counts, so the mean creeps up.
    assert times.mean() > 55 * MS


@pytest.mark.parametrize("percent", [0.1, 1, 20])
def test_random_loss_is_the_asked_share_and_each_packet_by_itself(sample: Sample, percent: float) -> None:
    times, _ = sample(500_000, 1000, f"{MS} 0 {percent / 100} 0 1000 7")
    lost = times == LOST
    assert stats.binomtest(int(lost.sum()), len(lost), percent / 100).pvalue > SIGNIFICANCE
    # Pairs that do not overlap: all four kinds as often as independence has them.
    first, second = lost[::2], lost[1::2]
    table = [[(~first & ~second).sum(), (~first & second).sum()], [(first & ~second).sum(), (first & second).sum()]]
    assert stats.chi2_contingency(table).pvalue > SIGNIFICANCE


def burst_lengths(lost: Array) -> Array:
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], lost.astype(int), [0]))))
    return edges[1::2] - edges[::2]


def test_bursts_of_loss_have_geometric_lengths_and_gaps_and_the_asked_mean(sample: Sample) -> None:
    begins, ends = 0.01, 0.25
    times, _ = sample(1_000_000, 1000, f"{MS} 0 0 0 1000 7 bursts={begins},{ends},1,0")
    lost = times == LOST
    for runs, chance in ((burst_lengths(lost), ends), (burst_lengths(~lost)[1:-1], begins)):
        assert abs(runs.mean() * chance - 1) < 4 / numpy.sqrt(len(runs))
        # Chi-square over lengths 1, 2, … with at least 20 expected, and the rest in one class.
        expected = len(runs) * stats.geom.pmf(numpy.arange(1, 400), chance)
        classes = max(2, int((expected >= 20).sum()))
        counts = numpy.bincount(numpy.minimum(runs, classes + 1), minlength=classes + 2)[1:]
        wanted = numpy.append(expected[:classes], len(runs) * stats.geom.sf(classes, chance))
        assert stats.chisquare(counts, wanted).pvalue > SIGNIFICANCE
    # Of a Markov chain the mean varies (1 + l) / (1 - l) times as much as of independent losses, l = 1 - p - r.
    mean = begins / (begins + ends)
    deviation = numpy.sqrt(mean * (1 - mean) / len(lost) * (2 - begins - ends) / (begins + ends))
    assert abs(lost.mean() - mean) < 4 * deviation


def test_bursts_lose_the_asked_shares_inside_and_outside(sample: Sample) -> None:
    times, _ = sample(1_000_000, 1000, f"{MS} 0 0 0 1000 7 bursts=0.02,0.1,0.5,0.01")
    # Stationary: a sixth of the packets in the bad state.
    assert abs((times == LOST).mean() - (0.5 / 6 + 0.01 * 5 / 6)) < 0.002


@pytest.mark.parametrize("delay", [1, 10, 50, 150, 300])
def test_a_delay_is_exact_in_virtual_time(sample: Sample, delay: int) -> None:
    times, _ = sample(1000, MS, f"{delay * MS} 0 0 0 1000 7")
    assert (times == delay * MS).all()


@pytest.mark.parametrize(("queue", "most"), [("20 7", 21), ("1000 7 queue_bytes=30000", 30)])
def test_a_line_has_its_rate_and_its_queue_no_more_than_the_asked_bound(sample: Sample, queue: str, most: int) -> None:
    # 10 Mbit/s takes a packet of 1000 bytes every 0.8 ms; one comes every 0.4 ms.
    times, _ = sample(20_000, 400_000, f"0 0 0 10000000 {queue}", 1000)
    passed = times >= 0
    assert set(times[~passed]) == {NO_ROOM}
    due = (times + 400_000 * numpy.arange(len(times)))[passed]
    assert numpy.unique(numpy.diff(due)).tolist() == [800_000]
    assert 800_000 * (most - 1) < times.max() <= 800_000 * most


def test_a_queue_shorter_than_a_packet_still_carries_one_at_a_time(sample: Sample) -> None:
    times, _ = sample(1000, 400_000, "0 0 0 10000000 1000 7 queue_bytes=1", 1000)
    assert (times == 800_000).sum() == 500 and (times == NO_ROOM).sum() == 500


def test_reordered_packets_are_the_asked_share_beyond_the_gap(sample: Sample) -> None:
    times, _ = sample(200_000, 1000, f"{MS} 0 0 0 1000 7 reorder=0.25,5")
    at = numpy.flatnonzero(times == OVERTOOK)
    apart = numpy.diff(at)
    assert apart.min() == 5
    # Four packets that cannot, then one in four: 4 + 4 on average.
    assert abs(apart.mean() - 8) < 4 * apart.std() / numpy.sqrt(len(apart))
    assert set(times[times != MS]) == {OVERTOOK}


def test_duplicates_and_flipped_bits_hit_the_asked_shares(sample: Sample) -> None:
    n = 200_000
    _, (duplicated, corrupted) = sample(n, 1000, f"{MS} 0 0 0 1000 7 duplicate=0.02 corrupt=0.01")
    assert stats.binomtest(duplicated, n, 0.02).pvalue > SIGNIFICANCE
    assert stats.binomtest(corrupted, n + duplicated, 0.01).pvalue > SIGNIFICANCE
