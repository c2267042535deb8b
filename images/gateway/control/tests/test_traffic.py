import io
import json
import os
import threading
import time
from pathlib import Path

import pytest
from gateway.counters import ClassCounters
from gateway.errors import Refused
from gateway.runtime import Runtime
from gateway.spec import ClassSpec
from gateway.state import LinkClass, State

from gateway import links, state, traffic

READY = Runtime("nfqueue", {"netem": False, "nfqueue": True}, "eth0", "eth1", 24)


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[int, ClassCounters]:
    spec = ClassSpec("10.9.0.2", 25, 0, 0, None, 1000, None)
    monkeypatch.setattr(state, "STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(state, "load", lambda: State({"edge": LinkClass(3, spec), "new": LinkClass(4, spec)}, {}))
    counters: dict[int, ClassCounters] = {
        3: {
            "packets": 12,
            "bytes": 1200,
            "delivered": 9,
            "deliveredBytes": 900,
            "droppedByLoss": 1,
            "droppedByQueueLimit": 2,
            "droppedByKernel": 4,
        }
    }
    monkeypatch.setattr(links, "read_counters", lambda *_: counters)
    return counters


def lines(output: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_a_reading_has_what_came_out_of_each_line_that_is_counted(counted: dict[int, ClassCounters]) -> None:
    assert traffic.read(READY)["classes"] == {"edge": {"bytes": 900, "packets": 9, "dropped": 7}}


def test_drops_are_one_number_where_the_kernel_tells_no_more() -> None:
    counters: ClassCounters = {"delivered": 1, "deliveredBytes": 60, "dropped": 5}
    assert traffic.carried(counters) == {"bytes": 60, "packets": 1, "dropped": 5}


def test_readings_come_at_once_when_asked_for_and_a_last_one_at_the_end(counted: dict[int, ClassCounters]) -> None:
    asked, ask = os.pipe()
    output = io.StringIO()
    telling = threading.Thread(target=traffic.tell, args=(60.0, asked, output, READY))
    telling.start()
    while len(lines(output)) < 1:
        time.sleep(0.005)
    counted[3]["deliveredBytes"] = 1500
    os.write(ask, b"now\n")
    while len(lines(output)) < 2:
        time.sleep(0.005)
    os.close(ask)
    telling.join(5)
    assert not telling.is_alive()
    told = [line["classes"]["edge"]["bytes"] for line in lines(output)]  # type: ignore[index]
    assert told == [900, 1500, 1500]


def test_readings_come_an_interval_apart_without_being_asked_for(counted: dict[int, ClassCounters]) -> None:
    asked, ask = os.pipe()
    output = io.StringIO()
    telling = threading.Thread(target=traffic.tell, args=(0.05, asked, output, READY))
    telling.start()
    while len(lines(output)) < 4:
        time.sleep(0.005)
    os.close(ask)
    telling.join(5)
    times = [float(str(line["time"])) for line in lines(output)]
    assert times[3] - times[0] >= 0.14


@pytest.mark.parametrize("interval", ["soon", "0", "-1", "nan", "4000"])
def test_an_interval_that_is_none_is_refused(interval: str) -> None:
    with pytest.raises(Refused, match="traffic"):
        traffic.run(interval)
