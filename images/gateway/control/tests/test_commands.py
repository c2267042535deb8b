import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from gateway.errors import Failed
from gateway.runtime import Runtime
from gateway.spec import Peer

from gateway import (
    __main__,
    containers,
    firewall,
    links,
    netem,
    nfqueue,
    routing,
    runtime,
    state,
    tunnel,
)

TUNNEL = '{"id": 7, "mtu": 1450, "prefixLength": 20, "address": "10.8.0.2/26", "router": "10.8.0.1"}'
READY = Runtime("nfqueue", {"netem": False, "nfqueue": True}, "eth0", "eth1", 24)


class Fake:
    """The kernel and the emulator: notes what is asked of them, in order, without the seeds."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fails_at = ""

    def __call__(self, what: str) -> dict[str, object]:
        self.calls.append(what.rpartition(" ")[0] if what.startswith("set ") else what)
        if self.fails_at and what.startswith(self.fails_at):
            raise Failed(f"cannot {what}")
        return {}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake()
    monkeypatch.setattr(state, "STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("SITE_ADDRESS", "10.1.0.254/24")
    monkeypatch.setenv("WAN_ADDRESS", "10.9.0.1")
    monkeypatch.setattr(runtime, "wait", lambda *_: READY)
    monkeypatch.setattr(nfqueue, "request", fake)
    monkeypatch.setattr(firewall, "restore", lambda rules: fake(f"rules {rules.count('NFQUEUE')}"))
    monkeypatch.setattr(routing, "apply", lambda after, *_: fake(f"routes {len(routing.wanted_routes(after))}"))
    return fake


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(arguments: str, **values: object) -> int:
        monkeypatch.setattr("sys.argv", ["gateway", *arguments.split()])
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(values)))
        return __main__.main()

    return run


def test_a_new_class_is_emulated_before_packets_are_led_to_it(
    fake: Fake, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=25, seed=7) == 0
    assert fake.calls == ["set 1 25000000 0 0.0 0 1000", "rules 1", "routes 1"]
    printed = json.loads(capsys.readouterr().out)
    assert printed["emulator"] == "nfqueue" and printed["delayMs"] == 25


def test_changing_a_class_asks_the_emulator_and_nothing_else(fake: Fake, run: Callable[..., int]) -> None:
    run("class set a--b", nextHop="10.9.0.2", delayMs=25, seed=7)
    fake.calls.clear()
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=50, seed=7) == 0
    assert fake.calls == ["set 1 50000000 0 0.0 0 1000"]
    assert state.load().classes["a--b"].spec.delay_ms == 50


def test_a_neighbour_s_host_is_wanted_where_the_wan_is_a_tunnel_and_nowhere_else(
    fake: Fake, run: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = {"address": "192.0.2.5", "port": 20017}
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=25, peer=peer) == 2
    assert "the WAN of this gateway is a network" in capsys.readouterr().err
    monkeypatch.setenv("WAN_TUNNEL", TUNNEL)
    monkeypatch.setattr(runtime, "wait", lambda *_: READY._replace(underlay="eth2"))
    applied: list[str] = []
    monkeypatch.setattr(tunnel, "apply", lambda after, *_: applied.append(str(sorted(after.classes))))
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=25) == 2
    assert "the WAN of this gateway is a tunnel" in capsys.readouterr().err
    assert fake.calls == []
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=25, peer=peer) == 0
    assert json.loads(capsys.readouterr().out)["peer"] == peer
    assert state.load().classes["a--b"].spec.peer == Peer("192.0.2.5", 20017)
    # What only the emulator is told of leaves the tunnel alone.
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=50, peer=peer) == 0
    assert applied == ["['a--b']"]
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=50, peer={**peer, "port": 20018}) == 0
    assert run("class delete a--b") == 0
    assert applied == ["['a--b']", "['a--b']", "[]"]


def test_deleting_a_class_leads_packets_away_before_the_emulator_lets_go(fake: Fake, run: Callable[..., int]) -> None:
    run("class set a--b", nextHop="10.9.0.2", delayMs=25)
    fake.calls.clear()
    assert run("class delete a--b") == 0
    assert fake.calls == ["routes 0", "rules 0", "delete 1"]
    fake.calls.clear()
    assert run("class delete a--b") == 0
    assert fake.calls == []


def test_refused_input_changes_nothing_and_exits_with_2(
    fake: Fake, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=-5) == 2
    assert "delayMs: -5 refused" in capsys.readouterr().err
    assert run("routes set", **{"10.2.0.0/24": "10.9.0.2"}) == 2
    assert "10.2.0.0/24: " in capsys.readouterr().err
    assert run("class sit a--b") == 2
    assert fake.calls == []
    assert state.load() == state.State({}, {})


def test_a_failure_exits_with_1_and_is_not_remembered(fake: Fake, run: Callable[..., int]) -> None:
    fake.fails_at = "rules"
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=25) == 1
    assert state.load().classes == {}


@pytest.fixture
def batches(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What tc is given, on a kernel that has netem and no duplicates where there are several links."""
    batches: list[str] = []

    def tc(_: Sequence[str], text: str) -> str:
        batches.append(text)
        if "duplicate" in text:
            raise Failed("tc: Error: netem: cannot mix duplicating netems with other netems in tree.")
        return ""

    monkeypatch.setattr(runtime, "wait", lambda *_: READY._replace(emulator="netem"))
    monkeypatch.setattr(netem, "run", tc)
    return batches


