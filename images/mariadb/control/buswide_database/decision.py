"""Which node begins a cluster, decided by each from what all of them report, to the same effect.

A cluster that is running is joined. One that is not is begun by whoever has come furthest, and only once every member
has said how far it has come: one that does not answer may be ahead, or be in a running cluster that is out of reach.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PATIENCE = 60.0
"""Seconds that nodes which still run get to find each other by themselves, before one is made to begin without them."""


@dataclass(frozen=True)
class Position:
    """How far a node has come in a history of write-sets."""

    history: str
    """The UUID of the history."""
    number: int


@dataclass(frozen=True)
class Report:
    """What a node says of itself."""

    running: bool
    """Whether its server runs, whatever it is good for."""
    open: bool = False
    """Whether it is in the primary component, with all accounts made."""
    position: Position | None = None
    """None: it has nothing that could be gone on from."""
    fresh: bool = True
    """Whether its container has never been open."""
    settled: bool = True
    """Whether the position is known: not while a server starts."""


@dataclass(frozen=True)
class Join:
    """Start, and be brought up to date by those who run."""


@dataclass(frozen=True)
class Begin:
    """Be the first of the cluster, if this is still right after so many seconds."""

    after: float = 0.0


@dataclass(frozen=True)
class Wait:
    """Look again."""

    reason: str


Decision = Join | Begin | Wait


def decide(me: str, members: Sequence[str], reports: Mapping[str, Report]) -> Decision:
    """What a node is to do.

    `members`: all that are to be in the cluster, in the order of the plan. `reports`: those who answered, and `me`.
    """
    if any(report.open for name, report in reports.items() if name != me and name in members):
        return Join()
    silent = [name for name in members if name not in reports]
    if silent:
        return Wait(f"no answer of {', '.join(silent)}, which may be ahead")
    unsettled = [name for name in members if not reports[name].settled]
    if unsettled:
        return Wait(f"{', '.join(unsettled)} still starting")
    positions = {name: position for name in members if (position := reports[name].position) is not None}
    histories = {position.history for position in positions.values()}
    if len(histories) > 1:
        return Wait(f"{', '.join(sorted(positions))} have different histories: destroy the stack and make it anew")
    first = members[0]
    if not positions and not reports[first].fresh:
        return Wait("no node has anything to go on from: destroy the stack and make it anew")

    def merit(name: str) -> tuple[int, bool, int]:
        # Of several that have come as far, one that runs has connections already.
        return positions[name].number, reports[name].running, -members.index(name)

    elected = max(positions, key=merit) if positions else first
    if elected != me:
        return Wait(f"{elected} is to begin")
    others_run = any(reports[name].running for name in members if name != me)
    return Begin(PATIENCE if others_run or reports[me].running else 0.0)


class Lasting:
    """How long something has been so without a break."""

    def __init__(self) -> None:
        """It is not so yet."""
        self._since: float | None = None

    def seconds(self, holds: bool, now: float) -> float:
        """Since when it is so, by two looks or more; negative: it is not."""
        if not holds:
            self._since = None
            return -1.0
        if self._since is None:
            self._since = now
        return now - self._since


def begins_now(decision: Decision, lasting: Lasting, now: float) -> bool:
    """Whether it has been right to begin for as long as it must have been."""
    held = lasting.seconds(isinstance(decision, Begin), now)
    return isinstance(decision, Begin) and held >= decision.after
