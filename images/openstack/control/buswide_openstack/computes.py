"""A site's nova-computes: each a process and a host of its own, forked from one that has imported nova already.

Forked processes share what was imported, so that an agent takes less than half of the memory, and of the time, of one
on its own. BUSWIDE_HOSTS: the hosts' names, separated by commas. Each is a whole nova-compute with Nova's fake driver:
its own connections to the bus, queues, periodic tasks and resources. What is different from a hypervisor's is that a
server takes nothing and no time.
"""

import gc
import os
import sys
import uuid
from pathlib import Path
from typing import Protocol

from buswide_openstack import readiness, traces
from buswide_openstack.connect import JSON
from buswide_openstack.nova_service import CONFIGURATION, saying_ready
from buswide_openstack.supervisor import Supervisor

STATE = Path("/var/lib/openstack/hosts")


def warm_up() -> None:
    """Imports all that a nova-compute imports in its life, and keeps it where forked processes share it."""
    # It puts green threads in the place of the system's, which must come before anything else of nova.
    import nova.cmd.compute
    import nova.config

    # Classes of managers ask the configuration whether they are to be traced, as they are made.
    nova.config.parse_args(["nova-compute", "--config-file", CONFIGURATION], init_rpc=False)
    traces.enable_if_asked()
    import glanceclient.v2.client  # noqa: F401
    import nova.compute.manager
    import nova.conductor.rpcapi
    import nova.network.neutron
    import nova.objects
    import nova.scheduler.client.report
    import nova.virt.fake
    import oslo_messaging._drivers.impl_amqp1
    import oslo_messaging._drivers.impl_rabbit  # noqa: F401

    nova.objects.register_all()
    # Each process parses a command line of its own.
    nova.config.CONF.clear()
    gc.collect()
    gc.freeze()


def node_uuid(host: str) -> str:
    """The identity of a host's only node, the same in whichever cell or region its records are."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, host))


class Driver(Protocol):
    """Of Nova's `ComputeDriver`, what says what a node has."""

    def get_available_resource(self, nodename: str) -> JSON:
        """By the node's name; nothing of one that is not the driver's."""


def identify(driver: type[Driver]) -> None:
    """Has a driver of Nova's say which node each of its own is.

    The fake driver does not, so that Nova draws an identity where its database knows no node of the host. One that has
    moved to another cell would be another node by the name of the first, which Placement refuses, and would never
    take a server.
    """
    ask = driver.get_available_resource

    def identified(self: Driver, nodename: str) -> JSON:
        resources: JSON = ask(self, nodename)
        return {**resources, "uuid": node_uuid(nodename)} if resources else resources

    driver.get_available_resource = identified  # type: ignore[method-assign]


def own_configuration(host: str, state: Path) -> str:
    """What a host's file says beside the site's."""
    return f"[DEFAULT]\nhost = {host}\nstate_path = {state}\n[oslo_concurrency]\nlock_path = {state}\n"


def compute(host: str) -> None:
    """Is the nova-compute of `host`."""
    from eventlet import hubs
    from nova.cmd import compute as command
    from nova.virt import fake

    # Of its own: one that a fork shares would hand events to the wrong process.
    hubs.use_hub()
    state = STATE / host
    (state / "instances").mkdir(parents=True, exist_ok=True)
    file = state / "host.conf"
    file.write_text(own_configuration(host, state))
    identify(fake.FakeDriver)
    saying_ready(host)
    sys.argv = ["nova-compute", "--config-file", CONFIGURATION, "--config-file", str(file)]
    command.main()


def main() -> None:
    """Runs them until the container ends."""
    hosts = os.environ["BUSWIDE_HOSTS"].split(",")
    warm_up()
    from eventlet import patcher

    # The supervisor waits by the system's own functions, and starts no green thread for its children to get a copy of.
    system, clock = patcher.original("os"), patcher.original("time")
    # A host that died answers nothing until it is started again, and the container is not healthy.
    Supervisor(hosts, compute, gone=readiness.take_back, system=system, clock=clock).run()


if __name__ == "__main__":
    main()
