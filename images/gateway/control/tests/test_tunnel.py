"""The WAN between hosts: what is told to iproute2, and what comes of it between network namespaces, as root."""

import ipaddress
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway.errors import Refused
from gateway.spec import ClassSpec, Network, Peer
from gateway.state import LinkClass, State
from gateway.tunnel import Entry, Tunnel

from gateway import tunnel

ASKED = {"id": 7, "mtu": 1450, "prefixLength": 20, "address": "10.8.0.2/26", "router": "10.8.0.1"}
TUNNEL = Tunnel(7, 1450, 20, ipaddress.IPv4Interface("10.8.0.2/26"), "10.8.0.1")
NETWORK = Network(ipaddress.IPv4Interface("10.1.0.254/24"), ipaddress.IPv4Interface("10.9.0.1/32"))


def a_state(**peers: Peer) -> State:
    classes = {
        name: LinkClass(number, ClassSpec(f"10.9.0.{number + 1}", 25, 0, 0, None, 1000, 1, peer=peer))
        for number, (name, peer) in enumerate(peers.items(), 1)
    }
    return State(classes, {})


def test_a_gateway_without_a_tunnel_has_none() -> None:
    assert tunnel.parse(None) is None and tunnel.parse("") is None


def test_a_tunnel_is_read_from_the_environment() -> None:
    assert tunnel.parse(json.dumps(ASKED)) == TUNNEL


@pytest.mark.parametrize(
    "changes",
    [{"id": 0}, {"id": 2**24}, {"mtu": 100}, {"address": "10.8.0.2.1/26"}, {"router": ""}, {"port": 1}, {"mtu": None}],
)
def test_what_is_no_tunnel_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Refused, match=r"^WAN_TUNNEL: "):
        tunnel.parse(json.dumps({**ASKED, **changes}))


def test_an_ethernet_address_follows_from_the_one_on_the_wan() -> None:
    assert tunnel.mac_of("10.129.241.205") == "02:42:0a:81:f1:cd"


def test_the_device_learns_nothing_and_has_the_prefix_of_the_wan() -> None:
    first, _, last = tunnel.render_device(NETWORK, TUNNEL)
    assert "type vxlan id 7 " in first and " nolearning " in first and "mtu 1450" in first
    assert last == "address add 10.9.0.1/20 dev wan0"


def test_a_neighbour_that_moves_is_replaced_and_the_others_are_left_alone() -> None:
    here, there = Peer("192.0.2.5", 20017), Peer("192.0.2.6", 20018)
    wanted = tunnel.wanted_entries(a_state(a=there, b=here))
    now = {
        tunnel.mac_of("10.9.0.2"): Entry(tunnel.mac_of("10.9.0.2"), *here),
        tunnel.mac_of("10.9.0.3"): Entry(tunnel.mac_of("10.9.0.3"), *here),
        tunnel.mac_of("10.9.0.9"): Entry(tunnel.mac_of("10.9.0.9"), *here),
    }
    assert tunnel.render_entries(now, wanted) == [
        "fdb del 02:42:0a:09:00:09 dev wan0 self",
        "fdb replace 02:42:0a:09:00:02 dev wan0 dst 192.0.2.6 port 20018 self permanent",
    ]
    assert tunnel.render_neighbours({"10.9.0.2": "02:42:0a:09:00:02"}, wanted) == [
        "neigh replace 10.9.0.3 lladdr 02:42:0a:09:00:03 dev wan0 nud permanent"
    ]


def test_only_other_hosts_are_reached_by_the_underlay_s_router() -> None:
    wanted = tunnel.wanted_entries(a_state(a=Peer("192.0.2.5", 20017), b=Peer("10.8.0.3", 4789)))
    assert tunnel.render_routes({"192.0.2.9"}, wanted, TUNNEL, "eth1") == [
        "route del 192.0.2.9 proto 97",
        "route replace 192.0.2.5 via 10.8.0.1 dev eth1 proto 97",
    ]


NAMESPACES = pytest.mark.skipif(
    os.geteuid() != 0
    or any(shutil.which(program) is None for program in ("ip", "bridge", "iptables-restore", "unshare")),
    reason="takes root, for network namespaces",
)

# A gateway's part of the WAN, in its network namespace: its address there, and its neighbours.
_PART = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from gateway import firewall, spec, state, tunnel
wan, neighbours = json.loads(sys.argv[2]), json.loads(sys.argv[3])
network = spec.parse_network("10.1.0.254/24", wan)
asked = tunnel.parse(os.environ["WAN_TUNNEL"])
tunnel.make(network, asked)
tunnel.make(network, asked)
firewall.restore(firewall.LOCKDOWN)
firewall.restore("*filter\\n-A OUTPUT -o wan0 -j ACCEPT\\nCOMMIT\\n")
firewall.restore(firewall.render_underlay("eth0"))
classes = {
    hop: state.LinkClass(number, spec.ClassSpec(hop, 0, 0, 0, None, 1000, 1, peer=spec.Peer(*peer)))
    for number, (hop, peer) in enumerate(neighbours.items(), 1)
}
tunnel.apply(state.State(classes, {}), asked, "eth0")
"""

_ECHO = """
import socket
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("", 7))
print("ready", flush=True)
while True:
    receiver.sendto(*receiver.recvfrom(65536))
