import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from buswide_openstack import readiness
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


@contextmanager
def signals_kept() -> Iterator[None]:
    """Leaves the test's own process hearing signals as it did."""
    previous = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        yield
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), previous, strict=True):
            signal.signal(number, handler)


def supervised_once(work: Callable[[str], object], gone: Callable[[str], object] = lambda name: None) -> None:
    """Supervises one process until it ended for the first time."""

    def end(name: str) -> None:
        gone(name)
        # Before it is started again, and after its end was said.
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()

    with signals_kept():
        Supervisor(["a"], work, gone=end, poll=0.05).run()


def test_what_a_process_died_of_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    def work(name: str) -> None:
        print("its last words")
        raise RuntimeError(f"no database for {name}")

    supervised_once(work)
    said, complained = capfd.readouterr()
    assert "its last words" in said
    assert "a ended (1)" in said
    assert "Traceback" in complained
    assert "RuntimeError: no database for a" in complained


@pytest.mark.parametrize(("code", "told"), [(None, 0), (0, 0), (3, 3), ("no configuration", 1)])
def test_a_process_that_ends_by_itself_ends_as_it_says(
    code: int | str | None, told: int, capfd: pytest.CaptureFixture[str]
) -> None:
    supervised_once(lambda name: sys.exit(code))
    said, complained = capfd.readouterr()
    assert f"a ended ({told})" in said
    assert "Traceback" not in complained
    assert ("no configuration" in complained) == isinstance(code, str)


def test_a_process_that_ended_says_no_longer_that_it_is_ready(tmp_path: Path) -> None:
    seen: list[bool] = []

    def gone(name: str) -> None:
        seen.append((tmp_path / name).exists())
        readiness.take_back(name, tmp_path)

    supervised_once(lambda name: readiness.say(name, tmp_path), gone)
    assert seen == [True]
    assert list(tmp_path.iterdir()) == []
    readiness.take_back("a", tmp_path)


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

    meddler = threading.Thread(target=meddle)
    meddler.start()
    with signals_kept():
        Supervisor(["a", "b"], work, poll=0.05).run()
    meddler.join()
    assert len(lives("a")) == 2
    assert len(lives("b")) == 1
    for pid in lives("a") + lives("b"):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
