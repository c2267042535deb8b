import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from buswide_openstack import exchanges, meter, traces

BASE = "7b0f5b2e-6d3f-4a51-9d5f-2f0c7c1b2a11"


def span(name: str, **info: Any) -> dict[str, Any]:
    return {
        "name": name,
        "base_id": BASE,
        "trace_id": str(uuid.uuid4()),
        "parent_id": BASE,
        "timestamp": "2026-11-30T12:00:00.000001",
        "info": {"host": "core-nova-api", **info},
    }


class Profiler(ModuleType):
    """osprofiler.profiler, as far as it matters: it notes what starts and ends."""

    def __init__(self) -> None:
        super().__init__("osprofiler.profiler")
        self.traced = False
        self.noted: list[Any] = []
        noted = self.noted

        class Started:
            def start(self, name: str, info: dict[str, Any]) -> None:
                noted.append((f"{name}-start", info))

            def stop(self, info: dict[str, Any]) -> None:
                noted.append(("stop", info))

        self.started = Started()

    def get(self) -> object:
        return self.started if self.traced else None

    def trace(self, name: str, **kwargs: Any) -> Any:
        return name, kwargs


@pytest.fixture
def profiler(monkeypatch: pytest.MonkeyPatch) -> Iterator[Profiler]:
    fake = Profiler()
    package = ModuleType("osprofiler")
    package.__dict__["profiler"] = fake
    monkeypatch.setitem(sys.modules, "osprofiler", package)
    monkeypatch.setitem(sys.modules, "osprofiler.profiler", fake)
    yield fake


class TestWhatIsKept:
    def test_is_no_argument_no_value_and_no_result(self) -> None:
        kept = traces.without_secrets(
            span(
                "rpc-start",
                function={"name": "ComputeManager.build", "args": "token", "kwargs": "token", "result": "token"},
                db={"statement": "SELECT :id", "params": {"id": "token"}},
                request={"path": "/servers", "method": "GET", "query": "token", "scheme": "http"},
                rpc={"method": "object_action", "fanout": False, "called": "Service.save", "args": "token"},
                notification={"event": "instance.create.end", "payload": "token"},
                used={"sent": 12, "turns": 1, "token": "token"},
                message="token",
                etype="ValueError",
            )
        )
        assert "token" not in json.dumps(kept)
        assert kept["info"] == {
            "host": "core-nova-api",
            "etype": "ValueError",
            "function": {"name": "ComputeManager.build"},
            "db": {"statement": "SELECT :id"},
            "request": {"path": "/servers", "method": "GET"},
            "rpc": {"method": "object_action", "fanout": False, "called": "Service.save"},
            "notification": {"event": "instance.create.end"},
            "used": {"sent": 12, "turns": 1},
        }

    def test_is_what_binds_spans_together(self) -> None:
        told = span("db-start")
        kept = traces.without_secrets(told)
        assert {name: kept[name] for name in kept if name != "info"} == {
            name: told[name] for name in told if name != "info"
        }

    def test_is_no_more_than_so_much_of_a_text(self) -> None:
        kept = traces.without_secrets(span("db-start", db={"statement": "x" * 10_000}))
        assert len(kept["info"]["db"]["statement"]) == traces.LONGEST


