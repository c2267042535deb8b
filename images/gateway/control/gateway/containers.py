"""What the containers of a gateway's site use, as the machine's kernel counts it for each (cgroups(7)).

Whoever makes the gateway puts the control groups of the machine in a folder of it, to be read only: those of version 2
as they are, of version 1 the hierarchies `cpuacct` and `memory`. Which container is called what, the gateway is told.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from typing import NamedTuple

from . import state

DIRECTORY = "/host/cgroup"
_FILE = "services.json"
# Control groups of containers lie at most so deep: /docker/<id>, /system.slice/docker-<id>.scope, /a/b.slice/<id>.
_MOST_DEPTH = 4
# A limit as large as that is none (version 1 has the largest number of whole pages).
_NO_LIMIT = 2**60


class Usage(NamedTuple):
    """A running container's part of the machine."""

    cpu_seconds: float
    memory_bytes: int  # without what is only kept of files, and could be dropped
    memory_limit_bytes: int | None


def save(services: Mapping[str, str]) -> None:
    """Notes what the site's containers are called, by their ids. It outlives a restart of the gateway."""
    path = os.path.join(state.STATE_DIRECTORY, _FILE)
    os.makedirs(state.STATE_DIRECTORY, exist_ok=True)
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(dict(services), file)
    os.replace(f"{path}.new", path)


def load() -> dict[str, str]:
    """The same; nothing if nobody has told."""
    try:
        with open(os.path.join(state.STATE_DIRECTORY, _FILE), encoding="utf-8") as file:
            services: dict[str, str] = json.load(file)
            return services
    except FileNotFoundError:
        return {}


def _read(*path: str) -> str:
    with open(os.path.join(*path), encoding="ascii") as file:
        return file.read()


def _counters(text: str) -> dict[str, int]:
    """Lines of a name and a number."""
    pairs = (line.split() for line in text.splitlines())
    return {name: int(value) for name, value in pairs}


def _limit(text: str) -> int | None:
    value = text.strip()
    return None if value == "max" or int(value) >= _NO_LIMIT else int(value)


class Groups:
    """The control groups of a machine's containers."""

    def __init__(self, directory: str = DIRECTORY) -> None:
        """`directory`: where they are mounted."""
        self._directory = directory
        self._unified = os.path.exists(os.path.join(directory, "cgroup.controllers"))
        self._template: str | None = None

    def usage(self, ids: list[str]) -> dict[str, Usage]:
        """What each of these containers uses; those that do not run are missing."""
        found = {}
        for container in ids:
            path = self._path(container)
            # A container that ends takes its group along, at any time.
            with contextlib.suppress(OSError):
                if path is not None:
                    found[container] = self._usage2(path) if self._unified else self._usage1(path)
        return found

    def _path(self, container: str) -> str | None:
        """Where a container's group is, from the hierarchy's root. All of an engine's are called alike."""
        if self._template is None:
            path = self._search(container)
            if path is not None:
                self._template = path.replace(container, "{}")
            return path
        return self._template.format(container)

    def _search(self, container: str) -> str | None:
        root = self._directory if self._unified else os.path.join(self._directory, "cpuacct")
        for path, folders, _ in os.walk(root):
            for folder in folders:
                if container in folder:
                    return os.path.relpath(os.path.join(path, folder), root)
            if path.removeprefix(root).count(os.sep) + 1 >= _MOST_DEPTH:
                folders.clear()
        return None

    def _usage2(self, path: str) -> Usage:
        group = os.path.join(self._directory, path)
        memory = _counters(_read(group, "memory.stat"))
        cache = memory.get("file", 0) - memory.get("shmem", 0)
        return Usage(
            _counters(_read(group, "cpu.stat"))["usage_usec"] / 1e6,
            max(0, int(_read(group, "memory.current")) - max(0, cache)),
            _limit(_read(group, "memory.max")),
        )

    def _usage1(self, path: str) -> Usage:
        group = os.path.join(self._directory, "memory", path)
        memory = _counters(_read(group, "memory.stat"))
        cache = memory.get("total_cache", 0) - memory.get("total_shmem", 0)
        return Usage(
            int(_read(self._directory, "cpuacct", path, "cpuacct.usage")) / 1e9,
            max(0, int(_read(group, "memory.usage_in_bytes")) - max(0, cache)),
            _limit(_read(group, "memory.limit_in_bytes")),
        )
