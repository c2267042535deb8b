"""Runs Neutron's server as its own command would, traced."""

import sys


def main() -> None:
    """Runs it until it ends."""
    # It puts green threads in the place of the system's, which must come before all that keeps something a thread.
    from neutron.cmd.eventlet import server

    from buswide_openstack import meter, traces

    traces.enable()
    meter.name_tasks()
    sys.argv[0] = "neutron-server"
    server.main()


if __name__ == "__main__":
    main()
