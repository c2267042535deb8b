import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from buswide_openstack.nova_cells import CELL, cell_of, forget_cells, map_cell, move_hosts, told_cells

CELL0 = "00000000-0000-0000-0000-000000000000"


class Nova:
    """Nova's databases as its objects show them: cells with their hosts and servers, and what each cell has itself."""

    def __init__(self, cells: dict[str, list[str]]) -> None:
        self.mappings = [self.mapping(0, "cell0", CELL0)]
        self.hosts: list[Any] = []
        self.servers: list[Any] = []
        self.within: dict[str, list[Any]] = {}
        self.zones: dict[str, list[str]] = {}
        for number, (name, hosts) in enumerate(cells.items(), start=1):
            self.mappings.append(self.mapping(number, name, f"uuid of {name}"))
            for host in hosts:
                self.add(self.hosts, cell_id=number, host=host)
                self.add(self.servers, cell_id=number, host=host)
                self.within.setdefault(name, []).append(self.node(host))
                self.add(self.within[name], binary="nova-compute", host=host)
                self.zones.setdefault(host.split("-compute-")[0], []).append(host)

    def mapping(self, number: int, name: str, uuid: str) -> Any:
        one = SimpleNamespace(id=number, name=name, uuid=uuid)
        one.destroy = lambda: self.mappings.remove(one)
        return one

    def add(self, everything: list[Any], **fields: Any) -> None:
        one = SimpleNamespace(**fields)
        one.destroy = lambda: everything.remove(one)
        everything.append(one)

    def node(self, host: str) -> Any:
        one = SimpleNamespace(host=host, mapped=1, saved=None)

        def save() -> None:
            one.saved = one.mapped

        one.save = save
        return one

    def modules(self) -> dict[str, Any]:
        def by_cell(everything: list[Any]) -> Any:
            return SimpleNamespace(
                get_by_cell_id=lambda _, number: [one for one in everything if one.cell_id == number]
            )

        def services(within: str, host: str) -> list[Any]:
            return [one for one in self.within[within] if one.host == host and hasattr(one, "binary")]

        def aggregates(_: Any, host: str) -> list[Any]:
            return [SimpleNamespace(delete_host=hosts.remove) for hosts in self.zones.values() if host in hosts]

        @contextmanager
        def target_cell(_: Any, mapping: Any) -> Iterator[str]:
            yield mapping.name

        cell_mapping = SimpleNamespace(
            CellMapping=SimpleNamespace(CELL0_UUID=CELL0),
            CellMappingList=SimpleNamespace(get_all=lambda _: list(self.mappings)),
        )
        objects = SimpleNamespace(
            AggregateList=SimpleNamespace(get_by_host=aggregates),
            HostMappingList=by_cell(self.hosts),
            InstanceMappingList=by_cell(self.servers),
            ComputeNodeList=SimpleNamespace(
                get_all=lambda within: [one for one in self.within[within] if hasattr(one, "mapped")]
            ),
            ServiceList=SimpleNamespace(get_by_host=services),
        )
        context = SimpleNamespace(get_admin_context=lambda: None, target_cell=target_cell)
        return {
            "nova": SimpleNamespace(context=context, objects=objects),
            "nova.context": context,
            "nova.objects": objects,
            "nova.objects.cell_mapping": cell_mapping,
        }


@pytest.fixture
def nova(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(cells: dict[str, list[str]]) -> Nova:
        some = Nova(cells)
        for name, module in some.modules().items():
            monkeypatch.setitem(sys.modules, name, module)
        return some

    return made


ADMIN: Any = None


def test_a_host_is_in_the_cell_of_its_site_and_else_in_the_usual_one() -> None:
    names = [CELL, "edge-1", "far"]
    assert cell_of("edge-1-compute-12", names) == "edge-1"
    assert cell_of("edge-12-compute-1", names) == CELL
    assert cell_of("far-compute-1", names) == "far"
    assert cell_of("somebody-elses", names) == CELL


def test_there_are_no_cells_beside_the_usual_one_where_nobody_says_so(tmp_path: Path) -> None:
    assert told_cells(tmp_path / "cells.json") == []
    (tmp_path / "cells.json").write_text(json.dumps([{"name": "edge-1"}]))
    assert told_cells(tmp_path / "cells.json") == [{"name": "edge-1"}]


def test_a_cell_is_made_once_and_told_where_it_is_now_after_that(nova: Any) -> None:
    nova({CELL: [], "edge-1": []})
    told: list[tuple[str, dict[str, str]]] = []
    cells: Any = SimpleNamespace(
        create_cell=lambda **given: told.append(("create", given)),
        update_cell=lambda **given: told.append(("update", given)),
    )
    for name in ("edge-1", "edge-2"):
        assert map_cell(cells, {"name": name, "database": "d", "transport": "t"}) == 0
    assert told == [
        ("update", {"cell_uuid": "uuid of edge-1", "name": "edge-1", "db_connection": "d", "transport_url": "t"}),
        ("create", {"name": "edge-2", "database_connection": "d", "transport_url": "t"}),
    ]


def test_the_code_of_a_cell_that_cannot_be_told_is_handed_on(nova: Any) -> None:
    nova({})
    cells: Any = SimpleNamespace(create_cell=lambda **_: 2)
    assert map_cell(cells, {"name": "edge-1", "database": "d", "transport": "t"}) == 2


def test_a_cell_that_is_no_more_is_forgotten_with_its_hosts_and_servers_and_no_other(nova: Any) -> None:
    some = nova({CELL: ["core-compute-1"], "edge-1": ["edge-1-compute-1"], "edge-2": ["edge-2-compute-1"]})
    forget_cells(ADMIN, [CELL, "edge-2"])
    assert [mapping.name for mapping in some.mappings] == ["cell0", CELL, "edge-2"]
    for left in (some.hosts, some.servers):
        assert [one.host for one in left] == ["core-compute-1", "edge-2-compute-1"]
    assert some.zones == {"core": ["core-compute-1"], "edge-1": [], "edge-2": ["edge-2-compute-1"]}


def test_a_host_whose_site_becomes_a_cell_is_forgotten_in_the_usual_one_to_be_found_anew(nova: Any) -> None:
    some = nova({CELL: ["core-compute-1", "edge-1-compute-1"], "edge-1": []})
    move_hosts(ADMIN, [CELL, "edge-1"])
    assert [one.host for one in some.hosts] == ["core-compute-1"]
    nodes = {one.host: one.saved for one in some.within[CELL] if hasattr(one, "mapped")}
    assert nodes == {"core-compute-1": None, "edge-1-compute-1": 0}
    assert [one.host for one in some.within[CELL] if hasattr(one, "binary")] == ["core-compute-1"]
    assert some.zones == {"core": ["core-compute-1"], "edge-1": []}


def test_hosts_that_are_where_they_belong_stay(nova: Any) -> None:
    some = nova({CELL: ["core-compute-1"], "edge-1": ["edge-1-compute-1"]})
    move_hosts(ADMIN, [CELL, "edge-1"])
    assert len(some.hosts) == 2
    assert len(some.within["edge-1"]) == 2
