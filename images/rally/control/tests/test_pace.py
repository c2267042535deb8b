import threading
import time
from concurrent.futures import ThreadPoolExecutor

from buswide_load.pace import at_times, due_times, workers


def test_operations_are_due_evenly_from_the_start_and_before_the_end() -> None:
    assert due_times(2, 2, 100) == [100, 100.5, 101, 101.5]
    assert len(due_times(0.2, 60, 0)) == 12
    # 0.1 * 30 is more than 3 as a binary fraction.
    assert due_times(0.1, 30, 0) == [0, 10, 20]


def test_one_that_takes_long_holds_up_no_other() -> None:
    begun: list[float] = []

    def do(number: int, _: float) -> None:
        begun.append(time.time())
        if number == 0:
            time.sleep(0.5)

    start = time.time() + 0.05
    with ThreadPoolExecutor(workers(20, 0.5)) as pool:
        at_times(due_times(20, 0.25, start), do, pool, threading.Event())
    assert len(begun) == 5
    assert all(-0.002 <= at - due < 0.1 for at, due in zip(begun, due_times(20, 0.25, start), strict=True))


def test_there_is_a_thread_for_each_that_may_wait_at_one_time() -> None:
    assert workers(1, 30) >= 60


def test_nothing_more_is_begun_once_all_is_to_end() -> None:
    ending = threading.Event()
    ending.set()
    with ThreadPoolExecutor(1) as pool:
        assert at_times([time.time() + 60], lambda *_: None, pool, ending) == []
