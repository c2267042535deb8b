"""What differs between releases of the library."""

import sys
from types import SimpleNamespace
from typing import Any

import oslo_messaging
import pytest

from buswide_agent import library


class Recorded:
    """Keeps what it was called with."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}

    def __call__(self, *_: object, **given: object) -> str:
        self.given = given
        return "client"


def test_a_release_without_the_function_has_its_class_called(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Recorded()
    monkeypatch.delattr(oslo_messaging, "get_rpc_client")
    monkeypatch.setattr(oslo_messaging, "RPCClient", made)
    assert library.rpc_client(None, None, timeout=5.0, retry=None) == "client"
    assert made.given == {"timeout": 5, "retry": None}


@pytest.mark.parametrize(("timeout", "kind"), [(30.0, int), (1.5, float)])
def test_a_timeout_of_whole_seconds_is_handed_on_as_a_whole_number(
    monkeypatch: pytest.MonkeyPatch, timeout: float, kind: type
) -> None:
    made = Recorded()
    monkeypatch.setattr(oslo_messaging, "get_rpc_client", made)
    library.rpc_client(None, None, timeout=timeout, retry=2)
    assert made.given["timeout"] == timeout
    assert type(made.given["timeout"]) is kind


def test_servers_use_green_threads_where_threads_are_green_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def eventlet(*, green: bool) -> SimpleNamespace:
        return SimpleNamespace(patcher=SimpleNamespace(is_monkey_patched=lambda _: green))

    monkeypatch.delitem(sys.modules, "eventlet", raising=False)
    assert library.executor() == "threading"
    monkeypatch.setitem(sys.modules, "eventlet", eventlet(green=False))
    assert library.executor() == "threading"
    monkeypatch.setitem(sys.modules, "eventlet", eventlet(green=True))
    assert library.executor() == "eventlet"


@pytest.mark.parametrize(("driver", "retries"), [("rabbit", 2), ("amqp", 2), ("zmq+redis", None)])
def test_attempts_are_few_but_where_the_driver_makes_them_without_a_pause(
    driver: str, retries: int | None
) -> None:
    assert library.retries(driver) == retries
