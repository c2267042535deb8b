"""Making the kernel and the emulator follow the state. Every function holds for both emulators."""

from . import firewall, netem, nfqueue, routing, temporary, tunnel
from .counters import ClassCounters
from .errors import Refused
from .runtime import Runtime
from .spec import ClassSpec
from .state import LinkClass, State


def _apply_rules(state: State, runtime: Runtime) -> None:
    firewall.restore(firewall.render_classes(runtime.emulator, (link.id for link in state.classes.values())))


def _apply_routes(state: State, runtime: Runtime) -> None:
    routing.apply(state, runtime.wan, str(runtime.network().wan.ip))


def _apply_peers(state: State, runtime: Runtime) -> None:
    wan = runtime.tunnel()
    if wan and runtime.underlay:
        tunnel.apply(state, wan, runtime.underlay)


def _set(link: LinkClass, runtime: Runtime, new: bool) -> None:
    if runtime.emulator == "nfqueue":
        nfqueue.set_class(link, str(runtime.network().wan.ip))
    elif new:
        netem.execute(netem.render_new_class(link, runtime.wan))
    else:
        netem.execute(netem.render_changed_class(link, runtime.wan))


def _take_back(old: LinkClass | None, new: LinkClass, runtime: Runtime) -> None:
    """Leaves the kernel as it was before a class that netem refused: part of it is made by then, as netem finds out
    about duplicates after it has changed the delay."""
    if old is None:
        netem.execute(netem.render_deleted_class(new.id, runtime.wan))
    else:
        netem.execute(netem.render_changed_class(old, runtime.wan))


def restore_all(state: State, runtime: Runtime) -> None:
    """Builds everything, from the state of an earlier start or from nothing. Raises Refused, Failed."""
    if runtime.emulator == "netem":
        netem.execute(netem.render_root(runtime.wan))
    for link in state.classes.values():
        _set(link, runtime, new=True)
    _apply_peers(state, runtime)
    _apply_rules(state, runtime)
    _apply_routes(state, runtime)


def restore_emulator(state: State, runtime: Runtime) -> None:
    """Hands a user-space emulator that came back its classes, as they are at the time. Raises Failed."""
    changed = temporary.load()
    for name, link in state.classes.items():
        nfqueue.set_class(link._replace(spec=changed.get(name, link.spec)), str(runtime.network().wan.ip))


def apply_temporarily(link: LinkClass, spec: ClassSpec | None, runtime: Runtime) -> None:
    """Gives a class other parameters, or with None its own again; the state stays. Raises Refused, Failed."""
    _set(link._replace(spec=spec or link.spec), runtime, new=False)


def apply_class(before: State, after: State, name: str, runtime: Runtime) -> None:
    """Makes or changes one class. Changing parameters touches the emulator only. Raises Refused, Failed."""
    old = before.classes.get(name)
    new = after.classes[name]
    try:
        _set(new, runtime, new=old is None)
    except Refused:
        _take_back(old, new, runtime)
        raise
    if old is None or (old.spec.next_hop, old.spec.peer) != (new.spec.next_hop, new.spec.peer):
        _apply_peers(after, runtime)
    if old is None or old.spec.next_hop != new.spec.next_hop:
        # Rules first: a route with a realm no rule knows would drop packets.
        _apply_rules(after, runtime)
        _apply_routes(after, runtime)


def apply_deletion(before: State, after: State, name: str, runtime: Runtime) -> None:
    """Removes one class: its packets are dropped and counted before the emulator lets go. Raises Failed."""
    old = before.classes.get(name)
    if old is None:
        return
    _apply_routes(after, runtime)
    _apply_rules(after, runtime)
    _apply_peers(after, runtime)
    if runtime.emulator == "nfqueue":
        nfqueue.delete_class(old.id)
    else:
        netem.execute(netem.render_deleted_class(old.id, runtime.wan))


def apply_routes(after: State, runtime: Runtime) -> None:
    """Makes the routes those of the state. Raises Failed."""
    _apply_routes(after, runtime)


def read_counters(state: State, runtime: Runtime) -> dict[int, ClassCounters]:
    """Counters by class id. Raises Failed."""
    if runtime.emulator == "nfqueue":
        return nfqueue.read_counters(state.classes.values())
    return netem.read_counters(runtime.wan)
