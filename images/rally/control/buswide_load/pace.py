"""An open loop: what is due is begun at its time, whatever became of what was begun before."""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future


def due_times(rate: float, seconds: float, start: float) -> list[float]:
    """When each operation of `seconds` at `rate` a second is due, in the unit and from the time of `start`."""
    # What binary fractions add to a whole number is no operation more.
    return [start + number / rate for number in range(math.ceil(round(rate * seconds, 6)))]


def workers(rate: float, timeout: float) -> int:
    """As many threads as may wait for an answer at one time: to connect and to be answered takes a timeout each."""
    return math.ceil(rate * 2 * timeout) + 4


def at_times(
    due: list[float], do: Callable[[int, float], None], pool: Executor, ending: threading.Event
) -> list[Future[None]]:
    """Has `do` done with each number and time of `due`; returns once the last was begun, or all is to end."""
    begun = []
    for number, at in enumerate(due):
        if ending.wait(max(0.0, at - time.time())):
            break
        begun.append(pool.submit(do, number, at))
    return begun