def test_duplicates_that_a_kernel_refuses_are_refused_by_name_and_leave_no_class(
    batches: list[str], run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=25, duplicatePercent=1) == 2
    message = capsys.readouterr().err
    assert message.startswith("gateway: duplicatePercent: this kernel") and "use the emulator nfqueue" in message
    assert batches[-1] == "class del dev eth1 classid 1:1\n"
    assert state.load().classes == {}


def test_a_class_whose_duplicates_a_kernel_refuses_is_as_it_was(batches: list[str], run: Callable[..., int]) -> None:
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=25) == 0
    before = state.load()
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=80, duplicatePercent=1) == 2
    # netem_change refuses when it has taken the new delay already.
    assert " delay 80000us duplicate " in batches[-2]
    assert batches[-1].startswith("qdisc change dev eth1 parent 1:1 ") and " delay 25000us corrupt " in batches[-1]
    assert state.load() == before


def test_what_else_tc_says_is_a_failure(
    batches: list[str], run: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tc(*_: object) -> str:
        raise Failed("tc: RTNETLINK answers: Operation not permitted")

    monkeypatch.setattr(netem, "run", tc)
    assert run("class set a--b", nextHop="10.9.0.2", delayMs=25, duplicatePercent=1) == 1


def test_routes_are_replaced_as_a_set(fake: Fake, run: Callable[..., int]) -> None:
    run("class set a--b", nextHop="10.9.0.2", delayMs=25)
    assert run("routes set", **{"10.2.0.0/24": "10.9.0.2", "10.3.0.0/24": "10.9.0.2"}) == 0
    assert fake.calls[-1] == "routes 3"
    assert run("routes set", **{"10.3.0.0/24": "10.9.0.2"}) == 0
    assert state.load().routes == {"10.3.0.0/24": "10.9.0.2"}


def test_a_restart_gives_every_class_back_before_its_routes(fake: Fake, run: Callable[..., int]) -> None:
    run("class set a--b", nextHop="10.9.0.2", delayMs=25, seed=1)
    run("class set a--c", nextHop="10.9.0.3", delayMs=9, seed=2)
    fake.calls.clear()
    links.restore_all(state.load(), READY)
    assert fake.calls == ["set 1 25000000 0 0.0 0 1000", "set 2 9000000 0 0.0 0 1000", "rules 2", "routes 2"]


def test_commands_of_an_emulator_that_the_kernel_lacks_are_shown_and_not_run(
    fake: Fake, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"nextHop": "10.9.0.2", "delayMs": 25, "lossPercent": 1, "rateBitsPerSecond": 8000000, "seed": 7}
    assert run("class render netem", **asked) == 0
    commands = json.loads(capsys.readouterr().out)["commands"]
    assert commands[0].startswith("class replace dev eth1 parent 1: classid 1:1 htb ")
    assert commands[1].startswith("qdisc replace dev eth1 parent 1:1 handle 2: netem limit ")
    assert commands[1].endswith(" delay 25000us loss random 1.000000% corrupt 0.000000% rate 8000000bit")
    assert run("class render nfqueue", **asked) == 0
    (command,) = json.loads(capsys.readouterr().out)["commands"]
    assert command.startswith("set 1 25000000 0 0.01 8000000 1000 ")
    assert fake.calls == []
    assert state.load().classes == {}


def test_an_emulator_that_there_is_not_renders_nothing(
    fake: Fake, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("class render tbf", nextHop="10.9.0.2", delayMs=25) == 2
    assert 'emulator: "tbf" refused' in capsys.readouterr().err
    assert run("class render netem", nextHop="10.9.0.2", delayMs=25, limitBytes=5000) == 2
    assert "limitBytes: netem has no queue" in capsys.readouterr().err


def test_containers_are_called_what_was_told_last(fake: Fake, run: Callable[..., int]) -> None:
    assert run("services set", **{"b" * 64: "rabbitmq"}) == 0
    assert run("services set", **{"a" * 64: "agents", "c" * 64: "gateway"}) == 0
    assert containers.load() == {"a" * 64: "agents", "c" * 64: "gateway"}
    assert fake.calls == []


@pytest.mark.parametrize(
    ("container", "name"), [("rabbitmq", "rabbitmq"), ("b" * 64, 5), ("b" * 64, "a b"), ("B" * 64, "rabbitmq")]
)
def test_what_is_no_container_is_refused_and_nothing_noted(
    fake: Fake, run: Callable[..., int], container: str, name: object
) -> None:
    assert run("services set", **{container: name}) == 2
    assert containers.load() == {}
