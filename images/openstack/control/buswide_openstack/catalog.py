"""Tells Keystone who its services are: their users, and where they are. Again and again, it changes what is different.

On standard input, JSON: `url` of Keystone, `region`, `password` of the administrator, and `services`, each with `name`,
`type`, `password`, and `endpoint`.
"""

import json
import sys
from typing import TYPE_CHECKING

from buswide_openstack.connect import JSON, connect

if TYPE_CHECKING:
    from openstack.connection import Connection

INTERFACES = ("public", "internal", "admin")
# Zed's bootstrap does not make the role by which services vouch for those whose requests they pass on; later ones do.
ROLES = ("admin", "service")


def tell(cloud: "Connection", region: str, service: JSON, roles: JSON, project: str) -> None:
    """One service: its user, with its roles, and its endpoints."""
    identity = cloud.identity
    name = service["name"]
    user = identity.find_user(name)
    if user is None:
        user = identity.create_user(
            name=name, password=service["password"], domain_id="default", default_project_id=project
        )
    else:
        identity.update_user(user, password=service["password"])
    for role in roles.values():
        identity.assign_project_role_to_user(project, user, role)
    entry = identity.find_service(name) or identity.create_service(name=name, type=service["type"])
    known = {endpoint.interface: endpoint for endpoint in identity.endpoints(service_id=entry.id, region_id=region)}
    for interface in INTERFACES:
        endpoint = known.get(interface)
        if endpoint is None:
            identity.create_endpoint(
                service_id=entry.id, interface=interface, region_id=region, url=service["endpoint"]
            )
        elif endpoint.url != service["endpoint"]:
            identity.update_endpoint(endpoint, url=service["endpoint"])


def main() -> None:
    """Reads what to tell, and tells it."""
    told = json.load(sys.stdin)
    cloud = connect(told)
    project = cloud.identity.find_project("service") or cloud.identity.create_project(
        name="service", domain_id="default"
    )
    known = {role.name: role for role in cloud.identity.roles()}
    roles = {name: known.get(name) or cloud.identity.create_role(name=name) for name in ROLES}
    for service in told["services"]:
        tell(cloud, told["region"], service, roles, project.id)


if __name__ == "__main__":
    main()
