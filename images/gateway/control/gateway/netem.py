"""The kernel's emulator: HTB to tell the classes apart, a netem leaf a class for everything else.

A leaf always has a rate: with one, netem keeps packets in order when there is jitter (tc-netem(8)). Its limit
covers the packets that travel as well as those that wait for the line.

Of what a change says nothing of, the kernel keeps the corruption, the correlation and the table of the jitter
(netem_change in net/sched/sch_netem.c), so a leaf always names them.
"""

import json
import math
from collections.abc import Iterable, Iterator

from .counters import ClassCounters
from .errors import Failed, Refused
from .process import run, works
from .spec import ClassSpec
from .state import LinkClass

# Far above any virtual interface; stands for "unlimited".
UNLIMITED_RATE = 100_000_000_000
_FULL_PACKET_BITS = 1514 * 8
# Travelling packets of a link without a rate: 300 ms at 2.6 Gbit/s.
_UNLIMITED_PACKETS = 65_536
# What kernels with commit ec8e0e3d7ade say where one netem of an interface duplicates and there is another.
_DUPLICATES_ALONE = "cannot mix duplicating netems with other netems"


def _limit(link: LinkClass) -> int:
    if link.spec.rate is None:
        return _UNLIMITED_PACKETS
    # The largest value of a table is 4.
    widest = 1 if link.spec.jitter_distribution == "uniform" else 4
    seconds = (link.spec.delay_ms + widest * link.spec.jitter_ms) / 1000
    return link.spec.limit_packets + math.ceil(link.spec.rate * seconds / _FULL_PACKET_BITS)


def _delay(spec: ClassSpec) -> Iterator[str]:
    delay, jitter = round(spec.delay_ms * 1000), round(spec.jitter_ms * 1000)
    if delay:
        yield f"delay {delay}us"
    # Without a jitter tc refuses a distribution, and the kernel looks at neither it nor the correlation.
    if delay and jitter:
        yield f"{jitter}us {spec.jitter_correlation_percent or 0:.6f}%"
        # iproute2 has no table of the uniform distribution: the image brings one (Dockerfile).
        yield f"distribution {spec.jitter_distribution}"


def _leaf(link: LinkClass) -> str:
    spec = link.spec
    words = [f"limit {_limit(link)}", *_delay(spec)]
    if spec.loss_bursts:
        words.append(f"loss gemodel {' '.join(f'{percent:.6f}%' for percent in spec.loss_bursts)}")
    elif spec.loss_percent:
        words.append(f"loss random {spec.loss_percent:.6f}%")
    if spec.duplicate_percent:
        words.append(f"duplicate {spec.duplicate_percent:.6f}%")
    words.append(f"corrupt {spec.corrupt_percent:.6f}%")
    # tc refuses a gap where no packet overtakes, and that without a delay.
    if spec.reorder and round(spec.reorder.percent, 6) and round(spec.delay_ms * 1000):
        words.append(f"reorder {spec.reorder.percent:.6f}% gap {spec.reorder.gap}")
    words.append(f"rate {spec.rate or UNLIMITED_RATE}bit")
    return " ".join(words)


def render_root(wan: str) -> list[str]:
    """Commands for the classless WAN interface."""
    return [f"qdisc replace dev {wan} root handle 1: htb"]


def render_new_class(link: LinkClass, wan: str) -> list[str]:
    """Commands that make a class, or make it anew after a failed try.

    Ids are hexadecimal in tc; leaf handles lie apart from the root's.
    """
    number = f"{link.id:x}"
    # The quantum only matters among classes that compete, which these do not.
    rate = f"rate {UNLIMITED_RATE}bit quantum 60000"
    return [
        f"class replace dev {wan} parent 1: classid 1:{number} htb {rate}",
        f"qdisc replace dev {wan} parent 1:{number} handle {link.id + 1:x}: netem {_leaf(link)}",
    ]


def render_changed_class(link: LinkClass, wan: str) -> list[str]:
    """Commands that change a class; packets it holds stay."""
    return [f"qdisc change dev {wan} parent 1:{link.id:x} handle {link.id + 1:x}: netem {_leaf(link)}"]


def render_deleted_class(number: int, wan: str) -> list[str]:
    """Commands that remove a class with the packets it holds."""
    return [f"class del dev {wan} classid 1:{number:x}"]


def parse_counters(listing: str) -> dict[int, ClassCounters]:
    """Reads `tc -json -statistics qdisc show`: counters by class id. netem does not tell loss from a full queue."""
    counters: dict[int, ClassCounters] = {}
    for qdisc in json.loads(listing):
        if qdisc.get("kind") == "netem":
            number = int(str(qdisc["parent"]).split(":")[1], 16)
            counters[number] = {
                "packets": qdisc["packets"] + qdisc["drops"] + qdisc["qlen"],
                "bytes": qdisc["bytes"],
                "delivered": qdisc["packets"],
                # The kernel counts a packet when it leaves the qdisc: what was dropped is not among them.
                "deliveredBytes": qdisc["bytes"],
                "dropped": qdisc["drops"],
                "held": qdisc["qlen"],
            }
    return counters


def execute(commands: Iterable[str]) -> None:
    """Runs tc commands as one batch. Raises Failed; Refused where this kernel's netem won't duplicate."""
    text = "".join(f"{command}\n" for command in commands)
    if not text:
        return
    try:
        run(["tc", "-batch", "-"], text)
    except Failed as error:
        if _DUPLICATES_ALONE not in str(error):
            raise
        raise Refused(
            "duplicatePercent: this kernel's netem duplicates only at a gateway of a single link, and this one has"
            " others beside the one with duplicates; use the emulator nfqueue"
        ) from error


def probe() -> bool:
    """Whether this kernel has netem, tried on the loopback interface with no delay."""
    if not works(["tc", "qdisc", "replace", "dev", "lo", "root", "netem", "delay", "0ms"]):
        return False
    return works(["tc", "qdisc", "del", "dev", "lo", "root"])


def read_counters(wan: str) -> dict[int, ClassCounters]:
    """Counters by class id. Raises Failed."""
    return parse_counters(run(["tc", "-json", "-statistics", "qdisc", "show", "dev", wan]))
