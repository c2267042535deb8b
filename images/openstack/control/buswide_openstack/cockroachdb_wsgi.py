"""The application of the WSGI script that BUSWIDE_WSGI_ON_COCKROACHDB names, with its data in a CockroachDB."""

import os
import runpy

from buswide_openstack import cockroachdb

cockroachdb.prepare()
application = runpy.run_path(os.environ["BUSWIDE_WSGI_ON_COCKROACHDB"])["application"]