class TestAFileOfATrace:
    def test_has_a_line_each_start_and_end(self, tmp_path: Path) -> None:
        for name in ("db-start", "db-stop"):
            traces.append(tmp_path, span(name))
        lines = (tmp_path / f"{BASE}.jsonl").read_text().splitlines()
        assert [json.loads(line)["name"] for line in lines] == ["db-start", "db-stop"]

    def test_is_nobody_elses_to_read(self, tmp_path: Path) -> None:
        traces.append(tmp_path, span("db-start"))
        assert (tmp_path / f"{BASE}.jsonl").stat().st_mode & 0o777 == 0o600

    def test_is_nowhere_else_whatever_the_trace_is_called(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError):
            traces.append(tmp_path, {**span("db-start"), "base_id": "../../etc/passwd"})
        assert list(tmp_path.iterdir()) == []

    def test_that_cannot_be_written_fails_no_request(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        traces.append(tmp_path / "missing", span("db-start"))
        assert f"a span of trace {BASE} is lost" in capsys.readouterr().err


class TestASpanAroundAFunction:
    def test_is_there_where_a_request_is_traced(self, profiler: Profiler) -> None:
        profiler.traced = True
        double = traces.spanned(lambda value: value * 2, "http", lambda value: {"http": {"url": value}})
        assert double("a") == "aa"
        assert profiler.noted == [("http-start", {"http": {"url": "a"}}), ("stop", {"used": {}})]

    def test_is_not_there_where_none_is(self, profiler: Profiler) -> None:
        double = traces.spanned(lambda value: value * 2, "http", lambda value: pytest.fail("described"))
        assert double("a") == "aa"
        assert profiler.noted == []

    def test_ends_where_the_function_fails_and_says_of_what(self, profiler: Profiler) -> None:
        profiler.traced = True

        def fail() -> None:
            raise KeyError("a token")

        with pytest.raises(KeyError):
            traces.spanned(fail, "db", lambda: {})()
        assert profiler.noted[-1] == ("stop", {"etype": "builtins.KeyError", "used": {}})

    def test_says_what_was_used_meanwhile_and_nothing_of_before(self, profiler: Profiler) -> None:
        profiler.traced = True
        meter.add(sent=1000, turns=7)
        ask = traces.spanned(lambda: meter.add(sent=40, received=11), "db", lambda: {}, lambda _: {"connections": 1})
        ask()
        assert profiler.noted[-1] == ("stop", {"used": {"sent": 40, "received": 11, "connections": 1}})


class TestWhoIsWatched:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(exchanges.watched, "__defaults__", (tmp_path,))
        monkeypatch.setattr(exchanges.note, "__defaults__", (tmp_path,))
        return tmp_path

    def test_tells_of_what_is_no_traced_request(self, profiler: Profiler, folder: Path) -> None:
        told = {"http": {"method": "GET", "url": "http://a/", "token": "token"}}
        traces.spanned(lambda: meter.add(sent=40), "http", lambda: told)()
        (line,) = map(json.loads, (folder / "all.jsonl").read_text().splitlines())
        assert line.pop("started") > 1e9 and line.pop("took") >= 0
        assert line == {"name": "http", "http": {"method": "GET", "url": "http://a/"}, "used": {"sent": 40}}
        assert profiler.noted == []


class TestWhatAnObjectIsAskedFor:
    def test_is_the_names_of_its_class_and_method(self) -> None:
        class Service:
            pass

        assert traces.called({"objinst": Service(), "objmethod": "save", "args": ["token"]}) == "Service.save"
        assert traces.called({"objname": "Instance", "objmethod": "get_by_uuid"}) == "Instance.get_by_uuid"

    @pytest.mark.parametrize("arguments", [{"instance": 1}, {"objname": "a token", "objmethod": "get"}])
    def test_is_nothing_where_it_is_no_object_or_no_name(self, arguments: dict[str, Any]) -> None:
        assert traces.called(arguments) is None


class Bus:
    """oslo.messaging, as far as it matters: what is sent goes nowhere."""

    def __init__(self) -> None:
        class _CallContext:
            def __init__(self, **target: Any) -> None:
                self.target = SimpleNamespace(**{"topic": "t", "server": None, "fanout": None, **target})

            def call(self, context: Any, method: str, **kwargs: Any) -> str:
                return method

            cast = call

        class MessagingDriver:
            def notify(self, context: Any, message: Any, priority: str, retry: int) -> None:
                pass

        class RPCServer:
            _target = SimpleNamespace(topic="compute", server="edge-compute-1")

            def _process_incoming(self, incoming: Any) -> None:
                incoming[0].processed = True

        self.context, self.driver, self.server = _CallContext, MessagingDriver, RPCServer


class TestTheBus:
    @pytest.fixture
    def bus(self, monkeypatch: pytest.MonkeyPatch, profiler: Profiler) -> Bus:
        bus = Bus()
        monkeypatch.setattr(meter, "meter_bus", lambda: None)
        modules: dict[str, dict[str, Any]] = {
            "oslo_messaging": {},
            "oslo_messaging.notify": {},
            "oslo_messaging.notify.messaging": {"MessagingDriver": bus.driver},
            "oslo_messaging.rpc": {},
            "oslo_messaging.rpc.client": {"_CallContext": bus.context},
            "oslo_messaging.rpc.server": {"RPCServer": bus.server},
        }
        for name, content in modules.items():
            module = ModuleType(name)
            module.__dict__.update(content)
            monkeypatch.setitem(sys.modules, name, module)
            parent, _, own = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], own, module)
        traces.trace_bus()
        profiler.traced = True
        return bus

    def test_has_spans_that_say_who_is_called_and_whether_all_are(self, bus: Bus, profiler: Profiler) -> None:
        bus.context(server="edge-compute-1").call({}, "build", password="token")
        bus.context(fanout=True).cast({}, "object_action", objname="Service", objmethod="save")
        common = {"topic": "t", "server": None, "fanout": False, "called": None}
        assert [told for told in profiler.noted if told[0] != "stop"] == [
            ("call-start", {"rpc": {**common, "method": "build", "server": "edge-compute-1"}}),
            ("cast-start", {"rpc": {**common, "method": "object_action", "fanout": True, "called": "Service.save"}}),
        ]

    def test_has_spans_of_notifications_by_what_they_are_about(self, bus: Bus, profiler: Profiler) -> None:
        bus.driver().notify({}, {"event_type": "instance.create.end", "payload": "token"}, "INFO", -1)
        assert profiler.noted[0] == ("notification-start", {"notification": {"event": "instance.create.end"}})

    def test_tells_whoever_watches_what_a_service_is_called_for(
        self, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        incoming = SimpleNamespace(message={"method": "build", "args": {"password": "token"}}, processed=False)
        monkeypatch.setattr(exchanges.note, "__defaults__", (tmp_path,))
        for folder in (tmp_path / "missing", tmp_path):
            monkeypatch.setattr(exchanges.watched, "__defaults__", (folder,))
            bus.server()._process_incoming([incoming])
        (line,) = map(json.loads, (tmp_path / "all.jsonl").read_text().splitlines())
        assert (line["name"], line["rpc"]) == ("served", {"method": "build", "topic": "compute"})
        assert incoming.processed


class TestARequestToAnotherService:
    @pytest.fixture
    def session(self, monkeypatch: pytest.MonkeyPatch, profiler: Profiler) -> type:
        class Session:
            def send(self, request: Any, **kwargs: Any) -> Any:
                return dict(request.headers), list(profiler.noted)

        requests = ModuleType("requests")
        requests.__dict__["Session"] = Session
        web = ModuleType("osprofiler.web")
        # The identity of whoever is asked for it: the span that is open.
        web.__dict__["get_trace_id_headers"] = lambda: {"X-Trace-Info": str(len(profiler.noted)).encode()}
        monkeypatch.setitem(sys.modules, "requests", requests)
        sys.modules["osprofiler"].__dict__["web"] = web
        monkeypatch.setitem(sys.modules, "osprofiler.web", web)
        traces.trace_http()
        return Session

    @pytest.fixture(autouse=True)
    def lengths(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(meter, "meter_http", lambda: None)
        monkeypatch.setattr(meter, "bytes_of_http", lambda request, response: {"sent": 300, "received": 900})

    def request(self) -> Any:
        return SimpleNamespace(method="GET", url="http://10.0.0.2:5000/v3?id=1", headers={"X-Trace-Info": "0"})

    def test_tells_the_other_that_it_belongs_to_the_span_of_the_request(
        self, session: type, profiler: Profiler
    ) -> None:
        profiler.traced = True
        headers, noted = session().send(self.request())
        assert headers == {"X-Trace-Info": "1"}
        assert noted == [("http-start", {"http": {"method": "GET", "url": "http://10.0.0.2:5000/v3"}})]
        assert profiler.noted[-1] == ("stop", {"used": {"sent": 300, "received": 900}})

    def test_that_is_not_traced_has_no_span(self, session: type, profiler: Profiler) -> None:
        session().send(self.request())
        assert profiler.noted == []


class TestWhatWaitsForADatabase:
    def test_is_told_without_values(self) -> None:
        assert traces.statement_of("do_execute", None, None, "SELECT %(id)s", {"id": 1}, None) == {
            "db": {"statement": "SELECT %(id)s"}
        }

    @pytest.mark.parametrize(("method", "told"), [("do_commit", "COMMIT"), ("connect", "CONNECT")])
    def test_is_also_what_is_no_statement(self, method: str, told: str) -> None:
        assert traces.statement_of(method, None, None) == {"db": {"statement": told}}

    def test_is_told_with_the_server_that_it_is_sent_to(self) -> None:
        connection = SimpleNamespace(host="10.0.0.10")
        cursor = SimpleNamespace(connection=connection)
        told = [
            traces.statement_of("do_execute", None, cursor, "SELECT 1", {}, None),
            traces.statement_of("do_commit", None, connection),
            traces.statement_of("connect", None, host="10.0.0.10", user="nova", password="p"),
        ]
        assert told == [{"db": {"statement": what, "host": "10.0.0.10"}} for what in ("SELECT 1", "COMMIT", "CONNECT")]


class TestMethodsThatOsprofilerTraces:
    def test_do_not_write_down_their_arguments(self, profiler: Profiler) -> None:
        traces.hide_arguments()
        assert profiler.trace("rpc", info=None, hide_args=False) == ("rpc", {"info": None, "hide_args": True})
