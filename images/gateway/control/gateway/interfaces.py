"""The gateway's two interfaces, told apart by their addresses: Docker's names and order do not say."""

import ipaddress
import json
import time
from typing import NamedTuple

from .errors import Failed
from .process import run
from .spec import Network


class Interfaces(NamedTuple):
    """Names of the interfaces, and the length of the WAN's prefix."""

    site: str
    wan: str
    wan_prefix_length: int


def find(listing: str, network: Network) -> Interfaces | None:
    """Reads `ip -json -4 address`; None while an interface is missing."""
    site = wan = None
    wan_prefix_length = 0
    for interface in json.loads(listing):
        for address in interface.get("addr_info", []):
            local = ipaddress.IPv4Address(address["local"])
            if local == network.wan.ip:
                wan, wan_prefix_length = interface["ifname"], address["prefixlen"]
            elif local in network.site.network:
                site = interface["ifname"]
    return Interfaces(site, wan, wan_prefix_length) if site and wan else None


def find_device(listing: str, address: ipaddress.IPv4Address) -> str | None:
    """Reads `ip -json -4 address`; None while no interface has the address."""
    for interface in json.loads(listing):
        if any(known["local"] == str(address) for known in interface.get("addr_info", [])):
            return str(interface["ifname"])
    return None


def wait_for(address: ipaddress.IPv4Address, seconds: float) -> str:
    """Waits for the interface with an address. Raises Failed."""
    deadline = time.monotonic() + seconds
    while not (found := find_device(run(["ip", "-json", "-4", "address"]), address)):
        if time.monotonic() > deadline:
            raise Failed(f"no interface with {address}")
        time.sleep(0.05)
    return found


def wait(network: Network, seconds: float) -> Interfaces:
    """Waits until both networks are attached: Docker attaches the second one after the start. Raises Failed."""
    deadline = time.monotonic() + seconds
    while True:
        found = find(run(["ip", "-json", "-4", "address"]), network)
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failed(f"no interfaces with {network.wan.ip} and an address in {network.site.network}")
        time.sleep(0.05)


def prepare(interfaces: Interfaces, network: Network) -> list[str]:
    """Takes the site's gateway address and gives up the default route, which leads to the host. Returns the
    host's addresses seen there. Raises Failed."""
    run(["ip", "address", "replace", str(network.site), "dev", interfaces.site])
    hosts = []
    for route in json.loads(run(["ip", "-json", "-4", "route", "show", "default"]) or "[]"):
        if "gateway" in route and route["gateway"] != str(network.site.ip):
            hosts.append(route["gateway"])
        run(["ip", "-4", "route", "del", "default", "dev", route["dev"]])
    return hosts
