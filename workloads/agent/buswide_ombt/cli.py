"""The process: commands as JSON lines on standard input, answers on standard output, logs on standard error.

The first line says what to be; it holds the transport URL, which so appears in no list of processes::

    {"role": "client" | "server", "transport", "settings", "timeoutSeconds",
     "members": [{"id", "topic", "name"}]}
    {"role": "controller", "transport", "settings", "timeoutSeconds", "topics": [...]}

Answered by ``{"type": "ready"}``. Then, each answered by a line of the same ``type``:

- agents: ``count`` (how much they have done so far), ``clear``, ``take`` (with ``senders``: name to
  [number, site])
- controllers: ``roll-call`` (with ``testSeconds``), ``test`` (with ``pattern``, ``calls``, ``pause``,
  ``messageBytes``)
- ``ping``, which is not answered, and ``stop``

A failure is answered with ``{"type": "error", "message"}``. Exit codes: 0 stopped, 1 nothing could be made,
3 the input ended, 4 nothing was heard for DEADMAN_SECONDS.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from buswide_agent.cli import DEADMAN, END_OF_INPUT, Channel, Secrets, end
from buswide_ombt import agents
from buswide_ombt.children import Child, ask_all

DEADMAN_SECONDS = 60.0

Answer = dict[str, Any]


class Crew:
    """The children of one process."""

    def __init__(self, setup: dict[str, Any]) -> None:
        place = agents.Place(setup["transport"], setup["settings"], setup["timeoutSeconds"])
        if setup["role"] == "controller":
            self._ids = list(setup["topics"])
            self._children = [Child(topic, agents.controller(place, topic)) for topic in self._ids]
        else:
            make = agents.client if setup["role"] == "client" else agents.server
            members = setup["members"]
            self._ids = [str(member["id"]) for member in members]
            self._children = [
                Child(member["name"], make(place, member["topic"], member["name"])) for member in members
            ]
        for child in self._children:
            child.receive()

    def answer(self, command: dict[str, Any]) -> Answer:
        """Carries out a command."""
        kind = command["type"]
        if kind == "count":
            return {"total": sum(ask_all(self._children, ("count", None)))}
        arguments: dict[str, Callable[[], object]] = {
            "clear": lambda: None,
            "take": lambda: command.get("senders"),
            "roll-call": lambda: command["testSeconds"],
            "test": lambda: command,
        }
        if kind not in arguments:
            raise ValueError(f"unknown command {kind}")
        answers = ask_all(self._children, (kind, arguments[kind]()))
        return {"answers": dict(zip(self._ids, answers, strict=True))}

    def kill(self) -> None:
        """Ends all children."""
        for child in self._children:
            child.kill()


def main() -> None:
    """Entry point of ``buswide-ombt``."""
    secrets = Secrets()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(secrets)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # Whatever a library prints must not end up between the answers.
    channel = Channel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    setup = json.loads(sys.stdin.readline())
    secrets.add_transport(setup["transport"])
    heard = [time.monotonic()]

    def fail(error: Exception) -> None:
        channel.report({"type": "error", "message": secrets.redact(f"{type(error).__name__}: {error}")})

    try:
        crew = Crew(setup)
    except Exception as error:  # noqa: BLE001 -- nothing can go on; the runner is told why
        fail(error)
        end(1)

    def leave(code: int) -> None:
        crew.kill()
        end(code)

    def watch() -> None:
        while time.monotonic() - heard[0] < DEADMAN_SECONDS:
            time.sleep(1.0)
        leave(DEADMAN)

    channel.report({"type": "ready"})
    heard[0] = time.monotonic()
    threading.Thread(target=watch, daemon=True).start()
    commands = _listen(heard, leave)
    while True:
        command = commands()
        try:
            channel.report({"type": command["type"], **crew.answer(command)})
        except Exception as error:  # noqa: BLE001 -- as above
            fail(error)


def _listen(heard: list[float], leave: Callable[[int], None]) -> Callable[[], dict[str, Any]]:
    """Reads commands while one is being carried out, so that pings are heard and `stop` does not wait."""
    waiting: list[dict[str, Any]] = []
    some = threading.Condition()

    def read() -> None:
        for line in sys.stdin:
            heard[0] = time.monotonic()
            command = json.loads(line)
            if command["type"] == "ping":
                continue
            if command["type"] == "stop":
                leave(0)
            with some:
                waiting.append(command)
                some.notify()
        leave(END_OF_INPUT)

    threading.Thread(target=read, daemon=True).start()

    def take() -> dict[str, Any]:
        with some:
            while not waiting:
                some.wait()
            return waiting.pop(0)

    return take
