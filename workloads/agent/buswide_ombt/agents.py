"""ombt's clients, servers and controllers, each made in a process of its own."""

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import ombt

from buswide_agent.bus import make_configuration
from buswide_agent.protocol import Settings
from buswide_ombt.children import Handler
from buswide_ombt.details import Detail, deliveries, operations

IDLE_SECONDS = 2
"""How long no further agent must have answered a controller's roll call: ombt's own default."""

TESTS = {"call": "run_call_test", "cast": "run_cast_test", "fanout": "run_fanout_test"}
PROPAGATION_SECONDS = 0.25
"""ombt's own default of the time between a cast test's end and the first look at the servers."""


@dataclass(frozen=True)
class Place:
    """What all agents of a site have in common. `timeout` is seconds."""

    transport: str
    settings: Settings
    timeout: int

    def configuration(self) -> SimpleNamespace:
        """What ombt takes for oslo.config's module, with the configuration of the probe's agents."""
        return SimpleNamespace(CONF=make_configuration(self.settings))


def client(place: Place, topic: str, name: str) -> Callable[[], Handler]:
    """An RPC client that waits for its controller. Commands: ``count``, ``clear``, ``take``."""

    def make() -> Handler:
        agent = ombt.RPCTestClient(
            place.configuration(), place.transport, place.transport, topic, name, place.timeout
        )
        return _answering(agent, lambda text, _: operations(text))

    return make


def server(place: Place, topic: str, name: str) -> Callable[[], Handler]:
    """An RPC server. Commands: ``count``, ``clear``, ``take`` with the senders whose messages count."""

    def make() -> Handler:
        agent = ombt.RPCTestServer(
            place.configuration(), place.transport, place.transport, topic, "threading", name, place.timeout
        )
        return _answering(agent, deliveries)

    return make


def _answering(agent: Any, summarize: Callable[[str, Any], dict[str, object]]) -> Handler:  # noqa: ANN401
    detail = Detail()
    # The place of `--output`, which takes only a file's path.
    agent._output = detail
    agent.start()

    def handle(command: Any) -> Any:  # noqa: ANN401
        kind, argument = command
        match kind:
            case "count":
                return detail.count()
            case "clear":
                detail.clear()
                return None
            case "take":
                return summarize(detail.text(), argument)
            case _:
                raise ValueError(f"unknown command {kind}")

    return handle


class _Controller(ombt.Controller):  # type: ignore[misc]
    """ombt's controller with two timeouts instead of one.

    ombt's own bounds both the wait for the clients, which is as long as their test takes, and the wait for
    messages that may never arrive: one value can't be right for both.
    """

    def __init__(self, place: Place, topic: str, test_seconds: int) -> None:
        super().__init__(place.configuration(), place.transport, topic, test_seconds, False, IDLE_SECONDS)
        self._query_seconds = place.timeout

    def _query_servers(self, kind: str, pause: float, total: int) -> None:
        self._timeout = self._query_seconds
        super()._query_servers(kind, pause, total)


def controller(place: Place, topic: str) -> Callable[[], Handler]:
    """A controller, made anew for each test as ombt's command does. Commands: ``roll-call``, ``test``."""

    def make() -> Handler:
        made: list[_Controller] = []

        def handle(command: Any) -> Any:  # noqa: ANN401
            kind, argument = command
            if kind == "roll-call":
                found = _Controller(place, topic, argument)
                found.start()
                made[:] = [found]
                return None
            if kind == "test":
                return _test(made.pop(), argument)
            raise ValueError(f"unknown command {kind}")

        return handle

    return make


def _test(made: _Controller, test: dict[str, Any]) -> dict[str, object]:
    detail = Detail()
    made._output = detail
    load = [test["calls"], "X" * test["messageBytes"], False, test["pause"]]
    if test["pattern"] != "call":
        load.append(PROPAGATION_SECONDS)
    failure: str | None = None
    report = io.StringIO()
    try:
        with contextlib.redirect_stdout(report):
            getattr(made, TESTS[test["pattern"]])(*load)
    # With nothing delivered ombt fails while it prints its report. What it has counted by then is there.
    except Exception as error:  # noqa: BLE001
        failure = f"{type(error).__name__}: {error}"
    made.shutdown()
    counted = [json.loads(line) for line in detail.text().splitlines()]
    clients, servers = (*counted, {}, {})[:2]
    if failure is not None and not clients:
        raise RuntimeError(failure)
    return {"clients": clients, "servers": servers}
