from pathlib import Path

import pytest
from gateway.containers import Groups, Usage

from gateway import containers, state

BROKER, AGENTS, ENDED = "b" * 64, "a" * 64, "e" * 64


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def version1(root: Path, group: str) -> None:
    put(
        root,
        {
            f"cpuacct/{group}/cpuacct.usage": "2500000000\n",
            f"memory/{group}/memory.usage_in_bytes": "5000\n",
            f"memory/{group}/memory.stat": "cache 900\ntotal_cache 3000\ntotal_shmem 1000\n",
            f"memory/{group}/memory.limit_in_bytes": "9000\n",
        },
    )


def version2(root: Path, group: str, limit: str = "9000") -> None:
    put(
        root,
        {
            "cgroup.controllers": "cpu memory\n",
            f"{group}/cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
            f"{group}/memory.current": "5000\n",
            f"{group}/memory.stat": "anon 1\nfile 3000\nshmem 1000\n",
            f"{group}/memory.max": f"{limit}\n",
        },
    )


@pytest.mark.parametrize("group", ["docker/{}", "system.slice/docker-{}.scope", "a/b.slice/c/{}"])
@pytest.mark.parametrize("make", [version1, version2])
def test_usage_is_without_the_cache_of_files_wherever_the_engine_keeps_its_groups(
    tmp_path: Path, group: str, make: object
) -> None:
    assert callable(make)
    make(tmp_path, group.format(BROKER))
    make(tmp_path, group.format(AGENTS))
    usage = Usage(cpu_seconds=2.5, memory_bytes=3000, memory_limit_bytes=9000)
    assert Groups(str(tmp_path)).usage([ENDED, BROKER, AGENTS]) == {BROKER: usage, AGENTS: usage}


def test_a_container_that_ended_is_missing_and_is_there_again_when_it_runs(tmp_path: Path) -> None:
    version2(tmp_path, f"docker/{AGENTS}")
    groups = Groups(str(tmp_path))
    assert set(groups.usage([BROKER, AGENTS])) == {AGENTS}
    version2(tmp_path, f"docker/{BROKER}")
    assert set(groups.usage([BROKER, AGENTS])) == {AGENTS, BROKER}


def test_a_group_that_goes_while_it_is_read_is_missing(tmp_path: Path) -> None:
    version2(tmp_path, f"docker/{BROKER}")
    groups = Groups(str(tmp_path))
    assert set(groups.usage([BROKER])) == {BROKER}
    (tmp_path / "docker" / BROKER / "memory.current").unlink()
    assert groups.usage([BROKER]) == {}


@pytest.mark.parametrize("limit", ["max", "9223372036854771712"])
def test_a_limit_of_all_memory_is_none(tmp_path: Path, limit: str) -> None:
    version2(tmp_path, f"docker/{BROKER}", limit)
    assert Groups(str(tmp_path)).usage([BROKER])[BROKER].memory_limit_bytes is None


def test_memory_is_never_below_nothing(tmp_path: Path) -> None:
    version2(tmp_path, f"docker/{BROKER}")
    (tmp_path / "docker" / BROKER / "memory.stat").write_text("file 9000\nshmem 0\n")
    assert Groups(str(tmp_path)).usage([BROKER])[BROKER].memory_bytes == 0


def test_what_containers_are_called_outlives_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "STATE_DIRECTORY", str(tmp_path / "state"))
    assert containers.load() == {}
    containers.save({BROKER: "rabbitmq"})
    containers.save({AGENTS: "agents"})
    assert containers.load() == {AGENTS: "agents"}
