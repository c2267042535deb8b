"""Holds what netem is told to what iproute2 reads: whether its parser takes every word, on any kernel.

tc reads a whole command before it looks for the interface. There is none of the name given here, so that what it
refuses at last is the interface, and nothing can be changed."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from gateway.spec import MAX_DELAY_MS, MAX_LIMIT_PACKETS, MAX_RATE, MIN_RATE, Bursts, ClassSpec, Distribution, Reorder
from gateway.state import MAX_ID, LinkClass

from gateway import netem

NOWHERE = "bw-no-such-if"
NO_INTERFACE = f'Cannot find device "{NOWHERE}"'
DOCKERFILE = Path(__file__).parents[3] / "gateway" / "Dockerfile"

PLAIN = ClassSpec("10.9.0.2", 25, 0, 0, None, 1000, 7)
SPECS = {
    "nothing": PLAIN._replace(delay_ms=0),
    "a delay": PLAIN,
    "all": PLAIN._replace(
        jitter_ms=2,
        jitter_distribution="pareto",
        jitter_correlation_percent=100 / 3,
        loss_bursts=Bursts(100 / 3, 200 / 3, 90, 0.1),
        duplicate_percent=100 / 3,
        corrupt_percent=100 / 3,
        reorder=Reorder(100 / 3, 3),
    ),
    "the most": ClassSpec(
        *("10.9.0.2", MAX_DELAY_MS, MAX_DELAY_MS, 100, MAX_RATE, MAX_LIMIT_PACKETS, 2**64 - 1),
        jitter_correlation_percent=99.9,
        duplicate_percent=100,
        corrupt_percent=100,
        reorder=Reorder(100, 1_000_000),
    ),
    "the least": ClassSpec(
        *("10.9.0.2", 0.001, 0.0004, 1e-9, MIN_RATE, 1, 0),
        jitter_distribution="normal",
        jitter_correlation_percent=1e-9,
        duplicate_percent=1e-9,
        corrupt_percent=1e-9,
        reorder=Reorder(0, 5),
    ),
    "no share to speak of": PLAIN._replace(reorder=Reorder(1e-9, 1)),
    "no delay to speak of": ClassSpec("10.9.0.2", 0.0004, 0.0004, 0, None, 1, 0, reorder=Reorder(5, 1)),
}

Refusal = Callable[[str], str]


def uniform_table() -> list[int]:
    """The numbers that the image has in its table of the uniform distribution."""
    found = re.search(r"seq (-?\d+) (\d+) (\d+) > \S*/uniform\.dist", DOCKERFILE.read_text(encoding="utf-8"))
    assert found, "the Dockerfile makes no uniform.dist"
    first, step, last = (int(word) for word in found.groups())
    return list(range(first, last + 1, step))


@pytest.fixture(scope="module")
def refusal(tmp_path_factory: pytest.TempPathFactory) -> Refusal:
    """What tc says of a command, with iproute2's tables and the image's own."""
    tables = tmp_path_factory.mktemp("tc")
    library = Path("/usr/lib")
    for table in [*library.glob("tc/*.dist"), *library.glob("*/tc/*.dist")]:
        (tables / table.name).symlink_to(table)
    if not (tables / "uniform.dist").exists():
        text = "".join(f"{value}\n" for value in uniform_table())
        (tables / "uniform.dist").write_text(text, encoding="ascii")

    def refusal(command: str) -> str:
        done = subprocess.run(
            ["tc", "-batch", "-"],
            input=f"{command}\n",
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "TC_LIB_DIR": str(tables)},
        )
        assert done.returncode != 0, f"tc has found {NOWHERE}"
        return done.stderr.splitlines()[0]

    return refusal


needs_tc = pytest.mark.skipif(shutil.which("tc") is None, reason="no tc on this machine")


@needs_tc
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("limit 1 colour 3 rate 1000bit", 'What is "colour"?'),
        ("limit 1 delay 3x rate 1000bit", 'Illegal "latency"'),
        ("limit 1 delay 3us distribution normal", "distribution specified but no latency and jitter values"),
        ("limit 1 delay 3us 1us distribution cauchy", "No distribution data for cauchy"),
        ("limit 1 delay 3us gap 2", "gap specified without reorder probability"),
    ],
)
def test_what_tc_cannot_read_it_says_before_it_misses_the_interface(refusal: Refusal, words: str, message: str) -> None:
    assert refusal(f"qdisc change dev {NOWHERE} parent 1:1 handle 2: netem {words}").startswith(message)


@needs_tc
@pytest.mark.parametrize("number", [1, MAX_ID])
@pytest.mark.parametrize("name", SPECS)
def test_every_rendered_command_is_one_that_tc_reads(refusal: Refusal, name: str, number: int) -> None:
    link = LinkClass(number, SPECS[name])
    for command in [
        *netem.render_root(NOWHERE),
        *netem.render_new_class(link, NOWHERE),
        *netem.render_changed_class(link, NOWHERE),
        *netem.render_deleted_class(number, NOWHERE),
    ]:
        assert refusal(command) == NO_INTERFACE, command


@needs_tc
@pytest.mark.parametrize("distribution", ["uniform", "normal", "pareto"])
def test_every_distribution_has_a_table_that_tc_reads(refusal: Refusal, distribution: Distribution) -> None:
    link = LinkClass(1, PLAIN._replace(jitter_ms=2, jitter_distribution=distribution))
    (command,) = netem.render_changed_class(link, NOWHERE)
    assert f" distribution {distribution} " in command
    assert refusal(command) == NO_INTERFACE


def delay_by_table(mean: int, jitter: int, entry: int) -> int:
    """What tabledist in the kernel's net/sched/sch_netem.c makes of an entry of a table; C divides towards zero."""
    rest = jitter % 8192 * entry
    rounded = (abs(rest) + 4096) // 8192 * (1 if rest >= 0 else -1)
    return rounded + jitter // 8192 * entry + mean


def test_the_images_table_spans_the_jitter_uniformly_and_fits_a_message_to_the_kernel() -> None:
    table = uniform_table()
    # Signed numbers of 16 bits in a message that tc bounds at 32 KiB, headers included.
    assert len(table) == 4096 and all(-32768 <= value <= 32767 for value in table)
    mean, jitter = 25_000_000, 2_000_000
    delays = [delay_by_table(mean, jitter, entry) for entry in table]
    part = 2 * jitter / len(table)
    assert all(abs(delay - (mean - jitter + (index + 0.5) * part)) <= 1 for index, delay in enumerate(sorted(delays)))
