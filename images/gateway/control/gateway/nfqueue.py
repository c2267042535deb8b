"""The user-space emulator: how it is spoken to. Its requests are described in emulator/control.h."""

import json
import os
import random
import socket
import time
from collections.abc import Iterable, Iterator

from .counters import ClassCounters
from .errors import Failed
from .spec import ClassSpec
from .state import LinkClass

PROGRAM = "/usr/local/libexec/buswide-emulator"
SOCKET = "/run/gateway/emulator.sock"
KERNEL_QUEUES = "/proc/net/netfilter/nfnetlink_queue"

# The emulator comes back within milliseconds of its death.
_PATIENCE_SECONDS = 3


def render_set(link: LinkClass, source: str) -> str:
    """The request that makes or changes a class. Without a seed the sequence differs from run to run."""
    spec = link.spec
    if spec.seed is None:
        seed = random.SystemRandom().getrandbits(64)
    else:
        # One seed may serve a whole experiment, in which no two directions should lose packets in step.
        seed = random.Random(f"{spec.seed} {source} {spec.next_hop}").getrandbits(64)
    delay, jitter = round(spec.delay_ms * 1e6), round(spec.jitter_ms * 1e6)
    if spec.jitter_distribution == "uniform":
        jitter = min(jitter, delay)
    loss = repr(spec.loss_percent / 100)
    numbers = f"set {link.id} {delay} {jitter} {loss} {spec.rate or 0} {spec.limit_packets} {seed}"
    return " ".join([numbers, *_options(spec)])


def _share(percent: float) -> str:
    return repr(percent / 100)


def _options(spec: ClassSpec) -> Iterator[str]:
    """The words for what most links have nothing of."""
    if spec.jitter_distribution != "uniform":
        yield f"distribution={spec.jitter_distribution}"
    if spec.jitter_correlation_percent is not None:
        yield f"correlation={_share(spec.jitter_correlation_percent)}"
    if spec.loss_bursts:
        yield f"bursts={','.join(_share(percent) for percent in spec.loss_bursts)}"
    if spec.limit_bytes is not None:
        yield f"queue_bytes={spec.limit_bytes}"
    if spec.duplicate_percent:
        yield f"duplicate={_share(spec.duplicate_percent)}"
    if spec.corrupt_percent:
        yield f"corrupt={_share(spec.corrupt_percent)}"
    if spec.reorder:
        yield f"reorder={_share(spec.reorder.percent)},{spec.reorder.gap}"


def request(text: str) -> dict[str, object]:
    """Sends one request; the answer. Waits for an emulator that is just starting. Raises Failed."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
                connection.settimeout(_PATIENCE_SECONDS)
                connection.connect(SOCKET)
                connection.send(text.encode())
                answer = connection.recv(1 << 20)
            break
        except (FileNotFoundError, ConnectionError, BlockingIOError) as error:
            if time.monotonic() > deadline:
                raise Failed(f"emulator: {error}") from error
            time.sleep(0.01)
        except OSError as error:
            raise Failed(f"emulator: {error}") from error
    if not answer:
        raise Failed("emulator: no answer")
    value: dict[str, object] = json.loads(answer)
    if "error" in value:
        raise Failed(f"emulator: {value['error']}")
    return value


def probe() -> bool:
    """Whether this kernel has user-space queues: the file appears with the module, and a bind loads it."""
    if os.path.exists(KERNEL_QUEUES):
        return True
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12).close()  # NETLINK_NETFILTER
    except OSError:
        return False
    return True


def parse_kernel_drops(table: str) -> dict[int, int]:
    """Packets the kernel dropped itself, by queue: it held too many, or the emulator's buffer was full.
    The columns are those of seq_show in net/netfilter/nfnetlink_queue.c."""
    drops = {}
    for line in table.splitlines():
        columns = [int(column) for column in line.split()]
        drops[columns[0]] = columns[5] + columns[6]
    return drops


def set_class(link: LinkClass, source: str) -> None:
    """Makes or changes a class of the gateway with the WAN address `source`. Raises Failed."""
    request(render_set(link, source))


def delete_class(number: int) -> None:
    """Removes a class with the packets it holds; it need not be there. Raises Failed."""
    request(f"delete {number}")


def read_counters(links: Iterable[LinkClass]) -> dict[int, ClassCounters]:
    """Counters by class id. Raises Failed."""
    answer: dict[str, dict[str, ClassCounters]] = request("status")  # type: ignore[assignment]
    with open(KERNEL_QUEUES, encoding="ascii") as file:
        drops = parse_kernel_drops(file.read())
    return {
        link.id: {**answer["classes"][str(link.id)], "droppedByKernel": drops.get(link.id, 0)}
        for link in links
        if str(link.id) in answer["classes"]
    }
