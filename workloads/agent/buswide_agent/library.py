"""What differs between the releases of oslo.messaging that agents run on.

14.7.3 is the one for every bus but ZeroMQ, whose driver left the library after 8.1.4. Nothing else in this
package knows which of them it has.
"""

import sys
from typing import Any

import oslo_messaging
from oslo_config import cfg
from oslo_messaging import opts

from buswide_agent import amqp


def register_options(conf: cfg.ConfigOpts) -> None:
    """Registers every option of the library with `conf`, and ours."""
    for group, options in opts.list_opts():
        conf.register_opts(options, group=group)
    conf.register_opt(amqp.HOSTS_IN_ORDER, group=amqp.GROUP)
    try:
        from oslo_messaging._metrics import client as metrics  # noqa: PLC0415 -- not in every release
    except ImportError:
        return
    # Registered by the library on the global configuration only, but read from this one by every client.
    conf.register_opts(metrics.oslo_messaging_metrics, group="oslo_messaging_metrics")


def rpc_client(
    transport: oslo_messaging.Transport, target: oslo_messaging.Target, *, timeout: float, retry: int | None
) -> Any:  # noqa: ANN401 -- the library has no types
    """An RPC client; `timeout` is seconds.

    From 14.1.0 on the library wants its function to be called instead of the class. The ZeroMQ driver takes
    no timeout but a whole number, not even 30.0.
    """
    make = getattr(oslo_messaging, "get_rpc_client", None) or oslo_messaging.RPCClient
    return make(transport, target, timeout=int(timeout) if timeout == int(timeout) else timeout, retry=retry)


def executor() -> str:
    """The library's name for what runs a server's calls: green threads where threads are green."""
    eventlet = sys.modules.get("eventlet")
    return (
        "eventlet" if eventlet is not None and eventlet.patcher.is_monkey_patched("thread") else "threading"
    )


def retries(driver: str) -> int | None:
    """Attempts after the first to hand a message to the bus, for the `driver` of a transport URL.

    The library's own default (None) is: for ever. The ZeroMQ driver counts attempts that it makes one right
    after the other, so that any number of them is used up before a connection over a link can stand, and then
    drops the message without a word; for ever is a minute to it.
    """
    return None if driver.partition("+")[0] == "zmq" else 2
