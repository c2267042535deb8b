"""Runs a service of nova that is called over the bus, as its own command would, and says when it answers.

A start of the service ends when it consumes from its queues and is in the database; nova itself says nothing then.
"""

import importlib
import sys

from buswide_openstack import readiness, traces
from buswide_openstack.tokens import wait_for_token

CONFIGURATION = "/etc/nova/nova.conf"
COMMANDS = {"nova-conductor": "nova.cmd.conductor", "nova-scheduler": "nova.cmd.scheduler"}


def saying_ready(name: str) -> None:
    """Has nova's service say that it is ready, as `name`, once its start has ended."""
    from nova import service

    start = service.Service.start

    def start_and_say(self: service.Service) -> None:
        start(self)
        readiness.say(name)

    service.Service.start = start_and_say


def main() -> None:
    """Runs the service that the command line names, until it ends."""
    name = sys.argv[1]
    wait_for_token(CONFIGURATION, "placement")
    command = importlib.import_module(COMMANDS[name])
    traces.enable_if_asked()
    saying_ready(name)
    sys.argv = [name, "--config-file", CONFIGURATION]
    command.main()


if __name__ == "__main__":
    main()
