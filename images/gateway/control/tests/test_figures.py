import contextlib
import http.client
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gateway.containers import Groups, Usage
from gateway.counters import ClassCounters
from gateway.errors import Failed, Refused
from gateway.runtime import Runtime
from gateway.spec import ClassSpec
from gateway.state import LinkClass, State

from gateway import containers, exposition, figures, links, state, temporary

READY = Runtime("nfqueue", {"netem": False, "nfqueue": True}, "eth0", "eth1", 24)
SPEC = ClassSpec("10.9.0.2", 25, 2, 0.1, 100_000_000, 1000, None)
BROKER = "b" * 64

EVERYTHING = """\
# HELP buswide_link_delivered_bytes_total Ethernet frames that came out at the far end.
# TYPE buswide_link_delivered_bytes_total counter
buswide_link_delivered_bytes_total{to="edge"} 900
# HELP buswide_link_delivered_packets_total Packets that came out at the far end.
# TYPE buswide_link_delivered_packets_total counter
buswide_link_delivered_packets_total{to="edge"} 9
# HELP buswide_link_dropped_packets_total Packets that did not, by why.
# TYPE buswide_link_dropped_packets_total counter
buswide_link_dropped_packets_total{to="edge",reason="loss"} 1
buswide_link_dropped_packets_total{to="edge",reason="queue"} 2
buswide_link_dropped_packets_total{to="edge",reason="kernel"} 4
# HELP buswide_link_held_packets Packets under way or waiting for the line.
# TYPE buswide_link_held_packets gauge
buswide_link_held_packets{to="edge"} 3
# HELP buswide_link_asked_delay_seconds The delay that it is to have now.
# TYPE buswide_link_asked_delay_seconds gauge
buswide_link_asked_delay_seconds{to="edge"} 0.025
buswide_link_asked_delay_seconds{to="new"} 0.025
# HELP buswide_link_asked_jitter_seconds Its jitter.
# TYPE buswide_link_asked_jitter_seconds gauge
buswide_link_asked_jitter_seconds{to="edge"} 0.002
buswide_link_asked_jitter_seconds{to="new"} 0.002
# HELP buswide_link_asked_loss_ratio The share of packets that it is to lose.
# TYPE buswide_link_asked_loss_ratio gauge
buswide_link_asked_loss_ratio{to="edge"} 0.001
buswide_link_asked_loss_ratio{to="new"} 0.001
# HELP buswide_link_asked_rate_bits_per_second Its rate; none: as fast as can be.
# TYPE buswide_link_asked_rate_bits_per_second gauge
buswide_link_asked_rate_bits_per_second{to="edge"} 100000000
# HELP buswide_container_running Whether it runs: 1 or 0.
# TYPE buswide_container_running gauge
buswide_container_running{service="rabbitmq"} 1
buswide_container_running{service="agents"} 0
# HELP buswide_container_cpu_seconds_total CPU time since it started.
# TYPE buswide_container_cpu_seconds_total counter
buswide_container_cpu_seconds_total{service="rabbitmq"} 2.5
# HELP buswide_container_memory_bytes Memory without the page cache.
# TYPE buswide_container_memory_bytes gauge
buswide_container_memory_bytes{service="rabbitmq"} 3000
"""


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[int, ClassCounters]:
    counters: dict[int, ClassCounters] = {
        3: {
            "packets": 12,
            "delivered": 9,
            "deliveredBytes": 900,
            "droppedByLoss": 1,
            "droppedByQueueLimit": 2,
            "droppedByKernel": 4,
            "held": 3,
        }
    }
    monkeypatch.setattr(state, "STATE_DIRECTORY", str(tmp_path))
    classes = {"edge": LinkClass(3, SPEC), "new": LinkClass(4, SPEC._replace(rate=None))}
    monkeypatch.setattr(state, "load", lambda: State(classes, {}))
    monkeypatch.setattr(links, "read_counters", lambda *_: counters)
    monkeypatch.setattr(temporary, "load", dict)
    containers.save({BROKER: "rabbitmq", "a" * 64: "agents"})
    return counters


class Running(Groups):
    def usage(self, ids: list[str]) -> dict[str, Usage]:
        return {BROKER: Usage(2.5, 3000, None)}


def test_everything_is_told_of_links_that_are_counted_and_of_containers_that_run(
    gateway: dict[int, ClassCounters],
) -> None:
    assert figures.gather(READY, Running()) == EVERYTHING


