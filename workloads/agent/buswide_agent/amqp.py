"""What oslo.messaging's AMQP 1.0 driver leaves out of failover."""

from typing import Any

from oslo_config import cfg

GROUP = "oslo_messaging_amqp"
"""The driver's own options, which ours is among."""

HOSTS_IN_ORDER = cfg.BoolOpt(
    "hosts_in_order",
    default=False,
    help="Whether to begin at the first host of a transport URL, not at any of them.",
)


def begin_at_first_host() -> None:
    """Has every transport that is made from now on begin at the first host of its URL.

    The driver goes along the hosts, from the last to the first again, whenever it has lost its connection. It
    begins at a random one (14.7.3, ``controller.Hosts``), so that a list by distance would spread agents over
    near and far brokers alike.
    """
    from oslo_messaging._drivers.amqp1_driver import controller  # noqa: PLC0415 -- not in every image

    make = controller.Controller.__init__

    def make_in_order(self: Any, *args: Any, **options: Any) -> None:  # noqa: ANN401
        make(self, *args, **options)
        self.hosts._current = 0

    controller.Controller.__init__ = make_in_order
