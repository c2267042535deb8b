"""Makes what every server needs, a flavor, an image and a network, and waits until servers can be put on every host.

On standard input, JSON: `url` of Keystone, `region`, `password` of the administrator, `hosts` that are to take servers,
by site, and `timeoutSeconds` for that. Each site is an availability zone of its hosts; hosts of before are forgotten.
Again and again, it makes what is missing.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from buswide_openstack.connect import JSON, Patience, connect

if TYPE_CHECKING:
    from openstack.connection import Connection

NAME = "buswide"
"""Of flavor, image and network."""
IMAGE_BYTES = 1024
SETTLING_SECONDS = 30
QUIET_SHARE = 0.4
QUIET_SECONDS = 3
SUBNET = "192.168.0.0/16"
PATIENCE_SECONDS = 20
"""How long a host may be up and unknown: the scheduler looks for new ones more often."""
MAPPED_MEANWHILE = 2
"""What `nova-manage cell_v2 discover_hosts` exits with where another one has mapped a host that it was about to map."""


def make_flavor(cloud: "Connection") -> None:
    """One of next to nothing, so that the memory of a fake host is never what ends a measurement.

    With a disk: one without is for servers of administrators, and of volumes, only (Nova's policy `zero_disk_flavor`).
    """
    if cloud.compute.find_flavor(NAME) is None:
        cloud.compute.create_flavor(name=NAME, ram=64, vcpus=1, disk=1)


def make_image(cloud: "Connection") -> None:
    """A KiB of nothing: no fake host boots from it. What was cut short, or went with a Glance, is made anew."""
    image = cloud.image.find_image(NAME)
    if image is not None and image.status == "active" and is_there(cloud, image):
        return
    if image is not None:
        cloud.image.delete_image(image)
    cloud.image.create_image(
        NAME,
        disk_format="raw",
        container_format="bare",
        visibility="public",
        data=bytes(IMAGE_BYTES),
        validate_checksum=False,
    )


def is_there(cloud: "Connection", image: object) -> bool:
    """Whether Glance has what it says that it has."""
    from openstack.exceptions import SDKException

    try:
        return len(cloud.image.download_image(image).content) == IMAGE_BYTES
    except SDKException:
        # Refused, or an answer of nothing, whose checksum is another.
        return False


def make_network(cloud: "Connection") -> None:
    """One without a gateway and DHCP, of which no agent is there."""
    network = cloud.network.find_network(NAME) or cloud.network.create_network(name=NAME, shared=True)
    if cloud.network.find_subnet(NAME) is None:
        cloud.network.create_subnet(
            name=NAME, network_id=network.id, ip_version=4, cidr=SUBNET, is_dhcp_enabled=False, gateway_ip=None
        )


def missing_hosts(cloud: "Connection", hosts: list[str]) -> set[str]:
    """Those that are not up, or that Nova does not put servers on yet."""
    up = {service.host for service in cloud.compute.services(binary="nova-compute") if service.state == "up"}
    known = {hypervisor.name for hypervisor in cloud.compute.hypervisors()}
    return {host for host in hosts if host not in up or host not in known}


def unknown_hosts(cloud: "Connection", hosts: list[str]) -> set[str]:
    """Those that are up, and that Nova does not put servers on yet."""
    up = {service.host for service in cloud.compute.services(binary="nova-compute") if service.state == "up"}
    return missing_hosts(cloud, hosts) & up


def discover_hosts() -> None:
    """Has Nova find hosts by their services, or some where the scheduler does meanwhile. Errors: `RuntimeError`.

    The scheduler looks for nodes that were never found; of a host that was forgotten and is back, the node was.
    """
    command = ["nova-manage", "cell_v2", "discover_hosts", "--by-service"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in (0, MAPPED_MEANWHILE):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}")


def wait_for_hosts(cloud: "Connection", hosts: list[str], seconds: float) -> None:
    """Returns when servers can be put on all of them. Errors: `TimeoutError`."""
    patience = Patience(seconds, "hosts that take servers")
    due = time.monotonic() + PATIENCE_SECONDS
    while missing := missing_hosts(cloud, hosts):
        patience.wait(f"{len(missing)} of {len(hosts)} are missing: {', '.join(sorted(missing)[:5])}")
        if time.monotonic() > due and unknown_hosts(cloud, hosts):
            discover_hosts()
            due = time.monotonic() + PATIENCE_SECONDS


def make_zones(cloud: "Connection", sites: dict[str, list[str]]) -> None:
    """An availability zone a site, by a host aggregate of its name."""
    known = {aggregate.name: aggregate for aggregate in cloud.compute.aggregates()}
    for site, hosts in sites.items():
        aggregate = known.get(site) or cloud.compute.create_aggregate(name=site, availability_zone=site)
        for host in hosts:
            if host not in (aggregate.hosts or []):
                cloud.compute.add_host_to_aggregate(aggregate, host)


def forget_others(cloud: "Connection", sites: dict[str, list[str]]) -> None:
    """Takes hosts that are no more out of Nova. One that still has servers stays, down, until they are deleted."""
    from openstack.exceptions import ConflictException

    there = {host for hosts in sites.values() for host in hosts}
    for aggregate in cloud.compute.aggregates():
        for host in aggregate.hosts or []:
            if host not in there:
                cloud.compute.remove_host_from_aggregate(aggregate, host)
    for service in cloud.compute.services(binary="nova-compute"):
        if service.host not in there:
            try:
                cloud.compute.delete_service(service)
            except ConflictException as error:
                print(f"{service.host} stays known to Nova: {error}", file=sys.stderr)


def busy_share(before: list[int], after: list[int]) -> float:
    """Of the CPU time between two readings of the first line of /proc/stat (proc(5)), what was not idle, 0 to 1."""
    passed = [later - earlier for earlier, later in zip(before, after, strict=True)]
    return 1 - sum(passed[3:5]) / max(1, sum(passed))


def settle() -> None:
    """Waits until the services' start is over, or half a minute: what it takes would be measured with the links."""
    quiet = 0
    readings = [cpu_times()]
    for _ in range(SETTLING_SECONDS):
        time.sleep(1)
        readings.append(cpu_times())
        quiet = quiet + 1 if busy_share(*readings[-2:]) < QUIET_SHARE else 0
        if quiet >= QUIET_SECONDS:
            return


def cpu_times() -> list[int]:
    """Of all cores together: user, nice, system, idle, waiting and what else there is, ticks."""
    return [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]


def main() -> None:
    """Reads what is asked for, makes it, and waits."""
    told: JSON = json.load(sys.stdin)
    cloud = connect(told)
    make_flavor(cloud)
    make_image(cloud)
    make_network(cloud)
    sites: dict[str, list[str]] = told["hosts"]
    hosts = [host for some in sites.values() for host in some]
    wait_for_hosts(cloud, hosts, told["timeoutSeconds"])
    forget_others(cloud, sites)
    make_zones(cloud, sites)
    settle()


if __name__ == "__main__":
    main()