def test_a_link_that_a_timeline_has_changed_is_to_be_as_that_says(
    gateway: dict[int, ClassCounters], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporary, "load", lambda: {"edge": SPEC._replace(loss_percent=100.0)})
    assert 'buswide_link_asked_loss_ratio{to="edge"} 1\n' in figures.gather(READY, Running())


def test_drops_have_no_reason_where_the_kernel_tells_none(gateway: dict[int, ClassCounters]) -> None:
    gateway[3] = {"delivered": 1, "deliveredBytes": 60, "dropped": 5}
    assert 'buswide_link_dropped_packets_total{to="edge",reason="any"} 5\n' in figures.gather(READY, Running())


def test_labels_are_escaped() -> None:
    family = exposition.Family("x", "gauge", "X.", [exposition.Sample({"of": 'a"b\\c\nd'}, 0.5)])
    assert exposition.render([family]).splitlines()[-1] == 'x{of="a\\"b\\\\c\\nd"} 0.5'


@contextlib.contextmanager
def serving(tell: Callable[[], str]) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=figures.serve, args=(listener, tell))
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)
    assert not thread.is_alive()


@pytest.fixture
def port() -> Iterator[int]:
    with serving(lambda: "told 1\n") as port:
        yield port


def ask(port: int, method: str = "GET", path: str = "/metrics", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return response.status, dict(response.getheaders()), response.read()


def test_figures_are_told_as_prometheus_asks_for_them(port: int) -> None:
    status, headers, body = ask(port, Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert zlib.decompress(body, wbits=31) == b"told 1\n"


def test_they_are_told_unpacked_to_who_asks_for_nothing_else(port: int) -> None:
    status, headers, body = ask(port, Accept_Encoding="identity")
    assert (status, body) == (200, b"told 1\n")
    assert "Content-Encoding" not in headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/metrics/../etc/passwd", 404),
        ("POST", "/metrics", 405),
        ("GET", "/metrics?x=1", 200),
    ],
)
def test_there_is_nothing_else(port: int, method: str, path: str, status: int) -> None:
    assert ask(port, method, path)[0] == status


@pytest.mark.parametrize("nonsense", [b"hello\r\n\r\n", b"hello", b""])
def test_what_is_no_request_is_refused_and_the_next_one_answered(port: int, nonsense: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(nonsense)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert ask(port)[0] == 200


def test_what_does_not_end_is_read_no_further_and_the_next_one_answered(port: int) -> None:
    # The rest is thrown away with the connection, and it may be that its answer is too.
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
        contextlib.suppress(ConnectionError),
    ):
        connection.sendall(b"x" * 2**24)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert ask(port)[0] == 200


def test_who_asks_too_slowly_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_PATIENCE_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\n")
        started = time.monotonic()
        assert ask(port)[0] == 200
        assert time.monotonic() - started < 5


def test_why_there_are_none_now_is_said() -> None:
    def fails() -> str:
        raise Failed("emulator: no answer")

    answer = figures.answer(b"GET /metrics HTTP/1.1", fails)
    assert answer.startswith(b"HTTP/1.1 503 ") and answer.endswith(b"\r\n\r\nemulator: no answer\n")


def failing_once(error: Exception) -> Callable[[], str]:
    errors = iter([error])

    def tell() -> str:
        for first in errors:
            raise first
        return "told 1\n"

    return tell


@pytest.mark.parametrize(
    "error", [Failed("emulator: no answer"), OSError("gone"), ValueError("no number"), KeyError("memory")]
)
def test_after_an_answer_that_there_was_none_the_next_one_is_told(error: Exception) -> None:
    with serving(failing_once(error)) as port:
        status, _, body = ask(port)
        assert (status, body) == (503, f"{error}\n".encode())
        assert ask(port)[::2] == (200, b"told 1\n")


def test_an_error_that_nobody_thought_of_is_in_the_log_and_the_next_one_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(failing_once(TypeError("of another kind"))) as port:
        with pytest.raises(http.client.RemoteDisconnected):
            ask(port)
        assert ask(port)[::2] == (200, b"told 1\n")
    assert capsys.readouterr().err == "gateway: figures: TypeError: of another kind\n"


@pytest.mark.parametrize("port", ["", "http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(Refused):
        figures.start(port, READY)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("", 0)) as other, pytest.raises(Failed):
        figures.start(str(other.getsockname()[1]), READY)
