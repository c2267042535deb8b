"""Agents over ZeroMQ: ``python -m buswide_agent.zeromq``, with oslo.messaging 8.1.4, the last that can.

Everything that makes a library of 2018 run on the Python of today, and nothing else, is in this module:

1. ``collections.Mapping`` and its like, which the library inherits from, went to ``collections.abc`` in
   Python 3.10.
2. Green threads. The driver has one thread receive on a socket while others send on it. ZeroMQ's sockets
   belong to one thread at a time (https://zguide.zeromq.org/docs/chapter2/, "Multithreading with ZeroMQ"), so
   that with native threads calls are left without a reply. With eventlet, as OpenStack's services had it
   then, there is one thread, and it changes hands only where something waits.
3. ``call_monitor_timeout``: the library hands it to every driver, and the ZeroMQ driver never took it. It is
   the time between a server's signs of life, which that driver's servers do not give.
"""

import collections
import collections.abc
import sys
from typing import Any

OLD_NAMES = ("Callable", "Hashable", "Iterable", "Mapping", "MutableMapping", "Sequence")


def restore_collections() -> None:
    """Shim 1. Before the library is imported."""
    for name in OLD_NAMES:
        setattr(collections, name, getattr(collections.abc, name))


def make_threads_green() -> None:
    """Shim 2. Before anything else is imported that keeps a lock or a thread."""
    import eventlet  # noqa: PLC0415

    # Files stay as they are: reports go to a pipe that the probe always reads.
    eventlet.monkey_patch(os=False)


def drop_call_monitor(driver: type) -> None:
    """Shim 3, for the class of the driver."""
    send = driver.send  # type: ignore[attr-defined] # a class of the library, which has no types

    def send_unmonitored(self: object, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        options.pop("call_monitor_timeout", None)
        return send(self, *args, **options)

    driver.send = send_unmonitored  # type: ignore[attr-defined]


def main() -> None:
    """As `buswide_agent.cli.main`."""
    restore_collections()
    make_threads_green()
    from eventlet import greenio  # noqa: PLC0415 -- not before threads are green
    from oslo_messaging._drivers import impl_zmq  # noqa: PLC0415

    from buswide_agent import cli  # noqa: PLC0415

    drop_call_monitor(impl_zmq.ZmqDriver)
    # Reading standard input as it is would hold up every green thread until the probe's next command.
    cli.main(greenio.GreenPipe(sys.stdin.fileno(), "r", encoding="utf-8"))


if __name__ == "__main__":
    main()
