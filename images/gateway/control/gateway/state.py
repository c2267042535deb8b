"""What was asked of this gateway, kept in a file so that a restarted container comes back as it was."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from .errors import Refused
from .spec import Bursts, ClassSpec, Peer, Reorder

STATE_DIRECTORY = os.environ.get("GATEWAY_STATE_DIRECTORY", "/var/lib/gateway")

# Class ids are route realms and queue numbers, both 16 bits wide, and 0 means none.
MAX_ID = 65_534


class LinkClass(NamedTuple):
    """A class with its id: route realm, NFQUEUE number and minor number of its traffic-control class."""

    id: int
    spec: ClassSpec


class State(NamedTuple):
    """All classes by name, all routes by prefix."""

    classes: dict[str, LinkClass]
    routes: dict[str, str]


def with_class(state: State, name: str, spec: ClassSpec) -> State:
    """The state with a class added or changed. Raises Refused if another class has its next hop."""
    for other, existing in state.classes.items():
        if other != name and existing.spec.next_hop == spec.next_hop:
            raise Refused(f"nextHop: {spec.next_hop} already belongs to class {other}")
    if name in state.classes:
        number = state.classes[name].id
    else:
        used = {existing.id for existing in state.classes.values()}
        number = next(candidate for candidate in range(1, MAX_ID + 1) if candidate not in used)
    return State({**state.classes, name: LinkClass(number, spec)}, state.routes)


def without_class(state: State, name: str) -> State:
    """The state without a class; it need not be there. Its routes stay, and lead nowhere."""
    return State({other: link for other, link in state.classes.items() if other != name}, state.routes)


def to_json(state: State) -> str:
    """The text of the state file."""
    classes = {name: {"id": link.id, "spec": link.spec._asdict()} for name, link in state.classes.items()}
    return json.dumps({"version": 1, "classes": classes, "routes": state.routes}, indent=1)


def read_spec(values: dict[str, Any]) -> ClassSpec:
    """A spec as JSON has it: what is a named tuple within it came out as a list."""
    bursts, reorder, peer = values.get("loss_bursts"), values.get("reorder"), values.get("peer")
    spec = ClassSpec(**values)
    return spec._replace(
        loss_bursts=None if bursts is None else Bursts(*bursts),
        reorder=None if reorder is None else Reorder(*reorder),
        peer=None if peer is None else Peer(*peer),
    )


def from_json(text: str) -> State:
    """Reads what `to_json` wrote."""
    value = json.loads(text)
    classes = {name: LinkClass(link["id"], read_spec(link["spec"])) for name, link in value["classes"].items()}
    return State(classes, value["routes"])


def load() -> State:
    """The stored state; empty if none was stored yet."""
    try:
        with open(os.path.join(STATE_DIRECTORY, "state.json"), encoding="utf-8") as file:
            return from_json(file.read())
    except FileNotFoundError:
        return State({}, {})


def save(state: State) -> None:
    """Replaces the stored state as a whole: a crash leaves the old or the new one."""
    path = os.path.join(STATE_DIRECTORY, "state.json")
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(to_json(state))
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.new", path)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Holds the gateway's lock: changes come one after the other."""
    os.makedirs(STATE_DIRECTORY, exist_ok=True)
    # Not truncated: that would wait for the file system's journal, and a schedule has to keep its times.
    with open(os.path.join(STATE_DIRECTORY, "lock"), "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
