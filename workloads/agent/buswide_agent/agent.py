"""One agent process: its members, its rounds, its reports."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from buswide_agent import bus
from buswide_agent.clients import Client, make_client
from buswide_agent.clock import Clock
from buswide_agent.load import MAX_THREADS, Driver, in_parallel
from buswide_agent.protocol import Configure, ProtocolError, Run
from buswide_agent.receivers import Receiver, make_receiver
from buswide_agent.recorder import Recorder
from buswide_agent.schedule import OpenSchedule

Report = Callable[[dict[str, Any]], None]

CONNECT_THREADS = 8
"""Members of a process that connect at the same time. A broker gives each that knocks a few seconds to
introduce itself (RabbitMQ's handshake_timeout: 10): too few for a thousand at a time on a small machine."""

CLOSE_SECONDS = 8.0


class Agent:
    """Holds the members of one process and reports what they do.

    `report` sends one message to the probe and may be called from any thread.
    """

    def __init__(self, configure: Configure, clock: Clock, report: Report) -> None:
        self._configure = configure
        self._clock = clock
        self._report = report
        self._recorder = Recorder(configure.run)
        self._abort = threading.Event()
        self._closing = threading.Event()
        self._current: Run | None = None
        self._flush_lock = threading.Lock()
        self._second = 0
        self._clients: list[Client] = []
        self._receivers: list[Receiver] = []

    def connect(self) -> None:
        """Makes all members; servers are subscribed when it returns, clients connect when they first send.

        Raises ProtocolError for settings that do not exist, else what oslo.messaging does. It blocks for as
        long as the bus can't be reached.
        """
        configure = self._configure
        conf = bus.make_configuration(configure.settings)
        if configure.role == "server":
            self._receivers = [
                make_receiver(conf, configure, member, self._clock, self._recorder)
                for member in configure.members
            ]
            in_parallel([receiver.start for receiver in self._receivers], CONNECT_THREADS)
        else:
            swallowed = bus.SwallowedErrors()
            self._clients = [make_client(conf, configure, member, swallowed) for member in configure.members]

    def run(self, run: Run) -> None:
        """Starts a round; clients report ``finished`` when all have done their share."""
        if self._current is not None and run.round <= self._current.round:
            raise ProtocolError("run.round: a number above the round before expected")
        first = self._current is None
        # A report of the round before that is just being made must not put its second in this one's place.
        with self._flush_lock:
            self._current = run
            self._second = 0
        if first:
            threading.Thread(target=self._tick, name="ticker", daemon=True).start()
        if self._clients:
            threading.Thread(target=self._run_clients, args=(run, first), name="round", daemon=True).start()

    def abort(self) -> None:
        """Lets clients start nothing more."""
        self._abort.set()

    def flush(self, number: int) -> None:
        """Reports everything counted so far, then ``flushed``."""
        self._flush()
        self._report({"type": "flushed", "id": number})

    def close(self) -> None:
        """Disconnects all members, giving up after CLOSE_SECONDS, and reports ``stopped``."""
        self._closing.set()
        self._abort.set()
        members: list[Client | Receiver] = [*self._clients, *self._receivers]
        closing = threading.Thread(
            target=lambda: in_parallel([member.close for member in members], 16), daemon=True
        )
        closing.start()
        closing.join(CLOSE_SECONDS)
        self._report({"type": "stopped"})

    def _run_clients(self, run: Run, first: bool) -> None:
        drivers = [
            Driver(
                client,
                self._configure.site,
                self._clock,
                self._recorder,
                one_way=self._configure.pattern != "call",
                threads=max(2, MAX_THREADS // len(self._clients)),
            )
            for client in self._clients
        ]
        # A client connects with its first operation. Those that have a schedule all begin at its start.
        connecting = first and run.rate is None
        in_parallel(
            [partial(self._drive, run, driver) for driver in drivers],
            CONNECT_THREADS if connecting else len(drivers),
        )
        self._flush()
        self._report({"type": "finished", "round": run.round})

    def _drive(self, run: Run, driver: Driver) -> None:
        if run.rate is None or run.seconds is None:
            driver.run_closed(run, self._abort)
            return
        schedule = OpenSchedule(run.rate, run.seconds, run.clients, driver.id)
        driver.run_open(run, schedule, self._configure.timeout, self._abort)

    def _tick(self) -> None:
        """Reports every full second of the current round."""
        while not self._closing.is_set():
            with self._flush_lock:
                run, second = self._current, self._second
            if run is None:
                return
            next_at = self._clock.instant(run.at) + second + 1
            if self._closing.wait(min(1.0, max(0.0, next_at - self._clock.monotonic()))):
                return
            if self._current is run and self._clock.monotonic() >= next_at:
                self._flush()

    def _flush(self) -> None:
        with self._flush_lock:
            run = self._current
            if run is None:
                return
            begin = self._clock.instant(run.at)
            taken = self._recorder.take()
            taken.setdefault(run.round, {})
            for number, counts in sorted(taken.items()):
                last_at = counts.pop("lastAt", None)
                report: dict[str, Any] = {
                    "type": "interval",
                    "round": number,
                    "second": self._second,
                    **counts,
                }
                if number == run.round:
                    report["cpu"] = [self._clock.monotonic() - begin, time.process_time()]
                if isinstance(last_at, float) and number == run.round:
                    report["lastAt"] = last_at - begin
                self._report(report)
            stale = self._recorder.take_stale()
            if stale:
                self._report({"type": "stale", "messages": stale})
            self._second = max(self._second, int(self._clock.monotonic() - begin))
