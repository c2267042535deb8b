"""Waits until Keystone gives a service its token: nova-conductor ends where it is refused one."""

import configparser
import json
import urllib.error
import urllib.request
from collections.abc import Mapping

from buswide_openstack.connect import JSON, Patience


def token_request(options: Mapping[str, str]) -> JSON:
    """What Keystone (Identity API v3) is asked by a service with these options of keystoneauth's plugin `password`."""
    return {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {
                    "user": {
                        "name": options["username"],
                        "password": options["password"],
                        "domain": {"id": options["user_domain_id"]},
                    }
                },
            },
            "scope": {"project": {"name": options["project_name"], "domain": {"id": options["project_domain_id"]}}},
        }
    }


def answer(url: str, request: JSON) -> str:
    """Empty if Keystone gives the token, or else why not."""
    asked = urllib.request.Request(
        f"{url}/auth/tokens", json.dumps(request).encode(), {"Content-Type": "application/json"}
    )
    try:
        # Over a long link to its database a Keystone takes seconds, and goes on with what nobody waits for any more.
        with urllib.request.urlopen(asked, timeout=60):
            return ""
    except (urllib.error.URLError, OSError) as error:
        return str(error)


def wait_for_token(configuration: str, group: str, seconds: float = 600) -> None:
    """Returns once the user of a group of options gets a token. Errors: `TimeoutError`, with the last reason."""
    parser = configparser.RawConfigParser(strict=False)
    parser.read(configuration)
    options = parser[group]
    patience = Patience(seconds, f"a token of {options['username']}")
    while reason := answer(options["auth_url"], token_request(options)):
        patience.wait(reason, pause=1)
