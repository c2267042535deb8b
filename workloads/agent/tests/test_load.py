"""Loops against a client that does what the test says."""

import threading
import time
from typing import Any

import oslo_messaging
import pytest

from buswide_agent.clients import Client
from buswide_agent.clock import Clock
from buswide_agent.load import NOT_STARTED, Driver, in_parallel, kind_of
from buswide_agent.protocol import Member, Run
from buswide_agent.recorder import Recorder
from buswide_agent.schedule import OpenSchedule
from tests.test_latency import decode


class SlowClient(Client):
    """Takes `seconds` for each operation and fails those whose number is in `failing`."""

    def __init__(self, seconds: float, failing: frozenset[int] = frozenset()) -> None:
        self.member = Member(3, "t", "c3")
        self.seconds = seconds
        self.failing = failing
        self.in_flight = 0
        self.most_in_flight = 0
        self.lock = threading.Lock()

    def send(self, round_: int, sequence: int, due: int, at: int) -> None:
        with self.lock:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        time.sleep(self.seconds)
        with self.lock:
            self.in_flight -= 1
        if sequence in self.failing:
            raise oslo_messaging.MessagingTimeout

    def _send(self, message: dict[str, Any]) -> None:
        raise NotImplementedError


def counts(recorder: Recorder, round_: int) -> dict[str, Any]:
    taken: dict[str, Any] = recorder.take()[round_]
    return taken


def open_run(client: Client, threads: int, rate: float, seconds: float, grace: float) -> dict[str, Any]:
    clock, recorder = Clock(), Recorder("r")
    run = Run(1, clock.stamp(clock.monotonic()) / 1e6 + 0.05, None, seconds, rate, 1)
    driver = Driver(client, "edge", clock, recorder, one_way=False, threads=threads)
    driver.run_open(run, OpenSchedule(rate, seconds, 1, 0), grace, threading.Event())
    return counts(recorder, 1)


def test_a_closed_loop_does_what_it_was_asked_one_at_a_time() -> None:
    clock, recorder, client = Clock(), Recorder("r"), SlowClient(0.001, frozenset({2, 4}))
    driver = Driver(client, "edge", clock, recorder, one_way=False, threads=8)
    driver.run_closed(Run(1, time.time(), 6, None, None, 1), threading.Event())
    taken = counts(recorder, 1)
    assert taken["clients"]["3"] == {
        "ok": [[0, 1], [3, 3], [5, 5]],
        "failed": {"MessagingTimeout": [[2, 2], [4, 4]]},
        "late": 0,
    }
    assert client.most_in_flight == 1
    assert decode(taken["latency"]["edge"]).get_total_count() == 4


def test_a_closed_loop_pauses_after_each_operation_and_an_aborted_one_does_not_wait_for_it() -> None:
    clock, recorder, stop = Clock(), Recorder("r"), threading.Event()
    driver = Driver(SlowClient(0), "edge", clock, recorder, one_way=False, threads=1)
    begun = time.monotonic()
    driver.run_closed(Run(1, time.time(), 4, None, None, 1, pause=0.1), stop)
    assert 0.35 < time.monotonic() - begun < 1.5
    assert counts(recorder, 1)["clients"]["3"]["ok"] == [[0, 3]]
    stop.set()
    begun = time.monotonic()
    driver.run_closed(Run(2, time.time(), 4, None, None, 1, pause=30.0), stop)
    assert time.monotonic() - begun < 5


def test_an_open_loop_keeps_its_schedule_with_several_operations_in_flight() -> None:
    client = SlowClient(0.100)
    taken = open_run(client, threads=20, rate=100, seconds=0.5, grace=5)
    assert taken["clients"]["3"]["ok"] == [[0, 49]]
    assert client.most_in_flight >= 8
    assert decode(taken["latency"]["edge"]).get_value_at_percentile(50) < 150_000


def test_latency_counts_from_the_intended_start_when_the_client_is_saturated() -> None:
    # One thread needs 50 ms for what comes every 10 ms: the last of 20 waits some 800 ms.
    taken = open_run(SlowClient(0.050), threads=1, rate=100, seconds=0.2, grace=10)
    latency, service = decode(taken["latency"]["edge"]), decode(taken["service"]["edge"])
    assert latency.get_max_value() > 700_000
    assert service.get_max_value() < 400_000
    assert taken["clients"]["3"]["late"] >= 17


def test_what_could_not_be_started_in_time_is_reported() -> None:
    taken = open_run(SlowClient(0.200), threads=1, rate=100, seconds=0.1, grace=0.3)
    failed = taken["clients"]["3"]["failed"]
    done = taken["clients"]["3"]["ok"][0][1] + 1
    assert failed == {NOT_STARTED: [[done, 9]]}
    assert 2 <= done <= 4
    # All but the first were late, those that never started too.
    assert taken["clients"]["3"]["late"] >= 9


def test_an_aborted_loop_ends_at_once() -> None:
    clock, recorder, stop = Clock(), Recorder("r"), threading.Event()
    driver = Driver(SlowClient(0), "edge", clock, recorder, one_way=False, threads=4)
    run = Run(1, time.time(), None, 60.0, 2.0, 1)
    loop = threading.Thread(target=driver.run_open, args=(run, OpenSchedule(2, 60, 1, 0), 5.0, stop))
    loop.start()
    time.sleep(0.2)
    stop.set()
    loop.join(2)
    assert not loop.is_alive()


def test_a_failure_is_named_by_its_class() -> None:
    assert kind_of(oslo_messaging.MessageDeliveryFailure()) == "MessageDeliveryFailure"
    assert kind_of(oslo_messaging.RemoteError("KeyError", "run")) == "KeyError"
    assert kind_of(OSError()) == "OSError"


def test_the_first_error_of_parallel_tasks_is_raised_after_all_have_ended() -> None:
    ended: list[int] = []

    def fail() -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 -- it has no text
        in_parallel([fail, *[lambda: ended.append(1)] * 5], 2)
    assert len(ended) == 5
