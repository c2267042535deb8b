"""ombt's detailed output, message by message.

A client writes a line an operation, a server one a delivery (``--output`` of ombt's command). Times are Unix
seconds; a message's name is that of the sender's test, a colon and a number from 0. Lines of a server's
threads may be torn between their two writes, so deliveries are searched for, not read by the line.
"""

import re
from collections.abc import Mapping

from buswide_agent.latency import LatencyHistogram
from buswide_agent.sequences import Arrivals, to_ranges

OPERATION = re.compile(
    r'\{"id": "([0-9a-f]+):(\d+)", "start": ([\d.]+), "stop": ([\d.]+)(?:, "error": "(.*?)")?\}\n', re.DOTALL
)
DELIVERY = re.compile(r'\{"id": "([0-9a-f]+):(\d+)", "start": ([\d.]+), "recv": ([\d.]+)')

TIMEOUT = re.compile(r"^Timed out waiting for a reply")
MESSAGE_ID = re.compile(r"\b[0-9a-f]{8,}\b")
LONGEST_KIND = 80


class Detail:
    """Takes the place of the file that ombt writes its detailed output to."""

    def __init__(self) -> None:
        self._written: list[str] = []

    def write(self, text: str) -> None:
        """Called by ombt, from several threads."""
        self._written.append(text)

    def count(self) -> int:
        """How often something was written: grows as long as the agent does anything."""
        return len(self._written)

    def text(self) -> str:
        """All that was written since the last `clear`."""
        return "".join(self._written)

    def clear(self) -> None:
        """Forgets what was written."""
        self._written = []


class MixedTests(ValueError):
    """A client's detailed output is of more than one test."""


def kind_of(error: str) -> str:
    """What kind of failure an error's text, which is all that ombt keeps, speaks of."""
    if TIMEOUT.match(error):
        return "MessagingTimeout"
    return MESSAGE_ID.sub("…", error).strip().split("\n")[0][:LONGEST_KIND] or "unknown"


def operations(text: str) -> dict[str, object]:
    """What a client did in one test: its name in messages, what went well or not, and latencies.

    ombt's own mean counts failed operations too, with the time they took to fail; here they have no latency.
    `last` is the end of the last one that went well. Raises MixedTests.
    """
    senders: set[str] = set()
    ok: list[int] = []
    failed: dict[str, list[int]] = {}
    latency = LatencyHistogram()
    first = float("inf")
    last: float | None = None
    for sender, sequence, start, stop, error in OPERATION.findall(text):
        senders.add(sender)
        first = min(first, float(start))
        if error:
            failed.setdefault(kind_of(error), []).append(int(sequence))
            continue
        ok.append(int(sequence))
        last = max(last or 0.0, float(stop))
        latency.record(float(stop) - float(start))
    if len(senders) > 1:
        raise MixedTests(f"{len(senders)} tests in one client's output")
    return {
        "sender": next(iter(senders), None),
        "ok": to_ranges(ok),
        "failed": {kind: to_ranges(numbers) for kind, numbers in failed.items()},
        "latency": latency.take(),
        "first": first if senders else None,
        "last": last,
    }


def deliveries(text: str, senders: Mapping[str, tuple[int, str]]) -> dict[str, object]:
    """What a server got from the clients that `senders` names, each with its number and site.

    Messages of others, which an earlier test left, are counted as stale. Latencies are one way, by the
    client's site; negative ones, which only clocks that disagree can make, are counted and left out.
    """
    arrivals = Arrivals()
    latency: dict[str, LatencyHistogram] = {}
    stale = negative = 0
    last: float | None = None
    for sender, sequence, start, received in DELIVERY.findall(text):
        known = senders.get(sender)
        if known is None:
            stale += 1
            continue
        number, site = known
        arrivals.add(number, int(sequence))
        last = max(last or 0.0, float(received))
        if float(received) < float(start):
            negative += 1
        else:
            latency.setdefault(site, LatencyHistogram()).record(float(received) - float(start))
    return {
        "arrived": arrivals.take() or {"new": {}, "again": {}, "reordered": 0},
        "latency": {
            site: encoded for site, histogram in latency.items() if (encoded := histogram.take()) is not None
        },
        "stale": stale,
        "negative": negative,
        "last": last,
    }
