import io
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway.errors import Failed, Refused
from gateway.runtime import Runtime
from gateway.spec import ClassSpec
from gateway.state import LinkClass, State

from gateway import links, nfqueue, runtime, schedule, state, temporary

NOW = Runtime("nfqueue", {"netem": False, "nfqueue": True}, "eth0", "eth1", 24)
ASKED = State({"edge": LinkClass(1, ClassSpec("10.9.0.2", 25, 0, 0, None, 1000, 7))}, {})
CUT = {"delayMs": 25, "jitterMs": 0, "lossPercent": 100}


class Emulator:
    """Notes what it is asked, and when."""

    def __init__(self) -> None:
        self.requests: list[tuple[float, list[str]]] = []
        self.fails = False

    def __call__(self, text: str) -> dict[str, object]:
        self.requests.append((time.time(), text.split()))
        if self.fails:
            raise Failed("emulator: gone")
        return {}

    def losses(self) -> list[float]:
        return [float(words[4]) for _, words in self.requests]


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    emulator = Emulator()
    monkeypatch.setattr(state, "STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(runtime, "DIRECTORY", str(tmp_path))
    monkeypatch.setattr(runtime, "MEMORY", str(tmp_path))
    monkeypatch.setenv("SITE_ADDRESS", "10.1.0.254/24")
    monkeypatch.setenv("WAN_ADDRESS", "10.9.0.1")
    monkeypatch.setattr(nfqueue, "request", emulator)
    state.save(ASKED)
    return emulator


def a_schedule(*actions: dict[str, object], end: float = 0.6) -> schedule.Schedule:
    return schedule.parse(json.dumps({"actions": actions, "endSeconds": end}), ASKED, NOW)


def cut_and_back(end: float = 0.6) -> schedule.Schedule:
    return a_schedule(
        {"atSeconds": 0.2, "class": "edge", "impairment": CUT},
        {"atSeconds": 0.4, "class": "edge", "impairment": None},
        end=end,
    )


def lines_until(gone: threading.Event, start: float) -> Iterator[str]:
    yield json.dumps({"startAt": start})
    gone.wait()


def test_changes_come_at_their_times_and_are_reported_with_them(emulator: Emulator) -> None:
    start = time.time() + 0.1
    output = io.StringIO()
    schedule.execute(cut_and_back(), lines_until(threading.Event(), start), output, NOW)
    reports = [json.loads(line) for line in output.getvalue().splitlines()]
    assert reports[0] == {"ready": 2} and len(reports) == 3
    assert emulator.losses() == [1, 0]
    for (at, _), report, wanted in zip(emulator.requests, reports[1:], (0.2, 0.4), strict=True):
        assert report["class"] == "edge" and report["atSeconds"] == wanted
        assert 0 <= at - start - wanted < 0.1
        assert 0 <= report["time"] - at < 0.1
    assert time.time() - start >= 0.6


def test_no_change_comes_early_when_the_process_is_held_up_between_the_two_clocks(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall, held_up = time.time, iter([0.05, 0, 0.05])

    def held_up_at_first() -> float:
        time.sleep(next(held_up, 0))
        return wall()

    start = wall() + 0.2
    lines = lines_until(threading.Event(), start)
    with monkeypatch.context() as patched:
        patched.setattr("gateway.clock.time.time", held_up_at_first)
        schedule.execute(cut_and_back(), lines, io.StringIO(), NOW)
    assert all(at >= start + wanted for (at, _), wanted in zip(emulator.requests, (0.2, 0.4), strict=True))


def test_the_stored_state_is_never_touched(emulator: Emulator) -> None:
    schedule.execute(cut_and_back(), lines_until(threading.Event(), time.time()), io.StringIO(), NOW)
    assert state.load() == ASKED


def test_everything_is_restored_when_the_runner_goes(emulator: Emulator) -> None:
    gone = threading.Event()
    start = time.time()
    threading.Timer(0.3, gone.set).start()
    whole = a_schedule({"atSeconds": 0.1, "class": "edge", "impairment": CUT}, end=60)
    schedule.execute(whole, lines_until(gone, start), io.StringIO(), NOW)
    assert emulator.losses() == [1, 0]
    assert time.time() - start < 1
    assert temporary.load() == {}


def test_a_schedule_ends_by_itself_with_what_no_action_brought_back(emulator: Emulator) -> None:
    whole = a_schedule({"atSeconds": 0, "class": "edge", "impairment": CUT}, end=0.2)
    schedule.execute(whole, lines_until(threading.Event(), time.time()), io.StringIO(), NOW)
    assert emulator.losses() == [1, 0]


def test_a_runner_that_goes_before_the_start_has_changed_nothing(emulator: Emulator) -> None:
    schedule.execute(cut_and_back(), iter([]), io.StringIO(), NOW)
    assert emulator.requests == []


def test_an_emulator_that_comes_back_is_given_the_class_as_it_is_at_the_time(emulator: Emulator) -> None:
    schedule._set("edge", ClassSpec("10.9.0.2", 25, 0, 100, None, 1000, 7), NOW)
    links.restore_emulator(state.load(), NOW)
    assert schedule.restore(NOW) == ["edge"]
    links.restore_emulator(state.load(), NOW)
    assert emulator.losses() == [1, 1, 0, 0]
    assert schedule.restore(NOW) == []


def test_what_could_not_be_restored_is_still_known_afterwards(emulator: Emulator) -> None:
    whole = a_schedule({"atSeconds": 0, "class": "edge", "impairment": CUT}, end=0.1)
    emulator.fails = True
    with pytest.raises(Failed):
        schedule.execute(whole, lines_until(threading.Event(), time.time()), io.StringIO(), NOW)
    emulator.fails = False
    # The parent, or the next schedule, brings it back: whether the emulator took the cut is not known.
    assert schedule.restore(NOW) == ["edge"]
    assert emulator.losses()[-1] == 0


def test_what_a_kernel_refuses_under_way_is_told_and_taken_back(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(text: str) -> dict[str, object]:
        if "duplicate" in text:
            raise Refused("duplicatePercent: not beside other links")
        return emulator(text)

    doubled = {"atSeconds": 0, "class": "edge", "impairment": {"delayMs": 25, "duplicatePercent": 1}}
    reader, writer = os.pipe()
    os.write(writer, json.dumps({"actions": [doubled], "endSeconds": 0.1}).encode() + b"\n")
    os.write(writer, json.dumps({"startAt": time.time()}).encode() + b"\n")
    monkeypatch.setattr(nfqueue, "request", refuse)
    monkeypatch.setattr(runtime, "wait", lambda *_: NOW)
    monkeypatch.setattr(schedule, "_LOCK", f"{runtime.DIRECTORY}/schedule.lock")
    with os.fdopen(reader) as lines, os.fdopen(writer, "w"):
        monkeypatch.setattr("sys.stdin", lines)
        with pytest.raises(Failed, match=r"^the schedule broke off"):
            schedule.run()
    assert "gateway: duplicatePercent: not beside other links" in capfd.readouterr().err
    assert temporary.load() == {}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", r"^standard input: "),
        (json.dumps({"actions": []}), r"^standard input: "),
        ({"atSeconds": 1, "class": "moon"}, r"^actions\[0\]\.class: \"moon\" refused, the classes are edge"),
        ({"atSeconds": -1, "class": "edge"}, r"^actions\[0\]\.atSeconds: -1 refused"),
        ({"atSeconds": 2, "class": "edge"}, r"^endSeconds: 1 refused, the last action is at 2"),
        ({"atSeconds": 0, "class": "edge", "impairment": {"delayMs": -5}}, r"^actions\[0\]\.impairment\.delayMs: -5"),
    ],
)
def test_a_wrong_schedule_is_refused_by_path(value: object, message: str, emulator: Emulator) -> None:
    text = value if isinstance(value, str) else json.dumps({"actions": [value], "endSeconds": 1})
    with pytest.raises(Refused, match=message):
        schedule.parse(text, ASKED, NOW)
