import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from buswide_openstack.connect import Patience
from buswide_openstack.fill import (
    PATIENCE_SECONDS,
    busy_share,
    discover_hosts,
    is_there,
    make_zones,
    missing_hosts,
    wait_for_hosts,
)


def cloud(services: dict[str, str], hypervisors: list[str]) -> Any:
    return SimpleNamespace(
        compute=SimpleNamespace(
            services=lambda binary: [SimpleNamespace(host=host, state=state) for host, state in services.items()],
            hypervisors=lambda: [SimpleNamespace(name=name) for name in hypervisors],
        )
    )


def test_a_host_takes_servers_once_it_is_up_and_nova_has_mapped_it() -> None:
    some = cloud({"a": "up", "b": "down", "c": "up"}, ["a", "b"])
    assert missing_hosts(some, ["a", "b", "c", "d"]) == {"b", "c", "d"}
    assert missing_hosts(some, ["a"]) == set()


def test_an_images_data_is_there_only_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    class SDKException(Exception):
        pass

    class InvalidResponse(SDKException):
        pass

    exceptions = ModuleType("openstack.exceptions")
    exceptions.SDKException = SDKException  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "openstack", ModuleType("openstack"))
    monkeypatch.setitem(sys.modules, "openstack.exceptions", exceptions)

    def glance(content: bytes | Exception) -> Any:
        def download_image(_: object) -> Any:
            if isinstance(content, Exception):
                raise content
            return SimpleNamespace(content=content)

        return SimpleNamespace(image=SimpleNamespace(download_image=download_image))

    assert is_there(glance(bytes(1024)), object())
    assert not is_there(glance(bytes(1000)), object())
    # What the SDK makes of an answer of nothing: its checksum is not the image's.
    assert not is_there(glance(InvalidResponse()), object())
    with pytest.raises(ZeroDivisionError):
        is_there(glance(ZeroDivisionError()), object())


def test_patience_ends_with_what_was_awaited_and_how_far_it_came() -> None:
    patience = Patience(0.05, "hosts that take servers")
    with pytest.raises(TimeoutError, match="hosts that take servers: 1 of 2 are missing"):
        while True:
            patience.wait("1 of 2 are missing", pause=0.01)


def test_a_machine_is_busy_by_all_that_is_neither_idle_nor_waiting() -> None:
    assert busy_share([0, 0, 0, 0, 0, 0], [10, 0, 10, 50, 20, 10]) == pytest.approx(0.3)
    assert busy_share([5, 5], [5, 5]) == 1


def test_each_site_is_a_zone_of_its_hosts_and_telling_it_again_changes_nothing() -> None:
    made: list[tuple[str, ...]] = []
    aggregates: dict[str, Any] = {}

    def create(name: str, availability_zone: str) -> Any:
        made.append((name, availability_zone))
        aggregates[name] = SimpleNamespace(name=name, hosts=None)
        return aggregates[name]

    def add(aggregate: Any, host: str) -> None:
        made.append((aggregate.name, host))
        aggregate.hosts = [*(aggregate.hosts or []), host]

    compute = SimpleNamespace(
        aggregates=lambda: list(aggregates.values()), create_aggregate=create, add_host_to_aggregate=add
    )
    some: Any = SimpleNamespace(compute=compute)
    make_zones(some, {"edge-1": ["a", "b"]})
    assert made == [("edge-1", "edge-1"), ("edge-1", "a"), ("edge-1", "b")]
    make_zones(some, {"edge-1": ["a", "b"]})
    assert len(made) == 3
    make_zones(some, {"edge-1": ["a", "b", "c"]})
    assert made[3:] == [("edge-1", "c")]


def test_a_host_that_is_up_and_stays_unknown_is_looked_for_by_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    hypervisors: list[str] = []
    looked: list[float] = []
    clock = SimpleNamespace(now=0.0)

    def look() -> None:
        looked.append(clock.now)
        hypervisors.append("a")

    def sleep(seconds: float) -> None:
        clock.now += seconds

    for module in ("fill", "connect"):
        monkeypatch.setattr(
            f"buswide_openstack.{module}.time", SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep)
        )
    monkeypatch.setattr("buswide_openstack.fill.discover_hosts", look)
    some = cloud({"a": "up"}, hypervisors)
    wait_for_hosts(some, ["a"], 60)
    assert looked == [pytest.approx(PATIENCE_SECONDS, abs=1)]


def test_a_host_that_is_not_up_is_waited_for_and_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=0.0)

    def sleep(seconds: float) -> None:
        clock.now += seconds

    for module in ("fill", "connect"):
        monkeypatch.setattr(
            f"buswide_openstack.{module}.time", SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep)
        )
    monkeypatch.setattr("buswide_openstack.fill.discover_hosts", lambda: pytest.fail("it was looked for"))
    with pytest.raises(TimeoutError, match="1 of 1 are missing: a"):
        wait_for_hosts(cloud({"a": "down"}, []), ["a"], 60)


def nova_manage(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> Path:
    """Puts a command of that name first that complains and ends so. Returns the file with what it was told."""
    told = folder / "told"
    command = folder / "nova-manage"
    command.write_text(f'#!/bin/sh\necho "$@" >>{told}\necho "said of it"\necho "complained" >&2\nexit {code}\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return told


@pytest.mark.parametrize("code", [0, 2])
def test_hosts_that_the_scheduler_maps_at_the_same_time_are_found(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = nova_manage(tmp_path, monkeypatch, code)
    discover_hosts()
    assert told.read_text() == "cell_v2 discover_hosts --by-service\n"


def test_hosts_that_cannot_be_looked_for_end_it_with_all_that_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nova_manage(tmp_path, monkeypatch, 1)
    with pytest.raises(RuntimeError) as raised:
        discover_hosts()
    expected = "nova-manage cell_v2 discover_hosts --by-service ended with 1: said of it\ncomplained\n"
    assert str(raised.value) == expected


def test_hosts_that_were_left_out_then_are_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    hypervisors: list[str] = []
    left = ["a", "b"]
    clock = SimpleNamespace(now=0.0)

    def sleep(seconds: float) -> None:
        clock.now += seconds

    for module in ("fill", "connect"):
        monkeypatch.setattr(
            f"buswide_openstack.{module}.time", SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep)
        )
    monkeypatch.setattr("buswide_openstack.fill.discover_hosts", lambda: hypervisors.append(left.pop(0)))
    wait_for_hosts(cloud({"a": "up", "b": "up"}, hypervisors), ["a", "b"], 90)
    assert hypervisors == ["a", "b"]
