"""Keystone's own command, with its data in a CockroachDB: its arguments are those of keystone-manage."""

import sys

from buswide_openstack import cockroachdb

cockroachdb.prepare()

if __name__ == "__main__":
    from keystone.cmd.manage import main

    sys.argv[0] = "keystone-manage"
    sys.exit(main())
