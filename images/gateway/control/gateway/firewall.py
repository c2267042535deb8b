"""Packet filter rules, rendered for iptables-restore.

A packet that leaves by the WAN carries the realm of its route, which is the id of the class of its next hop.
So the class follows from the next hop, whatever the destination, and a route change leaves the rules alone.
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from .errors import Failed
from .process import run

EmulatorKind = Literal["netem", "nfqueue"]


# Where a site's memcached listens, which asks nobody who they are: `port` in components/controlplane/cache.ts. No
# service takes connections there from other sites, and none begins one from it: the kernel's own choice is above.
MEMCACHED_PORT = 11211
# What the emulator sends itself, DUPLICATE_MARK in emulator/duplicates.h.
DUPLICATE_MARK = 0x62775644


class Dropped(NamedTuple):
    """Packets towards a neighbour without a link."""

    packets: int
    bytes: int


# Until the interfaces are known nothing may leave or pass.
LOCKDOWN = """*filter
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
-F FORWARD
-F OUTPUT
-A OUTPUT -o lo -j ACCEPT
COMMIT
"""


def render_base(site: str, wan: str, host_addresses: Iterable[str] = ()) -> str:
    """The rules that stay: what may pass at all, and the last stop of packets without a class."""
    blocked = "".join(f"-A BUSWIDE-HOST -d {address}/32 -j DROP\n" for address in host_addresses)
    return f"""*filter
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
:BUSWIDE-HOST - [0:0]
-F FORWARD
-F OUTPUT
{blocked}-A FORWARD -j BUSWIDE-HOST
-A FORWARD -i {site} -o {wan} -j ACCEPT
-A FORWARD -i {wan} -o {site} -p tcp --dport {MEMCACHED_PORT} -j DROP
-A FORWARD -i {wan} -o {site} -j ACCEPT
-A FORWARD -i {wan} -o {wan} -j ACCEPT
-A OUTPUT -o lo -j ACCEPT
-A OUTPUT -j BUSWIDE-HOST
-A OUTPUT -p icmp --icmp-type redirect -j DROP
-A OUTPUT -o {site} -j ACCEPT
-A OUTPUT -o {wan} -j ACCEPT
COMMIT
*mangle
:BUSWIDE-WAN - [0:0]
:BUSWIDE-NO-LINK - [0:0]
-F POSTROUTING
-A POSTROUTING -o {wan} -j BUSWIDE-WAN
-A POSTROUTING -o {wan} -j BUSWIDE-NO-LINK
-A BUSWIDE-NO-LINK -j DROP
COMMIT
"""


def render_underlay(underlay: str) -> str:
    """The rules of the interface to the host, where there is one: neighbours' gateways and nothing else, either way."""
    return f"""*filter
:BUSWIDE-PEERS-IN - [0:0]
:BUSWIDE-PEERS-OUT - [0:0]
-F INPUT
-A INPUT -i {underlay} -j BUSWIDE-PEERS-IN
-A INPUT -i {underlay} -j DROP
-A OUTPUT -o {underlay} -j BUSWIDE-PEERS-OUT
COMMIT
"""


def render_peers(underlay: str, port: int, addresses: Iterable[str]) -> str:
    """Those that the interface to the host lets in and out: replaces those before in one transaction."""
    lines = ["*filter"]
    for chain in ("BUSWIDE-PEERS-IN", "BUSWIDE-PEERS-OUT"):
        lines += [f":{chain} - [0:0]", f"-F {chain}"]
    for address in addresses:
        lines.append(f"-A BUSWIDE-PEERS-IN -i {underlay} -s {address}/32 -p udp --dport {port} -j ACCEPT")
        lines.append(f"-A BUSWIDE-PEERS-OUT -o {underlay} -d {address}/32 -p udp -j ACCEPT")
    return "\n".join([*lines, "COMMIT", ""])


def render_classes(emulator: EmulatorKind, ids: Iterable[int]) -> str:
    """The rules that hand each class's packets to its emulator. Replaces those before in one transaction."""
    lines = ["*mangle", ":BUSWIDE-WAN - [0:0]", "-F BUSWIDE-WAN"]
    if emulator == "nfqueue":
        # Duplicates were held by the emulator already. No other container's packet has a mark here: the kernel
        # takes it off between network namespaces.
        lines.append(f"-A BUSWIDE-WAN -m mark --mark {DUPLICATE_MARK:#x} -j ACCEPT")
    for number in sorted(ids):
        # In transit the upper half holds the realm of the way back to the sender.
        match = f"-A BUSWIDE-WAN -m realm --realm {number:#x}/0xffff"
        if emulator == "nfqueue":
            # No --queue-bypass: with the emulator gone packets are dropped, never passed undelayed.
            lines.append(f"{match} -j NFQUEUE --queue-num {number}")
        else:
            lines.append(f"{match} -j CLASSIFY --set-class 1:{number:x}")
            lines.append(f"{match} -j ACCEPT")
    return "\n".join([*lines, "COMMIT", ""])


def parse_dropped(listing: str) -> Dropped:
    """Reads `iptables -t mangle -nvxL BUSWIDE-NO-LINK`. Raises Failed."""
    match = re.search(r"^\s*(\d+)\s+(\d+)\s+DROP\s", listing, re.MULTILINE)
    if not match:
        raise Failed("iptables: no counters of packets without a link")
    return Dropped(int(match[1]), int(match[2]))


def restore(rules: str, family: Literal[4, 6] = 4) -> None:
    """Applies rules; chains not named in them stay. Raises Failed."""
    program = "iptables-restore" if family == 4 else "ip6tables-restore"
    run([program, "--noflush", "--wait", "5"], rules)


def read_dropped() -> Dropped:
    """Packets towards neighbours without a link since the start. Raises Failed."""
    return parse_dropped(run(["iptables", "-w", "5", "-t", "mangle", "-nvxL", "BUSWIDE-NO-LINK"]))
