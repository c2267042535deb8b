"""Processes of their own for ombt's agents: forked from one that has its libraries loaded."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

Handler = Callable[[Any], Any]
"""Answers a command; what it raises is passed on to who asked."""

FORK = multiprocessing.get_context("fork")
CHECK_SECONDS = 1.0


class ChildError(Exception):
    """A child could not be started, failed at a command, or ended."""


def _serve(connection: Connection, parent: int, make: Callable[[], Handler]) -> None:
    try:
        handle = make()
    except Exception as error:  # noqa: BLE001 -- told to the parent, which knows what to do about it
        connection.send(("error", f"{type(error).__name__}: {error}"))
        os._exit(1)
    connection.send(("ok", None))
    while True:
        while not connection.poll(CHECK_SECONDS):
            # Siblings hold copies of this pipe's far end, so it does not close when the parent is killed.
            if os.getppid() != parent:
                os._exit(0)
        command = connection.recv()
        try:
            answer = ("ok", handle(command))
        except Exception as error:  # noqa: BLE001 -- as above
            answer = ("error", f"{type(error).__name__}: {error}")
        connection.send(answer)


class Child:
    """One forked process, which makes a handler and then answers commands with it."""

    def __init__(self, name: str, make: Callable[[], Handler]) -> None:
        self.name = name
        self._connection, theirs = FORK.Pipe()
        self._process = FORK.Process(target=_serve, args=(theirs, os.getpid(), make), name=name, daemon=True)
        self._process.start()
        theirs.close()

    def send(self, command: object) -> None:
        """Sends a command without waiting for the answer. Raises ChildError."""
        try:
            self._connection.send(command)
        except OSError as error:
            raise ChildError(f"{self.name} has ended") from error

    def receive(self) -> Any:  # noqa: ANN401 -- whatever the handler answers
        """Waits for the answer to a command, or for the handler to be made. Raises ChildError."""
        while not self._connection.poll(CHECK_SECONDS):
            if not self._process.is_alive():
                raise ChildError(f"{self.name} has ended with exit code {self._process.exitcode}")
        try:
            outcome, value = self._connection.recv()
        except (EOFError, OSError) as error:
            raise ChildError(f"{self.name} has ended") from error
        if outcome == "error":
            raise ChildError(f"{self.name}: {value}")
        return value

    def kill(self) -> None:
        """Ends the process at once: oslo.messaging leaves threads behind that would keep it."""
        self._process.kill()


def ask_all(children: Sequence[Child], command: object) -> list[Any]:
    """Has all children work on a command at the same time. Raises ChildError."""
    for child in children:
        child.send(command)
    return [child.receive() for child in children]
