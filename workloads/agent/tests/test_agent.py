"""Whole agents over oslo.messaging's in-process driver."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from buswide_agent import bus
from buswide_agent.agent import CONNECT_THREADS, Agent
from buswide_agent.clients import Client
from buswide_agent.clock import Clock
from buswide_agent.protocol import Configure, Member, Pattern, ProtocolError, Role, Run, Settings
from tests.test_sequences import expand


class Reports:
    """What an agent reported."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def add(self, report: dict[str, Any]) -> None:
        with self.lock:
            self.all.append(report)

    def of(self, kind: str) -> list[dict[str, Any]]:
        with self.lock:
            return [report for report in self.all if report["type"] == kind]

    def received(self, round_: int) -> int:
        return sum(
            len(expand(ranges))
            for report in self.of("interval")
            if report["round"] == round_
            for receiver in report.get("receivers", {}).values()
            for ranges in receiver["new"].values()
        )

    def succeeded(self, round_: int) -> int:
        return sum(
            len(expand(client["ok"]))
            for report in self.of("interval")
            if report["round"] == round_
            for client in report.get("clients", {}).values()
        )


def configure(role: Role, pattern: Pattern, settings: Settings | None = None, run: str = "r1") -> Configure:
    count = 2 if role == "server" else 3
    return Configure(
        run=run,
        role=role,
        pattern=pattern,
        site="core",
        transport="fake://",
        settings=settings or {},
        message_bytes=64,
        timeout=5.0,
        one_way=pattern != "call",
        connecting_deadman=30.0,
        deadman=30.0,
        members=tuple(Member(number, f"topic-{pattern}", f"{role}-{number}") for number in range(count)),
    )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.02)


@pytest.mark.parametrize(("pattern", "copies"), [("call", 1), ("cast", 1), ("fanout", 2), ("notify", 1)])
def test_every_message_of_a_round_is_counted_at_both_ends(pattern: Pattern, copies: int) -> None:
    clock, served, sent = Clock(), Reports(), Reports()
    servers = Agent(configure("server", pattern), clock, served.add)
    clients = Agent(configure("client", pattern), clock, sent.add)
    servers.connect()
    clients.connect()
    run = Run(1, time.time() + 0.1, 20, None, None, 3)
    servers.run(run)
    clients.run(run)
    until(lambda: bool(sent.of("finished")))

    def all_came() -> bool:
        servers.flush(1)
        return served.received(1) >= 60 * copies

    until(all_came)
    clients.close()
    servers.close()
    assert sent.succeeded(1) == 60
    assert served.received(1) == 60 * copies
    measuring = sent if pattern == "call" else served
    assert any(report.get("latency", {}).get("core") for report in measuring.of("interval"))


def test_messages_of_another_run_are_not_counted() -> None:
    clock, served, sent = Clock(), Reports(), Reports()
    servers = Agent(configure("server", "cast"), clock, served.add)
    clients = Agent(configure("client", "cast", run="r0"), clock, sent.add)
    servers.connect()
    clients.connect()
    run = Run(1, time.time(), 5, None, None, 3)
    servers.run(run)
    clients.run(run)

    def all_came() -> bool:
        servers.flush(1)
        return bool(sum(report["messages"] for report in served.of("stale")) >= 15)

    until(all_came)
    clients.close()
    servers.close()
    assert served.received(1) == 0


