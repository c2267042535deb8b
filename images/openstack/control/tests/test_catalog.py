from types import SimpleNamespace
from typing import Any

from buswide_openstack.catalog import INTERFACES, forget_others, tell


class Identity:
    """Keystone as openstacksdk shows it, as far as the catalog uses it."""

    def __init__(self) -> None:
        self.users: dict[str, Any] = {}
        self.services: dict[str, Any] = {}
        self.known: list[Any] = []
        self.places: list[Any] = []
        self.assigned: set[tuple[str, str, str]] = set()
        self.changes: list[str] = []

    def find_user(self, name: str) -> Any:
        return self.users.get(name)

    def create_user(self, name: str, **given: Any) -> Any:
        self.changes.append(f"user {name}")
        self.users[name] = SimpleNamespace(id=f"id of {name}", **given)
        return self.users[name]

    def update_user(self, user: Any, password: str) -> None:
        user.password = password

    def assign_project_role_to_user(self, project: str, user: Any, role: Any) -> None:
        self.assigned.add((project, user.id, role.name))

    def find_service(self, name: str) -> Any:
        return self.services.get(name)

    def create_service(self, name: str, type: str) -> Any:
        self.changes.append(f"service {name}")
        self.services[name] = SimpleNamespace(id=f"id of {name}", type=type)
        return self.services[name]

    def endpoints(self, **wanted: str) -> list[Any]:
        return [one for one in self.known if all(getattr(one, key) == value for key, value in wanted.items())]

    def delete_endpoint(self, endpoint: Any) -> None:
        self.known.remove(endpoint)

    def regions(self) -> list[Any]:
        return list(self.places)

    def delete_region(self, region: Any) -> None:
        self.places.remove(region)

    def create_endpoint(self, **given: Any) -> None:
        self.changes.append(f"endpoint {given['interface']}")
        self.known.append(SimpleNamespace(**given))

    def update_endpoint(self, endpoint: Any, url: str) -> None:
        self.changes.append(f"moved {endpoint.interface}")
        endpoint.url = url


def told(identity: Identity, region: str = "RegionOne", **changed: str | None) -> list[str]:
    """Tells of Nova, and returns what was made or changed by it. What is None is not told."""
    identity.changes = []
    all_of_it = {"name": "nova", "type": "compute", "password": "p", "endpoint": "http://a/", **changed}
    service = {key: value for key, value in all_of_it.items() if value is not None}
    roles: dict[str, Any] = {name: SimpleNamespace(name=name) for name in ("admin", "service")}
    tell(SimpleNamespace(identity=identity), region, service, roles, "project")
    return identity.changes


def test_a_new_service_has_its_user_with_its_roles_and_an_endpoint_an_interface() -> None:
    identity = Identity()
    assert told(identity) == ["user nova", "service nova", *(f"endpoint {one}" for one in INTERFACES)]
    assert identity.assigned == {("project", "id of nova", "admin"), ("project", "id of nova", "service")}


def test_telling_it_again_makes_nothing_and_a_new_password_is_taken() -> None:
    identity = Identity()
    told(identity)
    assert told(identity, password="q") == []
    assert identity.users["nova"].password == "q"


def test_a_service_that_moved_has_its_endpoints_moved() -> None:
    identity = Identity()
    told(identity)
    assert told(identity, endpoint="http://b/") == [f"moved {one}" for one in INTERFACES]
    assert {one.url for one in identity.known} == {"http://b/"}


def test_what_was_cut_short_is_made_up_for() -> None:
    identity = Identity()
    told(identity)
    identity.known.pop()
    assert told(identity) == [f"endpoint {INTERFACES[-1]}"]


def test_another_region_has_endpoints_of_its_own_and_leaves_the_user_as_it_is() -> None:
    identity = Identity()
    told(identity)
    changes = told(identity, region="edge-1", password=None, endpoint="http://b/")
    assert changes == [f"endpoint {one}" for one in INTERFACES]
    assert identity.users["nova"].password == "p"
    assert {(one.region_id, one.url) for one in identity.known} == {("RegionOne", "http://a/"), ("edge-1", "http://b/")}


def test_a_region_that_is_no_more_is_forgotten_with_its_endpoints() -> None:
    identity = Identity()
    identity.places = [SimpleNamespace(id="RegionOne"), SimpleNamespace(id="edge-1")]
    told(identity)
    told(identity, region="edge-1", password=None)
    forget_others(SimpleNamespace(identity=identity), ["RegionOne"])
    assert {one.region_id for one in identity.known} == {"RegionOne"}
    assert [one.id for one in identity.places] == ["RegionOne"]
