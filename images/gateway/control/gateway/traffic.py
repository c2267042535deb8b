"""What this gateway's links carry, told again and again for as long as somebody listens.

One process for a whole workload: a command a reading would cost a hundred times what the reading does.

On standard input, a line for each reading that is wanted at once; its end ends the telling, with a last reading.
On standard output, a line a reading, the first at once and then one an interval:
  {"time": <Unix time, seconds>, "classes": {"edge": {"bytes": 900, "packets": 9, "dropped": 2}, …}}
`bytes` and `packets` came out of the line at its far end, since the class was made or its emulator started: Ethernet
frames, with their header of 14 bytes and each segment's own headers, without preamble, checksum and gap.
"""

import json
import os
import select
import sys
import time
from typing import TextIO

from . import links, runtime, state
from .counters import ClassCounters
from .errors import Refused

_LEAST_SECONDS = 0.1


def carried(counters: ClassCounters) -> dict[str, int]:
    """One class's part of a reading. The kernel's emulator tells its drops in one number, ours by their reason."""
    dropped = counters.get("dropped")
    if dropped is None:
        dropped = counters.get("droppedByLoss", 0) + counters.get("droppedByQueueLimit", 0)
        dropped += counters.get("droppedByKernel", 0)
    return {"bytes": counters["deliveredBytes"], "packets": counters["delivered"], "dropped": dropped}


def read(now: runtime.Runtime) -> dict[str, object]:
    """One reading. Raises Failed."""
    with state.locked():
        current = state.load()
        counters = links.read_counters(current, now)
    return {
        "time": time.time(),
        "classes": {name: carried(counters[link.id]) for name, link in current.classes.items() if link.id in counters},
    }


def tell(interval: float, asked: int, output: TextIO, now: runtime.Runtime) -> None:
    """Tells until the file descriptor `asked` ends. Raises Failed."""
    print(json.dumps(read(now)), file=output, flush=True)
    due = time.monotonic() + interval
    while True:
        ready = select.select([asked], [], [], max(0.0, due - time.monotonic()))[0]
        ended = bool(ready) and not os.read(asked, 4096)
        print(json.dumps(read(now)), file=output, flush=True)
        if ended:
            return
        if not ready:
            # A gateway that was held up goes on from here, not with all the readings it has missed.
            due = max(due + interval, time.monotonic())


def run(interval: str) -> dict[str, object]:
    """`traffic SECONDS`. Raises Refused, Failed."""
    try:
        seconds = float(interval)
    except ValueError as error:
        raise Refused(f"traffic: {json.dumps(interval)} refused, wanted seconds") from error
    if not _LEAST_SECONDS <= seconds <= 3600:
        raise Refused(f"traffic: {interval} refused, wanted {_LEAST_SECONDS} to 3600 seconds")
    now = runtime.wait()
    try:
        tell(seconds, sys.stdin.fileno(), sys.stdout, now)
    except BrokenPipeError:
        # Whoever listened has gone; the interpreter must not fail on its own last flush.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    return {"done": True}
