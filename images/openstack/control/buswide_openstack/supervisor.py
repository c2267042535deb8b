"""Keeps a process a name alive: one that dies is started again, the later the sooner it died."""

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import ModuleType

FIRST_PAUSE = 1.0
"""Seconds before a process that died is started again."""
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""A process that lived so long, seconds, did not die of its start."""


@dataclass
class Child:
    """A process that is to be there."""

    name: str
    started: float = 0.0
    pause: float = field(default=FIRST_PAUSE)
    due: float = 0.0
    """When to start it, by the clock of `time.monotonic`."""
    told: bool = False
    """Whether it was told to end."""

    def died(self, now: float) -> None:
        """Sets when it is started again."""
        self.pause = FIRST_PAUSE if now - self.started > STEADY else min(2 * self.pause, LONGEST_PAUSE)
        self.due = now + self.pause


def code_of(end: SystemExit) -> int:
    """What a process that ends so exits with, as the interpreter has it: what is no number is said, and a failure."""
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    print(end.code, file=sys.stderr)
    return 1


def flush() -> None:
    """Sees to it that what was said is not lost with the process."""
    for stream in (sys.stdout, sys.stderr):
        # A stream that nobody reads any more is no reason to stay.
        with contextlib.suppress(Exception):
            stream.flush()


class Supervisor:
    """Runs `work` with each name in a process of its own, until it is told to end (SIGTERM, SIGINT)."""

    def __init__(
        self,
        names: Iterable[str],
        work: Callable[[str], object],
        gone: Callable[[str], object] = lambda name: None,
        poll: float = 0.5,
        system: ModuleType = os,
        clock: ModuleType = time,
    ) -> None:
        """`gone` is told the name of each process that ended, before another is started.

        `poll`: seconds between two looks at the children. `system`, `clock`: the modules `os` and `time` to use.
        """
        self._work = work
        self._gone = gone
        self._os = system
        self._time = clock
        self._poll = poll
        self._waiting = [Child(name) for name in names]
        self._running: dict[int, Child] = {}
        self._ending = False

    def run(self) -> None:
        """Returns when all processes have ended, after it was told to."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        while self._running or not self._ending:
            if self._ending:
                self._tell()
            else:
                self._start_due()
            self._reap()
            self._time.sleep(self._poll)

    def _start_due(self) -> None:
        now = self._time.monotonic()
        for child in [child for child in self._waiting if child.due <= now]:
            self._waiting.remove(child)
            child.started = now
            pid = self._os.fork()
            if pid == 0:
                self._be(child)
            self._running[pid] = child

    def _be(self, child: Child) -> None:
        """Does a child's work; never returns to what the parent does."""
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            self._work(child.name)
            code = 0
        except SystemExit as end:
            code = code_of(end)
        except BaseException:
            # The process ends below without the interpreter, which would have said it.
            traceback.print_exc()
        finally:
            flush()
            self._os._exit(code)

    def _reap(self) -> None:
        while self._running:
            pid, status = self._os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._running.pop(pid)
            self._gone(child.name)
            if self._ending:
                continue
            child.died(self._time.monotonic())
            code = os.waitstatus_to_exitcode(status)
            print(f"{child.name} ended ({code}): again in {child.pause:g} s", flush=True)
            self._waiting.append(child)

    def _end(self, *_: object) -> None:
        self._ending = True

    def _tell(self) -> None:
        """Tells each process once that it is to end: not where the signal is heard, as a process may just be coming."""
        for pid, child in self._running.items():
            if not child.told:
                child.told = True
                self._os.kill(pid, signal.SIGTERM)
