"""Brings nova's databases to its version, and tells it of its cells; does nothing where that was done.

It is what `nova-manage api_db sync`, `cell_v2 map_cell0`, `db sync` and `cell_v2 create_cell` do, in one process
instead of four, as importing nova takes most of the time of each.
"""

import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from nova.cmd.manage import CellV2Commands

# Each service fills these in from its own configuration, so that no password is in the database, and each uses the
# broker that it was told (`nova.objects.cell_mapping`, Zed).
DATABASE = "{scheme}://{username}:{password}@{hostname}:{port}/"
TRANSPORT = "{scheme}://{username}:{password}@{hostname}:{port}/{path}"
CELL = "cell1"


def transport_template(url: str) -> str:
    """What a cell's transport URL is kept as: a template, or where there are several hosts, the URL itself."""
    return url if "," in urlsplit(url).netloc else TRANSPORT


def database_template(name: str) -> str:
    """What a connection to the database `name` is kept as."""
    return f"{DATABASE}{name}?charset=utf8"


def main() -> int:
    """Returns the exit code: 0, or that of the step that failed."""
    # It puts green threads in the place of the system's, which must come before anything else of nova.
    import nova.cmd.manage as manage
    from nova import config, objects

    config.parse_args(["nova-manage", "--config-file", "/etc/nova/nova.conf"])
    objects.register_all()
    cells = manage.CellV2Commands()
    manage.ApiDbCommands().sync()
    failed = cells.map_cell0(database_connection=database_template("nova_cell0"))
    if failed:
        return int(failed)
    manage.DbCommands().sync()
    return map_cell(cells, transport_template(config.CONF.transport_url), database_template("nova"))


def map_cell(cells: "CellV2Commands", transport: str, database: str) -> int:
    """Makes the one cell that has computes, or tells it where its bus is now. Returns nova-manage's exit code."""
    from nova import context
    from nova.objects.cell_mapping import CellMapping, CellMappingList

    mappings = CellMappingList.get_all(context.get_admin_context())
    known = [mapping.uuid for mapping in mappings if mapping.uuid != CellMapping.CELL0_UUID]
    if not known:
        return int(cells.create_cell(name=CELL, database_connection=database, transport_url=transport) or 0)
    return int(cells.update_cell(cell_uuid=known[0], name=CELL, db_connection=database, transport_url=transport) or 0)


if __name__ == "__main__":
    sys.exit(main())
