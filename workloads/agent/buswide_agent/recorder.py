"""What a process counts between two reports."""

import threading
from dataclasses import dataclass, field

from buswide_agent.latency import LatencyHistogram
from buswide_agent.sequences import Arrivals, to_ranges

LATE_SECONDS = 0.010


@dataclass
class _ClientCounts:
    ok: list[int] = field(default_factory=list)
    failed: dict[str, list[int]] = field(default_factory=dict)
    late: int = 0


class _Round:
    """One round's counts: increments since the last take, plus the arrivals needed to tell duplicates."""

    def __init__(self) -> None:
        self.clients: dict[int, _ClientCounts] = {}
        self.arrivals: dict[int, Arrivals] = {}
        self.latency: dict[str, LatencyHistogram] = {}
        self.service: dict[str, LatencyHistogram] = {}
        self.negative = 0
        # Of an operation that ended well, or a delivery: a failure only says how long its sender waited.
        self.last_at: float | None = None

    def take(self) -> dict[str, object] | None:
        receivers = {
            str(receiver): increment
            for receiver, arrivals in self.arrivals.items()
            if (increment := arrivals.take()) is not None
        }
        if not self.clients and not receivers:
            return None
        taken: dict[str, object] = {
            "clients": {
                str(client): {
                    "ok": to_ranges(counts.ok),
                    "failed": {kind: to_ranges(numbers) for kind, numbers in counts.failed.items()},
                    "late": counts.late,
                }
                for client, counts in self.clients.items()
            },
            "receivers": receivers,
            "latency": _encoded(self.latency),
            "service": _encoded(self.service),
            "negative": self.negative,
            "lastAt": self.last_at,
        }
        self.clients = {}
        self.negative = 0
        return taken


def _encoded(histograms: dict[str, LatencyHistogram]) -> dict[str, str]:
    return {
        site: encoded for site, histogram in histograms.items() if (encoded := histogram.take()) is not None
    }


class Recorder:
    """Counts operations at clients and deliveries at receivers, by round. Thread-safe.

    Rounds are the probe's: each warm-up and the measured window is one, so nothing of one is ever counted in
    another. Latencies are kept by the site of the client. `run` tells messages of this run from those an
    earlier one left in a queue.
    """

    def __init__(self, run: str) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._rounds: dict[int, _Round] = {}
        self._stale = 0

    def succeeded(self, round_: int, client: int, sequence: int, ended: float) -> None:
        """An operation ended well for its sender at monotonic `ended`, seconds."""
        with self._lock:
            entry = self._rounds.setdefault(round_, _Round())
            entry.clients.setdefault(client, _ClientCounts()).ok.append(sequence)
            entry.last_at = ended

    def failed(self, round_: int, client: int, sequence: int, kind: str) -> None:
        """An operation failed; `kind` is the error's class name."""
        with self._lock:
            entry = self._rounds.setdefault(round_, _Round())
            counts = entry.clients.setdefault(client, _ClientCounts())
            counts.failed.setdefault(kind, []).append(sequence)

    def started(self, round_: int, client: int, late: float) -> None:
        """An open-loop operation started, or was given up, `late` seconds after it should have started."""
        if late <= LATE_SECONDS:
            return
        with self._lock:
            entry = self._rounds.setdefault(round_, _Round())
            entry.clients.setdefault(client, _ClientCounts()).late += 1

    def latency(self, round_: int, site: str, from_due: float, from_start: float) -> None:
        """A latency counted from the intended and from the actual start, seconds.

        A negative one, which only clocks that disagree can make, is counted and left out.
        """
        with self._lock:
            entry = self._rounds.setdefault(round_, _Round())
            if from_start < 0:
                entry.negative += 1
                return
            for histograms, seconds in ((entry.latency, from_due), (entry.service, from_start)):
                if site not in histograms:
                    histograms[site] = LatencyHistogram()
                histograms[site].record(seconds)

    def arrived(self, run: object, round_: int, receiver: int, sender: int, sequence: int, at: float) -> bool:
        """A message was executed at a receiver; False if it is not of this run."""
        with self._lock:
            if run != self._run:
                self._stale += 1
                return False
            entry = self._rounds.setdefault(round_, _Round())
            entry.arrivals.setdefault(receiver, Arrivals()).add(sender, sequence)
            entry.last_at = at
            return True

    def take(self) -> dict[int, dict[str, object]]:
        """Everything since the last take, by round; `lastAt`, monotonic, is of a success or a delivery."""
        with self._lock:
            return {
                number: taken for number, entry in self._rounds.items() if (taken := entry.take()) is not None
            }

    def take_stale(self) -> int:
        """Messages of other runs since the last take."""
        with self._lock:
            stale, self._stale = self._stale, 0
            return stale