def test_an_option_of_several_values_takes_a_list() -> None:
    conf = bus.make_configuration({"oslo_messaging_amqp": {"pre_settled": ["rpc-reply"]}})
    assert conf.oslo_messaging_amqp.pre_settled == ["rpc-reply"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"oslo_messaging_rabbit": {"colour": 1}},
            "settings.oslo_messaging_rabbit.colour: oslo.messaging has no",
        ),
        ({"nosuchgroup": {"a": 1}}, "settings.nosuchgroup.a: oslo.messaging has no such option"),
        (
            {"oslo_messaging_rabbit": {"heartbeat_timeout_threshold": "often"}},
            "settings.oslo_messaging_rabbit.heartbeat_timeout_threshold: not a value",
        ),
    ],
)
def test_a_setting_that_does_not_exist_is_refused_by_name(settings: Settings, message: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        bus.make_configuration(settings)
    assert message in str(refused.value)


def test_settings_reach_the_options_of_their_groups() -> None:
    conf = bus.make_configuration(
        {"oslo_messaging_rabbit": {"heartbeat_timeout_threshold": 0}, "DEFAULT": {"rpc_response_timeout": 7}}
    )
    assert conf.oslo_messaging_rabbit.heartbeat_timeout_threshold == 0
    assert conf.rpc_response_timeout == 7
    assert conf.executor_thread_pool_size == bus.CALL_THREADS


def test_a_notification_the_notifier_only_logged_counts_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, sent = Clock(), Reports()
    clients = Agent(configure("client", "notify"), clock, sent.add)
    clients.connect()

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("oslo_messaging.transport.Transport._send_notification", refuse)
    clients.run(Run(1, time.time(), 2, None, None, 3))
    until(lambda: bool(sent.of("finished")))
    clients.close()
    failed = [
        client["failed"] for report in sent.of("interval") for client in report.get("clients", {}).values()
    ]
    assert {kind for kinds in failed for kind in kinds} == {"ConnectionRefusedError"}
    assert sent.succeeded(1) == 0


def test_clients_connect_a_few_at_a_time_and_then_send_together(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, sent = Clock(), Reports()
    members = tuple(Member(number, "topic", f"client-{number}") for number in range(3 * CONNECT_THREADS))
    clients = Agent(replace(configure("client", "cast"), members=members), clock, sent.add)
    clients.connect()
    lock = threading.Lock()
    sending: list[int] = []
    most: list[int] = []

    def send(client: Client, *_: object) -> None:
        with lock:
            sending.append(client.member.id)
            most.append(len(sending))
        time.sleep(0.1)
        with lock:
            sending.remove(client.member.id)

    monkeypatch.setattr(Client, "send", send)
    for round_, expected in ((1, CONNECT_THREADS), (2, len(members))):
        most.clear()
        clients.run(Run(round_, time.time(), 1, None, None, len(members)))
        until(lambda finished=round_: len(sent.of("finished")) == finished)  # type: ignore[misc]
        assert max(most) == expected
        assert sent.succeeded(round_) == len(members)
    clients.close()


def test_a_report_of_the_round_before_does_not_put_the_new_rounds_seconds_together() -> None:
    clock, seconds = Clock(), []
    reporting, begun = threading.Event(), threading.Event()

    def report(message: dict[str, Any]) -> None:
        if message["type"] != "interval":
            return
        if message["round"] == 2:
            seconds.append(message["second"])
        elif not reporting.is_set():
            # The next round begins while the ticker is reporting this one: as far as it gets meanwhile.
            reporting.set()
            begun.wait(0.5)

    servers = Agent(configure("server", "cast"), clock, report)
    servers.run(Run(1, time.time() - 7, None, 60.0, 1.0, 1))
    assert reporting.wait(10)
    servers.run(Run(2, time.time(), None, 60.0, 1.0, 1))
    begun.set()
    until(lambda: len(seconds) >= 2)
    servers.close()
    assert seconds[:2] == [0, 1]


def test_an_operation_that_fails_does_not_make_the_window_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, sent = Clock(), Reports()
    clients = Agent(configure("client", "call"), clock, sent.add)
    clients.connect()

    def send(_: Client, _round: int, sequence: int, *__: int) -> None:
        if sequence == 1:
            time.sleep(0.7)
            raise TimeoutError

    monkeypatch.setattr(Client, "send", send)
    clients.run(Run(1, time.time(), 2, None, None, 3))
    until(lambda: bool(sent.of("finished")))
    clients.close()
    assert sent.succeeded(1) == 3
    assert 0 <= max(report.get("lastAt", 0.0) for report in sent.of("interval")) < 0.5
