"""The kernel's emulator: HTB to tell the classes apart, a netem leaf a class for everything else.

A leaf always has a rate: with one, netem keeps packets in order when there is jitter (tc-netem(8)). Its limit
covers the packets that travel as well as those that wait for the line.
"""

import json
import math
from collections.abc import Iterable

from .counters import ClassCounters
from .process import run, works
from .state import LinkClass

# Far above any virtual interface; stands for "unlimited".
UNLIMITED_RATE = 100_000_000_000
_FULL_PACKET_BITS = 1514 * 8
# Travelling packets of a link without a rate: 300 ms at 2.6 Gbit/s.
_UNLIMITED_PACKETS = 65_536


def _limit(link: LinkClass) -> int:
    if link.spec.rate is None:
        return _UNLIMITED_PACKETS
    # The largest value of a table is 4.
    widest = 1 if link.spec.jitter_distribution == "uniform" else 4
    seconds = (link.spec.delay_ms + widest * link.spec.jitter_ms) / 1000
    return link.spec.limit_packets + math.ceil(link.spec.rate * seconds / _FULL_PACKET_BITS)


def _leaf(link: LinkClass) -> str:
    spec = link.spec
    words = [f"limit {_limit(link)}"]
    if spec.delay_ms:
        words.append(f"delay {round(spec.delay_ms * 1000)}us")
        if spec.jitter_ms:
            words.append(f"{round(spec.jitter_ms * 1000)}us")
            if spec.jitter_correlation_percent:
                words.append(f"{spec.jitter_correlation_percent:.6f}%")
            if spec.jitter_distribution != "uniform":
                words.append(f"distribution {spec.jitter_distribution}")
    if spec.loss_bursts:
        words.append(f"loss gemodel {' '.join(f'{percent:.6f}%' for percent in spec.loss_bursts)}")
    elif spec.loss_percent:
        words.append(f"loss random {spec.loss_percent:.6f}%")
    if spec.duplicate_percent:
        words.append(f"duplicate {spec.duplicate_percent:.6f}%")
    if spec.corrupt_percent:
        words.append(f"corrupt {spec.corrupt_percent:.6f}%")
    if spec.reorder:
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
    """Runs tc commands as one batch. Raises Failed."""
    text = "".join(f"{command}\n" for command in commands)
    if text:
        run(["tc", "-batch", "-"], text)


def probe() -> bool:
    """Whether this kernel has netem, tried on the loopback interface with no delay."""
    if not works(["tc", "qdisc", "replace", "dev", "lo", "root", "netem", "delay", "0ms"]):
        return False
    return works(["tc", "qdisc", "del", "dev", "lo", "root"])


def read_counters(wan: str) -> dict[int, ClassCounters]:
    """Counters by class id. Raises Failed."""
    return parse_counters(run(["tc", "-json", "-statistics", "qdisc", "show", "dev", wan]))
