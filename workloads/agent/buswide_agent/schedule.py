"""When an open-loop client sends.

All start times are fixed before the first message: a slow answer delays no later start, and latency counted
from the intended start holds the time a message waited to be sent (G. Tene, "How NOT to Measure Latency";
B. Schroeder et al., "Open Versus Closed: A Cautionary Tale", NSDI 2006).
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class OpenSchedule:
    """One client's share of an evenly spaced load.

    The operations of all `clients` together are `1 / rate` seconds apart; client `index` has every
    `clients`-th of them. `rate` is operations per second over all clients, `seconds` the length.
    """

    rate: float
    seconds: float
    clients: int
    index: int

    @property
    def count(self) -> int:
        """How many operations this client has."""
        # The small subtraction keeps a product that should be whole (0.1 * 30) from rounding up.
        total = math.ceil(self.rate * self.seconds - 1e-9)
        return max(0, (total - self.index + self.clients - 1) // self.clients)

    def start(self, sequence: int) -> float:
        """Seconds from the start of the round at which the client's operation `sequence` (from 0) starts."""
        return (sequence * self.clients + self.index) / self.rate
