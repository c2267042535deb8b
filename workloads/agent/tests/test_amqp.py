"""Along which hosts the AMQP 1.0 driver goes."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import oslo_messaging
import pytest

from buswide_agent import bus

URL = "amqp://a:p@10.0.0.2:5672,a:p@10.0.1.2:5672,a:p@10.0.2.2:5672/"
HOSTS = ["10.0.0.2", "10.0.1.2", "10.0.2.2"]


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The driver's module, whose libraries for the protocol are in the agents' image only."""
    pyngus = ModuleType("pyngus")
    for name in ("ConnectionEventHandler", "SenderEventHandler", "ReceiverEventHandler"):
        setattr(pyngus, name, type(name, (), {}))
    for name in ("SenderLink", "ReceiverLink"):
        setattr(pyngus, name, MagicMock())
    monkeypatch.setitem(sys.modules, "pyngus", pyngus)
    monkeypatch.setitem(sys.modules, "proton", MagicMock())
    from oslo_messaging._drivers.amqp1_driver import controller  # noqa: PLC0415 -- not without the above

    plain = controller.Controller.__init__
    yield controller
    controller.Controller.__init__ = plain


def _hosts(controller: Any, options: dict[str, Any]) -> Any:  # noqa: ANN401 -- the library has no types
    conf = bus.make_configuration({"oslo_messaging_amqp": options} if options else {})
    return controller.Controller(oslo_messaging.TransportURL.parse(conf, URL), "openstack", conf).hosts


def test_a_transport_begins_at_the_first_host_and_goes_on_along_the_list(controller: Any) -> None:  # noqa: ANN401
    for _ in range(20):
        hosts = _hosts(controller, {"hosts_in_order": True})
        way = [hosts.current.hostname, *(hosts.next().hostname for _ in range(3))]
        assert way == [*HOSTS, HOSTS[0]]


def test_unless_it_is_told_a_transport_begins_at_any_host(controller: Any) -> None:  # noqa: ANN401
    assert {_hosts(controller, {}).current.hostname for _ in range(100)} == set(HOSTS)
