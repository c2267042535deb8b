import os
import signal
import threading
import time
from pathlib import Path

import pytest
from buswide_openstack.supervisor import LONGEST_PAUSE, STEADY, Child, Supervisor


def test_what_dies_early_is_started_later_each_time_up_to_a_limit() -> None:
    child = Child("a", started=100.0)
    pauses = []
    for _ in range(7):
        child.died(now=101.0)
        pauses.append(child.pause)
        assert child.due == 101.0 + child.pause
    assert pauses == [2, 4, 8, 16, 30, 30, 30]
    assert LONGEST_PAUSE == 30


def test_what_lived_long_is_started_again_soon() -> None:
    child = Child("a", started=100.0, pause=30.0)
    child.died(now=101.0 + STEADY)
    assert child.pause == 1


def test_a_process_a_name_is_kept_alive_until_it_is_told_to_end(tmp_path: Path) -> None:
    def work(name: str) -> None:
        with (tmp_path / name).open("a") as lines:
            lines.write(f"{os.getpid()}\n")
        time.sleep(60)

    def lives(name: str) -> list[int]:
        file = tmp_path / name
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def wait_for(name: str, count: int) -> None:
        end = time.monotonic() + 20
        while len(lives(name)) < count and time.monotonic() < end:
            time.sleep(0.05)
        assert len(lives(name)) == count

    def meddle() -> None:
        try:
            wait_for("a", 1)
            wait_for("b", 1)
            os.kill(lives("a")[0], signal.SIGKILL)
            wait_for("a", 2)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    previous = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    meddler = threading.Thread(target=meddle)
    meddler.start()
    try:
        Supervisor(["a", "b"], work, poll=0.05).run()
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), previous, strict=True):
            signal.signal(number, handler)
    meddler.join()
    assert len(lives("a")) == 2
    assert len(lives("b")) == 1
    for pid in lives("a") + lives("b"):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
