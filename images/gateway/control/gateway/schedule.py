"""Timed changes of classes, executed by the gateway itself: its clock is near, and it restores whatever happens.

A schedule never touches the stored state: a gateway that restarts has the links that were asked for. It is
executed by a child; the parent waits for it and restores what it left. When standard input ends (the runner is
done, or died) everything is restored at once, and a schedule carries its own end besides.

On standard input, a line each:
  {"actions": [{"atSeconds": 10, "class": "edge", "impairment": {…}}, …], "endSeconds": 60}
  {"startAt": <Unix time, seconds>}
`impairment` is a class as in `class set`, without nextHop and seed; null brings back what was asked for.
On standard output, a line each: {"ready": <actions>}, then what was done with the time at which it was.
"""

import contextlib
import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from . import clock, emulators, links, runtime, state, temporary
from .errors import Failed, Refused
from .spec import ClassSpec, asked_fields, parse_class

_LOCK = f"{runtime.DIRECTORY}/schedule.lock"
# What a schedule before this one may take to restore after its runner has gone.
_PATIENCE_SECONDS = 5


class Action(NamedTuple):
    """One change of one class; without a spec, back to what was asked for."""

    at: float  # seconds from the start
    name: str
    spec: ClassSpec | None


class Schedule(NamedTuple):
    """Actions in the order of their times, and when all is back at the latest, seconds from the start."""

    actions: list[Action]
    end: float


def _time(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 86_400:
        raise Refused(f"{path}: {json.dumps(value)} refused, wanted seconds from 0 to 86400")
    return value


def parse(text: str, current: state.State, now: runtime.Runtime) -> Schedule:
    """Reads a schedule. Raises Refused."""
    try:
        value = json.loads(text)
        given, end = value["actions"], value["endSeconds"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("standard input: wanted a line of JSON with actions and endSeconds") from error
    actions = []
    for index, action in enumerate(given):
        path = f"actions[{index}]"
        name = action.get("class")
        if name not in current.classes:
            known = ", ".join(sorted(current.classes))
            raise Refused(f"{path}.class: {json.dumps(name)} refused, the classes are {known}")
        impairment = action.get("impairment")
        spec = None
        if impairment is not None:
            asked = current.classes[name].spec
            text = json.dumps({**impairment, "nextHop": asked.next_hop, "seed": asked.seed})
            try:
                spec = parse_class(text, now.network())
                emulators.refuse_lacking(asked_fields(text), now.emulator)
            except Refused as error:
                raise Refused(f"{path}.impairment.{error}") from error
        actions.append(Action(_time(action.get("atSeconds"), f"{path}.atSeconds"), name, spec))
    last = max((action.at for action in actions), default=0)
    if _time(end, "endSeconds") < last:
        raise Refused(f"endSeconds: {end} refused, the last action is at {last}")
    # Python's sort keeps the order of what is at one time.
    return Schedule(sorted(actions, key=lambda action: action.at), end)


def _set(name: str, spec: ClassSpec | None, now: runtime.Runtime) -> None:
    with state.locked():
        current = state.load()
        if name not in current.classes:
            # Deleted meanwhile: there is nothing to change.
            temporary.put(name, None)
            return
        # It counts as changed from before the change until after it is undone: either may break off.
        if spec:
            temporary.put(name, spec)
        links.apply_temporarily(current.classes[name], spec, now)
        if not spec:
            temporary.put(name, None)


def restore(now: runtime.Runtime) -> list[str]:
    """Brings every class that is not as asked back; their names. Raises Refused, Failed."""
    names = sorted(temporary.load())
    for name in names:
        _set(name, None, now)
    return names


def _report(output: TextIO, **values: object) -> None:
    # A runner that has gone hears nothing; what is left to do is done all the same.
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(values), file=output, flush=True)


def execute(schedule: Schedule, lines: Iterator[str], output: TextIO, now: runtime.Runtime) -> None:
    """Waits for the start, makes the changes, and restores at the end or when `lines` end. Raises Refused,
    Failed."""
    _report(output, ready=len(schedule.actions))
    first = next(lines, None)
    if first is None:
        return
    # Waiting and reporting are by the monotonic clock: a step of the wall clock moves nothing that is under way.
    offset = clock.offset()
    start = float(json.loads(first)["startAt"]) - offset
    gone = threading.Event()

    def watch() -> None:
        for _ in lines:
            pass
        gone.set()

    threading.Thread(target=watch, daemon=True).start()
    try:
        for at, name, spec in schedule.actions:
            if gone.wait(max(0, start + at - time.monotonic())):
                return
            _set(name, spec, now)
            _report(output, **{"class": name, "atSeconds": at, "time": time.monotonic() + offset})
        gone.wait(max(0, start + schedule.end - time.monotonic()))
    finally:
        for name in restore(now):
            _report(output, **{"class": name, "restored": True, "time": time.monotonic() + offset})


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with open(_LOCK, "w", encoding="utf-8") as file:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise Failed("another schedule is under way") from error
                time.sleep(0.05)
        yield


def run() -> dict[str, object]:
    """Executes the schedule on standard input. Raises Refused, Failed."""
    text = sys.stdin.readline()
    now = runtime.wait()
    with _alone():
        # What a schedule whose processes were all killed has left.
        restore(now)
        with state.locked():
            current = state.load()
        schedule = parse(text, current, now)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                execute(schedule, iter(sys.stdin.readline, ""), sys.stdout, now)
                code = 0
            except (Refused, Failed, ValueError, KeyError) as error:
                print(f"gateway: {error}", file=sys.stderr, flush=True)
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        left = restore(now)
        if status:
            raise Failed(f"the schedule broke off (status {status}); restored {', '.join(left) or 'nothing more'}")
    return {"done": True}