"""

# 10 and 2: IP_MTU_DISCOVER and IP_PMTUDISC_DO of ip(7), so that nobody divides a packet.
_ASK = """
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, 10, 2)
sender.settimeout(0.5)
sender.connect((sys.argv[1], 7))
sender.send(bytes(int(sys.argv[2])))
sender.recv(65536)
"""


def _ip(*arguments: str, check: bool = True) -> str:
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True).stdout


class Hosts:
    """Two hosts on a network of theirs, each with gateways behind address translation, as Docker has it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.echoing: list[subprocess.Popen[str]] = []
        self.mark = f"bwt{os.getpid()}"

    def add(self, name: str) -> str:
        full = f"{self.mark}{name}"
        _ip("netns", "add", full)
        self.names.append(full)
        _ip("-n", full, "link", "set", "lo", "up")
        return full

    def join(self, a: str, device: str, address: str, b: str, other: str, other_address: str) -> None:
        _ip("-n", a, "link", "add", device, "type", "veth", "peer", "name", other, "netns", b)
        for namespace, interface, own in ((a, device, address), (b, other, other_address)):
            if own:
                _ip("-n", namespace, "address", "add", own, "dev", interface)
            _ip("-n", namespace, "link", "set", interface, "up")

    def run(self, namespace: str, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["ip", "netns", "exec", namespace, *command],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def echo(self, namespace: str) -> None:
        """Has the namespace send back what it is sent."""
        command = ["ip", "netns", "exec", namespace, sys.executable, "-c", _ECHO]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.echoing.append(process)
        assert process.stdout and process.stdout.readline() == "ready\n"

    def close(self) -> None:
        for process in self.echoing:
            process.kill()
            process.communicate()
        for name in self.names:
            _ip("netns", "del", name, check=False)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    made = Hosts()
    try:
        yield made
    finally:
        made.close()


def _host(hosts: Hosts, number: int, ports: dict[int, str]) -> str:
    """A host 192.0.2.<number>, whose `ports` are those of gateways behind it."""
    host = hosts.add(f"h{number}")
    hosts.run(host, "sysctl", "-qw", "net.ipv4.ip_forward=1")
    rules = [
        "*nat",
        f"-A POSTROUTING -s 10.8.{number}.0/26 ! -o under -j MASQUERADE",
        *(f"-A PREROUTING -i eth0 -p udp --dport {port} -j DNAT --to {to}:4789" for port, to in ports.items()),
        "COMMIT\n",
    ]
    done = subprocess.run(
        ["ip", "netns", "exec", host, "iptables-restore"], input="\n".join(rules), text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    _ip("-n", host, "link", "add", "under", "type", "bridge")
    _ip("-n", host, "address", "add", f"10.8.{number}.1/26", "dev", "under")
    _ip("-n", host, "link", "set", "under", "up")
    return host


def _gateway(hosts: Hosts, host: str, number: int, place: int, neighbours: dict[str, tuple[str, int]]) -> str:
    """A gateway 10.9.0.<host><place>, in the underlay of a host at `place`."""
    gateway = hosts.add(f"g{number}{place}")
    hosts.join(gateway, "eth0", f"10.8.{number}.{place}/26", host, f"p{place}", "")
    _ip("-n", host, "link", "set", f"p{place}", "master", "under")
    asked = {**ASKED, "address": f"10.8.{number}.{place}/26", "router": f"10.8.{number}.1"}
    control = str(Path(__file__).parents[1])
    arguments = ("-c", _PART, control, json.dumps(f"10.9.0.{10 * number + place}"), json.dumps(neighbours))
    done = hosts.run(gateway, sys.executable, *arguments, WAN_TUNNEL=json.dumps(asked))
    assert done.returncode == 0, done.stderr
    hosts.echo(gateway)
    return gateway


@NAMESPACES
def test_gateways_of_two_hosts_and_of_one_reach_each_other_by_their_links_only(hosts: Hosts) -> None:
    one = _host(hosts, 1, {20012: "10.8.1.2", 20013: "10.8.1.3"})
    two = _host(hosts, 2, {20022: "10.8.2.2"})
    hosts.join(one, "eth0", "192.0.2.1/24", two, "eth0", "192.0.2.2/24")
    # a is linked to b of its own host and to c of the other one; b and c are not linked.
    a = _gateway(hosts, one, 1, 2, {"10.9.0.13": ("10.8.1.3", 4789), "10.9.0.22": ("192.0.2.2", 20022)})
    b = _gateway(hosts, one, 1, 3, {"10.9.0.12": ("10.8.1.2", 4789)})
    c = _gateway(hosts, two, 2, 2, {"10.9.0.12": ("192.0.2.1", 20012)})

    def reaches(namespace: str, address: str, size: int = 56) -> bool:
        return hosts.run(namespace, sys.executable, "-c", _ASK, address, str(size)).returncode == 0

    deadline = time.monotonic() + 5
    while not reaches(a, "10.9.0.22") and time.monotonic() < deadline:
        pass
    assert reaches(a, "10.9.0.13") and reaches(a, "10.9.0.22") and reaches(c, "10.9.0.12")
    assert not reaches(b, "10.9.0.22") and not reaches(c, "10.9.0.13")
    # The longest packet passes whole, and a longer one not at all.
    assert reaches(a, "10.9.0.22", 1450 - 28) and not reaches(a, "10.9.0.22", 1451 - 28)
    # What is no neighbour's tunnel is neither let out nor let in.
    hosts.echo(one)
    assert reaches(two, "192.0.2.1") and not reaches(a, "192.0.2.1") and not reaches(a, "10.8.1.1")
    assert not reaches(one, "10.8.1.2")
