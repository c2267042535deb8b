"""Tells Keystone who services of a region are: their users, and where. Again and again, it changes what is different.

On standard input, JSON: `url` of Keystone, `region`, `password` of the administrator, and `services`, each with `name`,
`type`, `endpoint`, and `password`; without one its user is there, made with another region's. `regions`: those that
there are, if they are to be the only ones.
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
    """One service: its user, if it is to be told, and its endpoints."""
    identity = cloud.identity
    name = service["name"]
    if "password" in service:
        tell_user(cloud, name, service["password"], roles, project)
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


def tell_user(cloud: "Connection", name: str, password: str, roles: JSON, project: str) -> None:
    """A service's user, with its roles."""
    identity = cloud.identity
    user = identity.find_user(name)
    if user is None:
        user = identity.create_user(name=name, password=password, domain_id="default", default_project_id=project)
    else:
        identity.update_user(user, password=password)
    for role in roles.values():
        identity.assign_project_role_to_user(project, user, role)


def forget_others(cloud: "Connection", regions: list[str]) -> None:
    """Forgets regions that are no more, and where their services were."""
    identity = cloud.identity
    for endpoint in list(identity.endpoints()):
        if endpoint.region_id not in regions:
            identity.delete_endpoint(endpoint)
    for region in list(identity.regions()):
        if region.id not in regions:
            identity.delete_region(region)


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
    if "regions" in told:
        forget_others(cloud, told["regions"])


if __name__ == "__main__":
    main()
