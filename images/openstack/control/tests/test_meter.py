import sys
import threading
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from buswide_openstack import meter


def used_by(work: Callable[[], object]) -> dict[str, int]:
    before = meter.read()
    work()
    return meter.since(before)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """Puts a module, and those that it is in, where it is imported from."""

    def put(name: str, **content: Any) -> ModuleType:
        made = ModuleType(name)
        made.__dict__.update(content)
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent] if parent in sys.modules else put(parent), own, made)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    return put


class TestAMeter:
    def test_says_what_was_used_since_a_reading_and_not_what_was_not(self) -> None:
        meter.add(sent=5)
        assert used_by(lambda: meter.add(sent=3, turns=1)) == {"sent": 3, "turns": 1}

    def test_is_a_threads_own(self) -> None:
        def elsewhere() -> None:
            thread = threading.Thread(target=lambda: meter.add(sent=1000))
            thread.start()
            thread.join()

        assert used_by(elsewhere) == {}


class TestMessages:
    def test_over_rabbitmq_count_with_their_bodies_and_those_of_the_replies_waited_for(
        self, module: Callable[..., ModuleType]
    ) -> None:
        class Producer:
            def _prepare(self, body: str) -> tuple[bytes, str, str]:
                return body.encode(), "application/json", "utf-8"

        class ReplyWaiter:
            def _process_reply(self, data: Any) -> tuple[Any, bool]:
                return data.result, True

        module("kombu.messaging", Producer=Producer)
        module("oslo_messaging._drivers.amqpdriver", ReplyWaiter=ReplyWaiter)
        meter.meter_rabbitmq()
        reply = SimpleNamespace(result=1, _raw_message=SimpleNamespace(body=b"x" * 30))
        assert used_by(lambda: Producer()._prepare("é" * 5)) == {"sent": 10}
        assert used_by(lambda: ReplyWaiter()._process_reply(reply)) == {"received": 30}
        assert ReplyWaiter()._process_reply(reply) == (1, True)

    def test_over_amqp_1_count_likewise(self, module: Callable[..., ModuleType]) -> None:
        driver = module(
            "oslo_messaging._drivers.impl_amqp1",
            marshal_request=lambda request, context, envelope: SimpleNamespace(body=request + context),
            unmarshal_response=lambda message, allowed: message.body,
        )
        meter.meter_amqp1()
        assert used_by(lambda: driver.marshal_request("abc", "de", envelope=True)) == {"sent": 5}
        assert used_by(lambda: driver.unmarshal_response(SimpleNamespace(body="abcd"), [])) == {"received": 4}


class TestADatabase:
    @pytest.fixture
    def connection(self, module: Callable[..., ModuleType]) -> Any:
        class Connection:
            def connect(self) -> None:
                self._read_bytes(4)
                self._read_bytes(60)
                self._write_bytes(b"x" * 90)
                self._read_bytes(4)

            def _write_bytes(self, data: bytes) -> None:
                pass

            def _read_bytes(self, count: int) -> bytes:
                return b"x" * count

        module("pymysql.connections", Connection=Connection)
        meter.meter_database()
        return Connection()

    def test_is_waited_for_once_a_statement_however_often_its_answer_is_read(self, connection: Any) -> None:
        def execute() -> None:
            connection._write_bytes(b"x" * 20)
            for count in (4, 7, 4, 1000):
                connection._read_bytes(count)

        assert used_by(execute) == {"sent": 20, "received": 1015, "turns": 1}

    def test_is_waited_for_to_greet_and_to_let_in_besides_the_connection(self, connection: Any) -> None:
        assert used_by(connection.connect) == {"sent": 90, "received": 68, "turns": 2, "connections": 1}


class TestARequestOfHttp:
    request = SimpleNamespace(method="GET", path_url="/v3?a=1", headers={"X-Auth-Token": b"t" * 10}, body=None)
    first = len("GET /v3?a=1 HTTP/1.1") + 2
    header = len("X-Auth-Token: ") + 10 + 2

    def test_is_as_long_as_its_lines_and_its_body(self) -> None:
        response = SimpleNamespace(
            status_code=200, reason="OK", headers={"A": "b"}, _content_consumed=True, content=b"x" * 50
        )
        assert meter.bytes_of_http(self.request, response) == {  # type: ignore[arg-type]
            "sent": self.first + self.header + 2,
            "received": len("HTTP/1.1 200 OK") + 2 + len("A: b") + 2 + 2 + 50,
        }

    def test_has_the_length_that_was_on_the_wire_where_it_is_said(self) -> None:
        headers = {"Content-Length": "7"}
        response = SimpleNamespace(
            status_code=200, reason="OK", headers=headers, _content_consumed=True, content=b"x" * 50
        )
        told = meter.bytes_of_http(self.request, response)  # type: ignore[arg-type]
        assert told["received"] == len("HTTP/1.1 200 OK") + 2 + len("Content-Length: 7") + 2 + 2 + 7

    def test_has_no_answer_where_none_came(self) -> None:
        assert set(meter.bytes_of_http(self.request, None)) == {"sent"}  # type: ignore[arg-type]

    def test_counts_the_connections_that_it_opens(self, module: Callable[..., ModuleType]) -> None:
        class HTTPConnection:
            def connect(self) -> str:
                return "connected"

        module("urllib3.connection", HTTPConnection=HTTPConnection)
        meter.meter_http()
        assert used_by(HTTPConnection().connect) == {"connections": 1}


class TestPeriodicTasks:
    @pytest.fixture
    def periodic_task(self, module: Callable[..., ModuleType]) -> Any:
        def decorate(*args: Any, **kwargs: Any) -> Any:
            def decorator(function: Any) -> Any:
                function.spacing = kwargs.get("spacing", 0)
                return function

            return decorator if kwargs else decorator(args[0])

        made = module("oslo_service.periodic_task", periodic_task=decorate)
        meter.name_tasks()
        return made.periodic_task

    @staticmethod
    def heal() -> str | None:
        return meter.task()

    def test_are_known_by_name_while_they_are_at_work(self, periodic_task: Any) -> None:
        assert periodic_task(self.heal)() == "heal"
        assert meter.task() is None

    def test_keep_the_settings_that_they_are_made_with(self, periodic_task: Any) -> None:
        heal = periodic_task(spacing=10)(self.heal)
        assert (heal(), heal.spacing, heal.__name__) == ("heal", 10, "heal")

    def test_are_over_when_they_fail(self, periodic_task: Any) -> None:
        def fail() -> None:
            raise KeyError

        with pytest.raises(KeyError):
            periodic_task(fail)()
        assert meter.task() is None
