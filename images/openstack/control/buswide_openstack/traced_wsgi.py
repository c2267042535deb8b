"""The application of the WSGI script that BUSWIDE_WSGI names, traced."""

import os
import runpy

if os.environ["BUSWIDE_SERVICE"] == "nova-api":
    # It puts green threads in the place of the system's, which must come before all that keeps something a thread.
    import nova.monkey_patch  # noqa: F401

from buswide_openstack import traces

traces.enable()
application = runpy.run_path(os.environ["BUSWIDE_WSGI"])["application"]
