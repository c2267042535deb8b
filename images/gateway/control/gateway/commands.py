"""What `docker exec <gateway> gateway …` does. Each command returns what it prints."""

import json

from . import containers, emulators, firewall, links, netem, nfqueue, runtime, state
from .errors import Refused
from .spec import ClassSpec, asked_fields, parse_class, parse_name, parse_routes, parse_services


def _describe(spec: ClassSpec) -> dict[str, object]:
    described: dict[str, object] = {
        "nextHop": spec.next_hop,
        "delayMs": spec.delay_ms,
        "jitterMs": spec.jitter_ms,
        "lossPercent": spec.loss_percent,
        "limitPackets": spec.limit_packets,
    }
    if spec.rate is not None:
        described["rateBitsPerSecond"] = spec.rate
    if spec.seed is not None:
        described["seed"] = spec.seed
    # What most links have nothing of is named where it is there.
    if spec.jitter_distribution != "uniform":
        described["jitterDistribution"] = spec.jitter_distribution
    if spec.jitter_correlation_percent is not None:
        described["jitterCorrelationPercent"] = spec.jitter_correlation_percent
    if spec.loss_bursts:
        described["lossBursts"] = {f"{name}Percent": value for name, value in spec.loss_bursts._asdict().items()}
    if spec.limit_bytes is not None:
        described["limitBytes"] = spec.limit_bytes
    if spec.duplicate_percent:
        described["duplicatePercent"] = spec.duplicate_percent
    if spec.corrupt_percent:
        described["corruptPercent"] = spec.corrupt_percent
    if spec.reorder:
        described["reorder"] = spec.reorder._asdict()
    if spec.peer:
        described["peer"] = spec.peer._asdict()
    return described


def _refuse_misplaced_peer(spec: ClassSpec, now: runtime.Runtime) -> None:
    if now.underlay and not spec.peer:
        raise Refused("peer: missing, and the WAN of this gateway is a tunnel: say at which address and port")
    if spec.peer and not now.underlay:
        raise Refused("peer: refused, as the WAN of this gateway is a network: leave it out")


def class_set(name: str, text: str) -> dict[str, object]:
    """Makes a class or changes it in place. Raises Refused, Failed."""
    parse_name(name)
    now = runtime.wait()
    spec = parse_class(text, now.network())
    emulators.refuse_lacking(asked_fields(text), now.emulator)
    _refuse_misplaced_peer(spec, now)
    with state.locked():
        before = state.load()
        after = state.with_class(before, name, spec)
        links.apply_class(before, after, name, now)
        state.save(after)
    return {"name": name, "emulator": now.emulator, **_describe(spec)}


def class_delete(name: str) -> dict[str, object]:
    """Removes a class; it need not be there. Raises Refused, Failed."""
    parse_name(name)
    now = runtime.wait()
    with state.locked():
        before = state.load()
        after = state.without_class(before, name)
        links.apply_deletion(before, after, name, now)
        state.save(after)
    return {"name": name, "deleted": name in before.classes}


def class_render(emulator: str, text: str) -> dict[str, object]:
    """What an emulator would be told for a class, also one that this kernel lacks; nothing changes. Raises Refused,
    Failed."""
    now = runtime.wait()
    link = state.LinkClass(1, parse_class(text, now.network()))
    match emulator:
        case "netem":
            emulators.refuse_lacking(asked_fields(text), "netem")
            return {"commands": netem.render_new_class(link, now.wan)}
        case "nfqueue":
            emulators.refuse_lacking(asked_fields(text), "nfqueue")
            return {"commands": [nfqueue.render_set(link, str(now.network().wan.ip))]}
        case _:
            raise Refused(f"emulator: {json.dumps(emulator)} refused, wanted netem or nfqueue")


def routes_set(text: str) -> dict[str, object]:
    """Replaces the routes to other sites. Raises Refused, Failed."""
    now = runtime.wait()
    with state.locked():
        before = state.load()
        neighbours = {link.spec.next_hop for link in before.classes.values()}
        after = state.State(before.classes, parse_routes(text, now.network(), neighbours))
        links.apply_routes(after, now)
        state.save(after)
    return {"routes": after.routes}


def services_set(text: str) -> dict[str, object]:
    """Notes what the site's containers are called, in the place of what was noted before. Raises Refused."""
    services = parse_services(text)
    with state.locked():
        containers.save(services)
    return {"services": sorted(services.values())}


def status() -> dict[str, object]:
    """The gateway as it is. Raises Failed."""
    now = runtime.wait(0)
    with state.locked():
        current = state.load()
        counters = links.read_counters(current, now)
    return {
        "emulator": now.emulator,
        "kernel": now.kernel,
        "interfaces": {"site": now.site, "wan": now.wan},
        "classes": {
            name: {**_describe(link.spec), "id": link.id, "counters": counters.get(link.id, {})}
            for name, link in current.classes.items()
        },
        "routes": current.routes,
        "droppedWithoutLink": firewall.read_dropped()._asdict(),
    }
