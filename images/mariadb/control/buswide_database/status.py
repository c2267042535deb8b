"""What a server says of itself, and what that means to clients and to the other nodes."""

from collections.abc import Mapping
from dataclasses import dataclass

from .decision import Position, Report

_SYNCED, _DONOR = "4", "2"


@dataclass(frozen=True)
class Status:
    """What a server says of itself (https://galeracluster.com/library/documentation/galera-status-variables.html)."""

    connected: bool
    """Whether it is in touch with any group, if only its own."""
    primary: bool
    ready: bool
    state: str
    """`wsrep_local_state`: 1 joining, 2 donor, 3 joined, 4 synced."""
    comment: str
    position: Position | None


def read_status(values: Mapping[str, str]) -> Status:
    """Reads `SHOW GLOBAL STATUS LIKE 'wsrep%'`."""
    history, number = values.get("wsrep_local_state_uuid", ""), int(values.get("wsrep_last_committed", "-1"))
    known = number >= 0 and history.strip("0-") != ""
    return Status(
        connected=values.get("wsrep_connected") == "ON",
        primary=values.get("wsrep_cluster_status") == "Primary",
        ready=values.get("wsrep_ready") == "ON",
        state=values.get("wsrep_local_state", "0"),
        comment=values.get("wsrep_local_state_comment", "unknown"),
        position=Position(history, number) if known else None,
    )


def refusal(status: Status | None, donors_serve: bool) -> str | None:
    """Why no client is to be sent to a server. None: it serves."""
    if status is None:
        return "the server does not answer"
    if not status.primary:
        return "not in the primary component"
    if not status.ready:
        return f"not ready: {status.comment}"
    # A donor by rsync stands still until everything is copied.
    serving = (_SYNCED, _DONOR) if donors_serve else (_SYNCED,)
    return None if status.state in serving else f"not synced: {status.comment}"


def report_of(running: bool, status: Status | None, found: Position | None, made: bool, fresh: bool) -> Report:
    """What a node reports. `found`: what is on its disk; `made`: whether all accounts are."""
    if not running:
        return Report(running=False, position=found, fresh=fresh)
    if status is None:
        return Report(running=True, fresh=fresh, settled=False)
    return Report(
        running=True,
        open=made and status.primary and status.ready,
        position=status.position,
        fresh=fresh,
        # One that has not yet been brought to where the others are has no position to go on from, and soon will.
        settled=status.primary or status.position is not None,
    )
