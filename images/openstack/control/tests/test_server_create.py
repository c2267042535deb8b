from types import SimpleNamespace
from typing import Any

import pytest
from buswide_openstack import server_create
from buswide_openstack.server_create import Spans, create, turns, wait_until_active


class Compute:
    """Nova, whose servers are in these statuses one look after the other."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = list(statuses)
        self.deleted: list[str] = []

    def get_server(self, server: str) -> Any:
        return SimpleNamespace(id=server, status=self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])

    def delete_server(self, server: Any) -> None:
        self.deleted.append(server.id)

    def wait_for_delete(self, server: Any, interval: float, wait: float) -> None:
        assert server.id in self.deleted

    def find_flavor(self, name: str, ignore_missing: bool) -> Any:
        return SimpleNamespace(id=f"{name}'s")


def cloud(compute: Compute) -> Any:
    found = lambda name, ignore_missing: SimpleNamespace(id=f"{name}'s")  # noqa: E731
    return SimpleNamespace(
        compute=compute, image=SimpleNamespace(find_image=found), network=SimpleNamespace(find_network=found)
    )


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_create, "LOOK", 0)


TOLD = {"timeoutSeconds": 5}


class TestTurns:
    def test_have_each_host_traced_and_not_and_no_kind_always_first(self) -> None:
        assert list(turns(["a", "b"], 3)) == [
            ("a", True),
            ("a", False),
            ("b", False),
            ("b", True),
            ("a", True),
            ("a", False),
        ]


class TestAServer:
    def test_that_comes_is_timed_and_deleted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server_create, "ask", lambda told, request: "one")
        compute = Compute("BUILD", "ACTIVE")
        record = create(cloud(compute), TOLD, "edge-compute-1", traced=False)
        assert 0 <= record["answeredSeconds"] <= record["activeSeconds"]
        assert compute.deleted == ["one"]
        assert "error" not in record

    def test_that_does_not_come_is_told_and_deleted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server_create, "ask", lambda told, request: "one")
        compute = Compute("BUILD", "ERROR")
        record = create(cloud(compute), TOLD, "edge-compute-1", traced=False)
        assert record["error"] == "RuntimeError: the server is in status ERROR"
        assert "activeSeconds" not in record
        assert compute.deleted == ["one"]

    def test_that_is_refused_leaves_nothing_to_delete(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(told: object, request: object) -> str:
            raise PermissionError("no")

        monkeypatch.setattr(server_create, "ask", refuse)
        compute = Compute("ACTIVE")
        assert create(cloud(compute), TOLD, "edge-compute-1", traced=False)["error"] == "PermissionError: no"
        assert compute.deleted == []

    def test_is_asked_for_on_its_host_and_with_a_port(self) -> None:
        asked = server_create.body(cloud(Compute("ACTIVE")), "edge-compute-1", "mine")["server"]
        assert asked["host"] == "edge-compute-1"
        assert asked["networks"] == [{"uuid": "buswide's"}]

    def test_is_not_waited_for_for_ever(self) -> None:
        with pytest.raises(TimeoutError, match="status BUILD after 0 s"):
            wait_until_active(cloud(Compute("BUILD")), "one", 0)


class TestSpansOfTheClient:
    def test_have_no_secrets_either(self) -> None:
        spans = Spans()
        spans.notify({"name": "http-start", "info": {"host": "x", "http": {"url": "u", "headers": "token"}}})
        assert spans.kept == [
            {
                "name": "http-start",
                "info": {"host": "x", "http": {"url": "u"}},
                "project": "client",
                "service": "client",
            }
        ]
