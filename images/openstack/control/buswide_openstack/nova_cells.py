"""Tells nova of its cells, and where its hosts are.

Cells beside the usual one are in a file, JSON: a list, each with `name` (its site's), `database` and `transport`, URLs.
What nova knows of cells and hosts from before is brought to that: a cell that is no more is forgotten with its servers,
which went with its database, and a host that is in another cell now is forgotten where it was.
"""

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from buswide_openstack.connect import JSON

if TYPE_CHECKING:
    from nova.cmd.manage import CellV2Commands
    from nova.context import RequestContext
    from nova.objects.cell_mapping import CellMapping
    from nova.objects.host_mapping import HostMapping

CELL = "cell1"
"""The usual cell, on the scenario's bus: of all hosts whose sites are no cells."""
CELLS = Path("/etc/buswide/cells.json")
COMPUTE = re.compile(r"^(?P<site>.+)-compute-[0-9]+$")
"""How hosts are called."""


def told_cells(file: Path) -> list[JSON]:
    """The cells beside the usual one; none without a file."""
    cells: list[JSON] = json.loads(file.read_text()) if file.exists() else []
    return cells


def known_cells(admin: "RequestContext") -> list["CellMapping"]:
    """What Nova has of its cells (`CellMapping`), but of that of servers that never got to one."""
    from nova.objects.cell_mapping import CellMapping, CellMappingList

    return [mapping for mapping in CellMappingList.get_all(admin) if mapping.uuid != CellMapping.CELL0_UUID]


def map_cell(cells: "CellV2Commands", cell: JSON) -> int:
    """Makes a cell known, or tells where its database and bus are now. Returns nova-manage's exit code."""
    from nova import context

    known = [mapping.uuid for mapping in known_cells(context.get_admin_context()) if mapping.name == cell["name"]]
    urls = {"transport_url": cell["transport"]}
    if not known:
        return int(cells.create_cell(name=cell["name"], database_connection=cell["database"], **urls) or 0)
    return int(cells.update_cell(cell_uuid=known[0], name=cell["name"], db_connection=cell["database"], **urls) or 0)


def forget_cells(admin: "RequestContext", names: Collection[str]) -> None:
    """Forgets cells that are no more, with their hosts and servers: nobody can ask their databases."""
    from nova.objects import HostMappingList, InstanceMappingList

    for mapping in known_cells(admin):
        if mapping.name in names:
            continue
        for servers in InstanceMappingList.get_by_cell_id(admin, mapping.id):
            servers.destroy()
        for host in HostMappingList.get_by_cell_id(admin, mapping.id):
            forget_host(admin, host)
        mapping.destroy()


def cell_of(host: str, names: Collection[str]) -> str:
    """The cell in which a host is: its site's, or the usual one."""
    match = COMPUTE.match(host)
    site = match["site"] if match else ""
    return site if site in names else CELL


def move_hosts(admin: "RequestContext", names: Collection[str]) -> None:
    """Forgets hosts where they are no more: where they are now they are found, as any new one is."""
    from nova.objects import HostMappingList

    for mapping in known_cells(admin):
        for host in HostMappingList.get_by_cell_id(admin, mapping.id):
            if cell_of(host.host, names) != mapping.name:
                leave(admin, mapping, host.host)
                forget_host(admin, host)


def forget_host(admin: "RequestContext", mapping: "HostMapping") -> None:
    """Forgets where a host is, and its zone: the API takes out of aggregates only hosts that it finds."""
    from nova.objects import AggregateList

    for aggregate in AggregateList.get_by_host(admin, mapping.host):
        aggregate.delete_host(mapping.host)
    mapping.destroy()


def leave(admin: "RequestContext", mapping: "CellMapping", host: str) -> None:
    """Takes a host out of the database of a cell."""
    from nova import context
    from nova.objects import ComputeNodeList, ServiceList

    with context.target_cell(admin, mapping) as within:
        for node in ComputeNodeList.get_all(within):
            # One that comes back is the same node as before, and is to be found then.
            if node.host == host:
                node.mapped = 0
                node.save()
        for service in ServiceList.get_by_host(within, host):
            service.destroy()
