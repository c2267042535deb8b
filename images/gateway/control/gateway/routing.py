"""Routes to neighbours and to other sites, rendered for `ip -batch`."""

import json
from typing import NamedTuple

from .process import run
from .state import State

# Marks the routes this program made (rtm_protocol; 98 is in the range rtnetlink.h leaves to programs).
PROTOCOL = "98"


class Route(NamedTuple):
    """A route as the kernel has it; realm 0: none."""

    via: str | None
    realm: int


def wanted_routes(state: State) -> dict[str, Route]:
    """Destination to route: a host route per neighbour, so that the gateway's own traffic towards it has
    the class too, and a route per prefix. A prefix whose next hop has no class gets no realm: its packets
    are dropped and counted."""
    realms = {link.spec.next_hop: link.id for link in state.classes.values()}
    routes = {hop: Route(None, realm) for hop, realm in realms.items()}
    for prefix, hop in state.routes.items():
        routes[prefix.removesuffix("/32")] = Route(hop, realms.get(hop, 0))
    return routes


def parse_routes(listing: str) -> dict[str, Route]:
    """Reads `ip -json -N route show proto …`."""
    routes = {}
    for route in json.loads(listing):
        # {"flow": {"to": "3"}} is "realm 3"; only the destination's realm is ever set here.
        realm = route.get("flow", {}).get("to", "0")
        routes[route["dst"]] = Route(route.get("gateway"), int(realm, 0))
    return routes


def render_changes(now: dict[str, Route], wanted: dict[str, Route], wan: str, source: str) -> str:
    """The commands that turn one set of routes into the other. A changed route is replaced in one step.
    Host routes of neighbours come first."""
    lines = [f"route del {destination} proto {PROTOCOL}" for destination in now if destination not in wanted]
    for destination, route in sorted(wanted.items(), key=lambda item: item[1].via is not None):
        if now.get(destination) == route:
            continue
        via = f"via {route.via} dev {wan} onlink" if route.via else f"dev {wan} scope link"
        realm = f" realm {route.realm}" if route.realm else ""
        lines.append(f"route replace {destination} {via} src {source} proto {PROTOCOL}{realm}")
    return "".join(f"{line}\n" for line in lines)


def apply(state: State, wan: str, source: str) -> None:
    """Makes the kernel's routes those of the state. Raises Failed."""
    now = parse_routes(run(["ip", "-json", "-N", "route", "show", "proto", PROTOCOL]) or "[]")
    changes = render_changes(now, wanted_routes(state), wan, source)
    if changes:
        run(["ip", "-batch", "-"], changes)
