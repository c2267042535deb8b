import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from buswide_load.cloud import JSON, Answer
from buswide_load.load import Load, Wanted

READY = 0.2
"""Seconds until a server is there."""


class FakeCloud:
    """A Nova and a Keystone; `boots`, `tokens`: what is answered to requests by number in place of what should be."""

    def __init__(self, boots: dict[int, Answer] | None = None, tokens: dict[int, Answer] | None = None) -> None:
        self.boots = boots or {}
        self.tokens = tokens or {}
        self.status: dict[int, str] = {}
        """Of servers by number that do not become active: `absent` ones no request finds, `mute` ones no answer."""
        self.made_all_the_same: set[int] = set()
        self.silent: Callable[[], bool] = lambda: False
        """Whether nova-computes do not report."""
        self.there: dict[int, float] = {}
        self.deleted: list[int] = []
        self.asked = 0
        self.lock = threading.Lock()

    def ask(self, method: str, path: str, timeout: float, json: JSON | None = None) -> Answer:
        now = time.time()
        with self.lock:
            if method == "POST":
                assert json is not None
                return self.boot(int(json["server"]["name"].rsplit("-", 1)[1]), now)
            if path.startswith("/servers/detail"):
                return Answer(now, now, 200, body={"servers": [self.shown(number) for number in self.listed()]})
            if path == "/os-services":
                reported = datetime.fromtimestamp(0 if self.silent() else now + 1, UTC).replace(tzinfo=None)
                service = {"binary": "nova-compute", "host": "a", "state": "up", "updated_at": reported.isoformat()}
                return Answer(now, now, 200, body={"services": [service]})
            found = re.fullmatch(r"/servers/id-(\d+)", path)
            assert found, path
            number = int(found[1])
            if method == "DELETE":
                self.deleted.append(number)
                self.there.pop(number, None)
                return Answer(now, now, 204)
            if self.status.get(number) == "mute":
                return Answer(now, now, error="ConnectFailure")
            if number not in self.listed():
                return Answer(now, now, 404)
            return Answer(now, now, 200, body={"server": self.shown(number)})

    def boot(self, number: int, now: float) -> Answer:
        answer = self.boots.get(number) or Answer(now, now, 202, body={"server": {"id": f"id-{number}"}})
        if answer.status == 202 or number in self.made_all_the_same:
            self.there[number] = now
        return answer

    def listed(self) -> list[int]:
        return [number for number in self.there if self.status.get(number) not in ("absent", "mute")]

    def shown(self, number: int) -> JSON:
        ready = time.time() - self.there[number] > READY
        status = self.status.get(number, "ACTIVE" if ready else "BUILD")
        return {"id": f"id-{number}", "name": f"load-{number}", "status": status}

    def authenticate(self, timeout: float) -> Answer:
        with self.lock:
            number = self.asked
            self.asked += 1
        now = time.time()
        return self.tokens.get(number) or Answer(now, now, 201)


def run(cloud: FakeCloud, ending: threading.Event | None = None, **changes: float) -> list[JSON]:
    wanted: dict[str, Any] = {
        **{"rate": 10, "authentications": 20, "duration": 0.5, "wait": 6, "timeout": 2, "quiet_from": 0},
        **changes,
    }
    said: list[JSON] = []
    load = Load(cloud, Wanted(prefix="load", flavor="f", image="i", **wanted), said.append, ending or threading.Event())
    load.run(time.time())
    return said


def of(said: list[JSON], event: str) -> list[JSON]:
    return [one for one in said if one["event"] == event]


def refused(status: int | None, error: str | None = None) -> Answer:
    now = time.time()
    return Answer(now, now, status, error)


def test_every_server_is_followed_until_it_is_active_and_then_deleted() -> None:
    cloud = FakeCloud()
    begun = time.time()
    said = run(cloud)
    boots, servers = of(said, "boot"), of(said, "server")
    assert sorted(boot["number"] for boot in boots) == [0, 1, 2, 3, 4]
    assert {boot["status"] for boot in boots} == {202}
    assert {(one["number"], one["state"]) for one in servers} == {(number, "ACTIVE") for number in range(5)}
    due = {boot["number"]: boot["due"] for boot in boots}
    assert all(READY <= one["time"] - due[one["number"]] < 2 for one in servers)
    assert of(said, "end")[0]["states"] == {}
    assert sorted(cloud.deleted) == [0, 1, 2, 3, 4]
    assert of(said, "left") == [{"event": "left", "servers": 0}]
    # It did not wait for longer than there was something to wait for.
    assert time.time() - begun < 4


def test_tokens_are_asked_for_at_their_rate_and_none_is_left_out_that_was_refused() -> None:
    said = run(FakeCloud(tokens={3: refused(500), 4: refused(None, "ConnectFailure")}))
    tokens = of(said, "authentication")
    assert len(tokens) == 10
    assert sorted(str(one["status"] or one["error"]) for one in tokens) == ["201"] * 8 + ["500", "ConnectFailure"]


def test_a_server_that_no_request_was_accepted_for_is_found_all_the_same() -> None:
    cloud = FakeCloud(boots={1: refused(500), 2: refused(None, "ConnectTimeout")})
    cloud.made_all_the_same = {2}
    said = run(cloud, wait=2)
    assert {one["number"]: one["status"] or one["error"] for one in of(said, "boot")} == {
        **dict.fromkeys((0, 3, 4), 202),
        1: 500,
        2: "ConnectTimeout",
    }
    assert {one["number"] for one in of(said, "server")} == {0, 2, 3, 4}
    assert sorted(cloud.deleted) == [0, 2, 3, 4]


def test_what_never_becomes_anything_is_told_in_the_end_and_deleted() -> None:
    cloud = FakeCloud()
    cloud.status = {0: "BUILD", 1: "absent", 2: "mute", 3: "ERROR"}
    said = run(cloud, wait=1.5)
    assert of(said, "end")[0]["states"] == {0: "BUILD", 1: "gone", 2: "unknown"}
    assert {(one["number"], one["state"]) for one in of(said, "server")} == {(3, "ERROR"), (4, "ACTIVE")}
    assert set(cloud.deleted) >= {0, 3, 4}


def test_services_that_have_not_reported_since_the_last_fault_are_waited_for() -> None:
    cloud = FakeCloud()
    begun = time.time()
    cloud.silent = lambda: time.time() < begun + 3
    said = run(cloud)
    assert time.time() - begun > 3
    reported = [one["services"]["nova-compute/a"]["reported"] for one in of(said, "services")]
    assert reported[0] == 0 and reported[-1] > begun


def test_when_all_is_to_end_what_was_booted_is_deleted() -> None:
    cloud = FakeCloud()
    ending = threading.Event()
    threading.Timer(0.4, ending.set).start()
    said = run(cloud, ending, duration=30)
    assert not of(said, "end")
    assert cloud.there == {} and len(cloud.deleted) >= 3
    assert of(said, "left")[-1]["servers"] == 0
