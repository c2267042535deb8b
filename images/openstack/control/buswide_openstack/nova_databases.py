"""Brings nova's databases to its version, and tells it of its cells; does nothing where that was done.

It is what `nova-manage api_db sync`, `cell_v2 map_cell0`, `db sync` and `cell_v2 create_cell` do, in one process
instead of four, as importing nova takes most of the time of each. BUSWIDE_CELL: the cell of which the configured
database is; of that it is `db sync --local_cell`, and nothing else.
"""

import os
import sys
from urllib.parse import urlsplit

from buswide_openstack.nova_cells import CELL, CELLS, forget_cells, map_cell, move_hosts, told_cells

# Each service fills these in from its own configuration, so that no password is in the database, and each uses the
# broker that it was told (`nova.objects.cell_mapping`, Zed). That can be done for one cell only: of others Nova keeps
# the URLs themselves.
DATABASE = "{scheme}://{username}:{password}@{hostname}:{port}/"
TRANSPORT = "{scheme}://{username}:{password}@{hostname}:{port}/{path}"


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
    from nova import config, context, objects

    config.parse_args(["nova-manage", "--config-file", "/etc/nova/nova.conf"])
    objects.register_all()
    if "BUSWIDE_CELL" in os.environ:
        return int(manage.DbCommands().sync(local_cell=True) or 0)
    cells = manage.CellV2Commands()
    manage.ApiDbCommands().sync()
    failed = cells.map_cell0(database_connection=database_template("nova_cell0"))
    if failed:
        return int(failed)
    manage.DbCommands().sync()
    usual = {
        "name": CELL,
        "database": database_template("nova"),
        "transport": transport_template(config.CONF.transport_url),
    }
    wanted = [usual, *told_cells(CELLS)]
    names = [str(cell["name"]) for cell in wanted]
    admin = context.get_admin_context()
    forget_cells(admin, names)
    for cell in wanted:
        failed = map_cell(cells, cell)
        if failed:
            return failed
    move_hosts(admin, names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
