"""The loops that drive clients through a round."""

import threading
from collections.abc import Callable

from oslo_messaging.exceptions import MessagingException

from buswide_agent.clients import Client, WrongReply
from buswide_agent.clock import Clock
from buswide_agent.protocol import Run
from buswide_agent.recorder import Recorder
from buswide_agent.schedule import OpenSchedule

NOT_STARTED = "NotStarted"
"""Kind of an open-loop operation whose turn never came: the client was too far behind its schedule."""

MAX_THREADS = 400
"""Threads for operations in flight of one process, all clients together."""


class Driver:
    """Runs one client's share of rounds and records every operation.

    `site` is the client's; `threads` bounds its operations in flight; `one_way` says that the latency is
    taken by the receiver, so that here only outcomes are recorded.
    """

    def __init__(
        self, client: Client, site: str, clock: Clock, recorder: Recorder, *, one_way: bool, threads: int
    ) -> None:
        self._client = client
        self._site = site
        self.clock = clock
        self.recorder = recorder
        self._one_way = one_way
        self.threads = threads
        self.id = client.member.id

    def operate(self, run: Run, sequence: int, due: float) -> None:
        """One operation that was due at monotonic `due`; its failure is recorded, not raised."""
        start = self.clock.monotonic()
        try:
            self._client.send(run.round, sequence, self.clock.stamp(due), self.clock.stamp(start))
        # Whatever a driver or its libraries raise is a result here: its class is the kind that is reported.
        except Exception as error:  # noqa: BLE001
            self.recorder.failed(run.round, self.id, sequence, kind_of(error))
            return
        end = self.clock.monotonic()
        self.recorder.succeeded(run.round, self.id, sequence, end)
        if not self._one_way:
            self.recorder.latency(run.round, self._site, end - due, end - start)

    def run_closed(self, run: Run, stop: threading.Event) -> None:
        """One operation at a time until the count or the time of the round is reached, or `stop` is set."""
        begin = self.clock.instant(run.at)
        if stop.wait(max(0.0, begin - self.clock.monotonic())):
            return
        sequence = 0
        while not stop.is_set():
            now = self.clock.monotonic()
            if run.operations is not None and sequence >= run.operations:
                return
            if run.seconds is not None and now >= begin + run.seconds:
                return
            self.operate(run, sequence, now)
            sequence += 1
            if run.pause is not None:
                stop.wait(run.pause)

    def run_open(self, run: Run, schedule: OpenSchedule, grace: float, stop: threading.Event) -> None:
        """Operations at their scheduled times, several in flight where one outlasts the gap to the next.

        A thread takes the next operation, waits for its time and does it; when a thread starts an operation
        and no other is waiting, one more thread is made, up to `threads`. What has not started `grace`
        seconds after the end of the schedule is recorded as NOT_STARTED.
        """
        _OpenLoop(self, run, schedule, grace, stop).work_all()


def kind_of(error: Exception) -> str:
    """The class name by which a failure is reported; a remote error's is that of the error at the server."""
    if isinstance(error, MessagingException | WrongReply):
        return str(getattr(error, "exc_type", None) or type(error).__name__)
    return type(error).__name__


class _OpenLoop:
    def __init__(
        self, driver: Driver, run: Run, schedule: OpenSchedule, grace: float, stop: threading.Event
    ) -> None:
        self._driver = driver
        self._run = run
        self._schedule = schedule
        self._stop = stop
        self._begin = driver.clock.instant(run.at)
        self._give_up = self._begin + schedule.seconds + grace
        self._lock = threading.Lock()
        self._next = 0
        self._waiting = 0
        self._threads: list[threading.Thread] = []

    def work_all(self) -> None:
        self._work()
        # Threads may make threads until the schedule is used up, so the list is read again each time.
        joined = 0
        while joined < len(self._threads):
            self._threads[joined].join()
            joined += 1

    def _take(self) -> int | None:
        with self._lock:
            if self._next >= self._schedule.count:
                return None
            self._next += 1
            self._waiting += 1
            return self._next - 1

    def _leave(self) -> None:
        """The caller waits no more; sees to it that someone does."""
        with self._lock:
            self._waiting -= 1
            enough = len(self._threads) + 1 >= self._driver.threads
            if self._waiting or enough or self._next >= self._schedule.count:
                return
            thread = threading.Thread(target=self._work, daemon=True)
            self._threads.append(thread)
            # Started under the lock, as `work_all` joins whatever is in the list.
            thread.start()

    def _work(self) -> None:
        driver = self._driver
        while (sequence := self._take()) is not None:
            due = self._begin + self._schedule.start(sequence)
            stopped = self._stop.wait(max(0.0, due - driver.clock.monotonic()))
            now = driver.clock.monotonic()
            if stopped or now > self._give_up:
                with self._lock:
                    self._waiting -= 1
                # A round that was aborted ends where it is; one that ran out of time owes the rest.
                if not stopped:
                    driver.recorder.started(self._run.round, driver.id, now - due)
                    driver.recorder.failed(self._run.round, driver.id, sequence, NOT_STARTED)
                continue
            self._leave()
            driver.recorder.started(self._run.round, driver.id, now - due)
            driver.operate(self._run, sequence, due)


def in_parallel(tasks: list[Callable[[], None]], threads: int) -> None:
    """Runs all tasks on a few threads; raises the first error once all have ended."""
    errors: list[Exception] = []
    lock = threading.Lock()
    left = iter(tasks)

    def work() -> None:
        while True:
            with lock:
                task = next(left, None)
            if task is None:
                return
            try:
                task()
            # Kept for the caller, who gets it below.
            except Exception as error:  # noqa: BLE001
                with lock:
                    errors.append(error)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(threads, len(tasks)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
