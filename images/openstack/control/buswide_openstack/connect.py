"""A connection to the control plane as its administrator, by what is told on standard input."""

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openstack.connection import Connection

JSON = dict[str, Any]


def connect(told: JSON) -> "Connection":
    """`told`: `url` of Keystone, `region`, and the administrator's `password`."""
    import openstack

    return openstack.connect(
        auth_url=told["url"],
        region_name=told["region"],
        username="admin",
        password=told["password"],
        project_name="admin",
        user_domain_id="default",
        project_domain_id="default",
        load_yaml_config=False,
        load_envvars=False,
    )


class Patience:
    """Asks again until there is an answer. Errors: `TimeoutError`, with what was awaited and how far it came."""

    def __init__(self, seconds: float, what: str) -> None:
        """`seconds`: from now on."""
        self._end = time.monotonic() + seconds
        self._what = what

    def wait(self, how_far: str, pause: float = 0.5) -> None:
        """Waits for a moment, or gives up."""
        if time.monotonic() > self._end:
            raise TimeoutError(f"{self._what}: {how_far}")
        time.sleep(pause)
