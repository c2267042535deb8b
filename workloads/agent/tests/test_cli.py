"""The process as the probe sees it."""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest

from buswide_agent.cli import DEADMAN, END_OF_INPUT, Secrets
from tests.test_protocol import CONFIGURE, RUN


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    agent = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "buswide_agent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # Where the package lies, wherever the tests were started.
        cwd=Path(__file__).parents[1],
    )
    yield agent
    agent.kill()
    agent.wait()
    for stream in (agent.stdin, agent.stdout):
        cast(IO[str], stream).close()


def tell(process: subprocess.Popen[str], command: object) -> None:
    stdin = cast(IO[str], process.stdin)
    stdin.write((command if isinstance(command, str) else json.dumps(command)) + "\n")
    stdin.flush()


def hear(process: subprocess.Popen[str]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(cast(IO[str], process.stdout).readline())
    return report


FAKE = CONFIGURE | {"transport": "fake://"}


def test_it_ends_by_itself_when_its_input_ends(process: subprocess.Popen[str]) -> None:
    tell(process, FAKE)
    assert hear(process) == {"type": "configured"}
    cast(IO[str], process.stdin).close()
    assert process.wait(5) == END_OF_INPUT


def test_it_ends_by_itself_when_the_probe_falls_silent(process: subprocess.Popen[str]) -> None:
    tell(process, FAKE | {"connectingDeadmanSeconds": 0.5})
    assert hear(process) == {"type": "configured"}
    assert process.wait(5) == DEADMAN


def test_it_bears_a_longer_silence_until_its_clients_have_connected(process: subprocess.Popen[str]) -> None:
    tell(process, FAKE | {"connectingDeadmanSeconds": 60, "deadmanSeconds": 0.5})
    assert hear(process) == {"type": "configured"}
    # A round in which clients connect, and one that follows when they have.
    tell(process, RUN | {"at": time.time(), "round": 0})
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    tell(process, RUN | {"at": time.time(), "round": 1})
    assert process.wait(5) == DEADMAN


def test_once_its_clients_have_connected_it_lives_as_long_as_the_probe_is_heard(
    process: subprocess.Popen[str],
) -> None:
    tell(process, FAKE | {"connectingDeadmanSeconds": 60, "deadmanSeconds": 1})
    assert hear(process) == {"type": "configured"}
    for number in range(2):
        tell(process, RUN | {"at": time.time(), "round": number})
    for _ in range(10):
        time.sleep(0.2)
        tell(process, {"type": "ping"})
    assert process.poll() is None


def test_it_stops_when_told(process: subprocess.Popen[str]) -> None:
    tell(process, FAKE)
    assert hear(process) == {"type": "configured"}
    tell(process, {"type": "stop"})
    assert hear(process) == {"type": "stopped"}
    assert process.wait(5) == 0


def test_it_tells_the_time(process: subprocess.Popen[str]) -> None:
    tell(process, {"type": "clock", "id": 4})
    clock = hear(process)
    assert (clock["type"], clock["id"], clock["pid"]) == ("clock", 4, process.pid)
    assert clock["unix"] == pytest.approx(time.time(), abs=1)


def test_a_bad_command_is_answered_and_survived(process: subprocess.Popen[str]) -> None:
    tell(process, "nonsense")
    assert hear(process) == {"type": "error", "message": "a line of JSON expected"}
    tell(process, {"type": "flush", "id": 1})
    assert hear(process) == {"type": "error", "message": "configure: expected before any other command"}
    tell(process, {"type": "stop"})
    assert process.wait(5) == 0


def test_an_error_does_not_tell_the_transport_url(process: subprocess.Popen[str]) -> None:
    tell(process, CONFIGURE | {"transport": "nosuchdriver://u:sesame@h/"})
    error = hear(process)
    assert error["type"] == "error"
    assert "nosuchdriver" in error["message"]
    assert "sesame" not in error["message"]


def test_logs_do_not_tell_any_host_s_password() -> None:
    secrets = Secrets()
    secrets.add_transport("rabbit://a:sesame@h1:5672,b:simsim@h2:5672/v")
    record = logging.LogRecord("n", logging.ERROR, "f", 1, "login %s then %s", ("sesame", "simsim"), None)
    assert secrets.format(record).endswith("login [secret] then [secret]")
