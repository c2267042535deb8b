import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from buswide_openstack import traces

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

        class Trace:
            def __init__(self, name: str, info: dict[str, Any]) -> None:
                self.name, self.info = name, info

            def __enter__(self) -> None:
                noted.append((f"{self.name}-start", self.info))

            def __exit__(self, *error: object) -> None:
                noted.append(f"{self.name}-stop")

        self.Trace = Trace

    def get(self) -> object:
        return object() if self.traced else None

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
        assert profiler.noted == [("http-start", {"http": {"url": "a"}}), "http-stop"]

    def test_is_not_there_where_none_is(self, profiler: Profiler) -> None:
        double = traces.spanned(lambda value: value * 2, "http", lambda value: pytest.fail("described"))
        assert double("a") == "aa"
        assert profiler.noted == []

    def test_ends_where_the_function_fails(self, profiler: Profiler) -> None:
        profiler.traced = True

        def fail() -> None:
            raise KeyError("gone")

        with pytest.raises(KeyError):
            traces.spanned(fail, "db", lambda: {})()
        assert profiler.noted[-1] == "db-stop"


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

    def request(self) -> Any:
        return SimpleNamespace(method="GET", url="http://10.0.0.2:5000/v3?id=1", headers={"X-Trace-Info": "0"})

    def test_tells_the_other_that_it_belongs_to_the_span_of_the_request(
        self, session: type, profiler: Profiler
    ) -> None:
        profiler.traced = True
        headers, noted = session().send(self.request())
        assert headers == {"X-Trace-Info": "1"}
        assert noted == [("http-start", {"http": {"method": "GET", "url": "http://10.0.0.2:5000/v3"}})]

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


class TestMethodsThatOsprofilerTraces:
    def test_do_not_write_down_their_arguments(self, profiler: Profiler) -> None:
        traces.hide_arguments()
        assert profiler.trace("rpc", info=None, hide_args=False) == ("rpc", {"info": None, "hide_args": True})
