"""The WAN of gateways on several hosts: a VXLAN device (RFC 7348) in the place of the network that they share on one.

Nothing is learned and nothing is flooded: a gateway knows its neighbours by its links, and each link says at which
address and UDP port the neighbour's host takes what is for it. Ethernet addresses follow from those on the WAN, so that
nobody has to ask. Between the device and the host lies the underlay, a network that carries nothing else, and that
only neighbours reach.
"""

import ipaddress
import json
from typing import NamedTuple

from . import firewall
from .errors import Failed, Refused
from .process import run
from .spec import Network
from .state import State

DEVICE = "wan0"
# Inside the container; the host's own port for it is the peer's.
PORT = 4789
# A flow keeps its port, so that it stays in order; few ports keep the hosts' tables of connections small.
_SOURCE_PORTS = "49152 49216"
# Marks the routes to neighbours' hosts (rtm_protocol), apart from those of routing.py.
_PROTOCOL = "97"
_FIELDS = {"id", "mtu", "prefixLength", "address", "router"}


class Tunnel(NamedTuple):
    """How the WAN is made: its identifier, longest packet and prefix length, and the gateway's place below it."""

    id: int
    mtu: int
    prefix_length: int
    address: ipaddress.IPv4Interface
    router: str


class Entry(NamedTuple):
    """A neighbour as the device has it: where what is for an Ethernet address is sent."""

    mac: str
    address: str
    port: int


def parse(text: str | None) -> Tunnel | None:
    """Reads WAN_TUNNEL; None where the WAN is a network. Raises Refused."""
    if not text:
        return None
    try:
        values = json.loads(text)
        if set(values) != _FIELDS:
            raise ValueError(f"wanted {', '.join(sorted(_FIELDS))}")
        tunnel = Tunnel(
            int(values["id"]),
            int(values["mtu"]),
            int(values["prefixLength"]),
            ipaddress.IPv4Interface(values["address"]),
            str(ipaddress.IPv4Address(values["router"])),
        )
    except (ValueError, TypeError) as error:
        raise Refused(f"WAN_TUNNEL: {error}") from error
    if not (0 < tunnel.id < 2**24 and 576 <= tunnel.mtu <= 65_000 and 8 <= tunnel.prefix_length <= 30):
        raise Refused(f"WAN_TUNNEL: {text} is no tunnel")
    return tunnel


def mac_of(address: str) -> str:
    """The Ethernet address of a gateway by its address on the WAN, as Docker would have made it."""
    return ":".join(f"{byte:02x}" for byte in (2, 0x42, *ipaddress.IPv4Address(address).packed))


def render_device(network: Network, tunnel: Tunnel) -> list[str]:
    """The `ip` commands that make the WAN's device. The outer checksum is left out: packets have their own, and a host
    that translates addresses would have to mend it."""
    return [
        f"link add {DEVICE} address {mac_of(str(network.wan.ip))} mtu {tunnel.mtu} type vxlan id {tunnel.id}"
        f" dstport {PORT} srcport {_SOURCE_PORTS} nolearning noudpcsum",
        f"link set {DEVICE} up",
        f"address add {network.wan.ip}/{tunnel.prefix_length} dev {DEVICE}",
    ]


def make(network: Network, tunnel: Tunnel) -> None:
    """Makes the WAN's device, anew if an earlier start of the container has left one. Raises Failed."""
    if any(link["ifname"] == DEVICE for link in json.loads(run(["ip", "-json", "link", "show"]))):
        run(["ip", "link", "del", DEVICE])
    try:
        run(["ip", "-batch", "-"], "".join(f"{line}\n" for line in render_device(network, tunnel)))
    except Failed as error:
        raise Failed(
            f"no VXLAN device, which the links between hosts are made of (kernel module vxlan): {error}"
        ) from error


def wanted_entries(state: State) -> dict[str, Entry]:
    """By address on the WAN, the neighbours that the device is to know."""
    return {
        link.spec.next_hop: Entry(mac_of(link.spec.next_hop), link.spec.peer.address, link.spec.peer.port)
        for link in state.classes.values()
        if link.spec.peer
    }


def parse_entries(listing: str) -> dict[str, Entry]:
    """Reads `bridge -json fdb show`, by Ethernet address."""
    return {
        entry["mac"]: Entry(entry["mac"], entry["dst"], entry.get("port", PORT))
        for entry in json.loads(listing or "[]")
        if "dst" in entry
    }


def parse_neighbours(listing: str) -> dict[str, str]:
    """Reads `ip -json neigh show`: Ethernet address by address, of those that were set."""
    return {
        entry["dst"]: entry.get("lladdr", "")
        for entry in json.loads(listing or "[]")
        if "PERMANENT" in entry.get("state", [])
    }


def render_entries(now: dict[str, Entry], wanted: dict[str, Entry]) -> list[str]:
    """The `bridge` commands from one set of entries to the other; what stays is not touched."""
    by_mac = {entry.mac: entry for entry in wanted.values()}
    gone = [f"fdb del {mac} dev {DEVICE} self" for mac in now if mac not in by_mac]
    return gone + [
        f"fdb replace {mac} dev {DEVICE} dst {entry.address} port {entry.port} self permanent"
        for mac, entry in by_mac.items()
        if now.get(mac) != entry
    ]


def render_neighbours(now: dict[str, str], wanted: dict[str, Entry]) -> list[str]:
    """The `ip` commands that have each neighbour's Ethernet address be known, and no other's."""
    gone = [f"neigh del {address} dev {DEVICE}" for address in now if address not in wanted]
    return gone + [
        f"neigh replace {address} lladdr {entry.mac} dev {DEVICE} nud permanent"
        for address, entry in wanted.items()
        if now.get(address) != entry.mac
    ]


def render_routes(now: set[str], wanted: dict[str, Entry], tunnel: Tunnel, underlay: str) -> list[str]:
    """The `ip` commands that lead to the neighbours' hosts; who is in the underlay itself needs no route."""
    inside = tunnel.address.network
    hosts = {entry.address for entry in wanted.values() if ipaddress.IPv4Address(entry.address) not in inside}
    return [f"route del {host} proto {_PROTOCOL}" for host in sorted(now - hosts)] + [
        f"route replace {host} via {tunnel.router} dev {underlay} proto {_PROTOCOL}" for host in sorted(hosts - now)
    ]


def apply(state: State, tunnel: Tunnel, underlay: str) -> None:
    """Has the device know the neighbours of the state, and the underlay carry theirs alone. Raises Failed."""
    wanted = wanted_entries(state)
    firewall.restore(firewall.render_peers(underlay, PORT, sorted({entry.address for entry in wanted.values()})))
    routes = json.loads(run(["ip", "-json", "-4", "route", "show", "proto", _PROTOCOL]) or "[]")
    neighbours = parse_neighbours(run(["ip", "-json", "neigh", "show", "dev", DEVICE]))
    entries = parse_entries(run(["bridge", "-json", "fdb", "show", "dev", DEVICE]))
    changes = render_routes({route["dst"] for route in routes}, wanted, tunnel, underlay)
    changes += render_neighbours(neighbours, wanted)
    _batch("ip", changes)
    _batch("bridge", render_entries(entries, wanted))


def _batch(program: str, lines: list[str]) -> None:
    if lines:
        run([program, "-batch", "-"], "".join(f"{line}\n" for line in lines))
