"""Creates servers as a user does, traced and untraced in turn, and tells how long each took.

On standard input, JSON: `url` of Keystone, `region`, the administrator's `password`, `key` (OSProfiler's, by which
requests are signed), `hosts`, on which servers are made in turn, `times` for traced ones and as many untraced, and
`timeoutSeconds` for each. With `times` 0 each host boots one untraced server, which counts for nothing: its first takes
it longer than any other. On standard output, JSON: a line a server.

A request begins with asking for a token, as it does on a command line: one that no service knows yet. Then a server is
asked for, of flavor, image and network as every control plane has them. It ends when the server is seen to be active;
looks at it are not traced, and neither is its deletion.
"""

import json
import sys
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from buswide_openstack import traces
from buswide_openstack.connect import JSON, connect
from buswide_openstack.fill import NAME

if TYPE_CHECKING:
    from keystoneauth1.session import Session
    from openstack.connection import Connection

MICROVERSION = {"OpenStack-API-Version": "compute 2.74"}
"""The first in which a request names a host that is its administrator's choice."""
LOOK = 0.1
"""Seconds between two looks at a server."""


def turns(hosts: list[str], times: int) -> Iterator[tuple[str, bool]]:
    """Hosts, each with whether the request is traced: both kinds on each host, and first the one, then the other."""
    for index in range(times):
        host = hosts[index % len(hosts)]
        traced_first = index % 2 == 0
        yield host, traced_first
        yield host, not traced_first


def user_session(told: JSON) -> "Session":
    """A session of somebody who has no token yet."""
    from keystoneauth1 import session
    from keystoneauth1.identity import v3

    return session.Session(
        v3.Password(
            auth_url=told["url"],
            username="admin",
            password=told["password"],
            project_name="admin",
            user_domain_id="default",
            project_domain_id="default",
        )
    )


def body(cloud: "Connection", host: str, name: str) -> JSON:
    """What Nova is asked for (Compute API, `POST /servers`)."""
    return {
        "server": {
            "name": name,
            "flavorRef": cloud.compute.find_flavor(NAME, ignore_missing=False).id,
            "imageRef": cloud.image.find_image(NAME, ignore_missing=False).id,
            "networks": [{"uuid": cloud.network.find_network(NAME, ignore_missing=False).id}],
            "host": host,
        }
    }


class Spans:
    """What OSProfiler tells of this process."""

    def __init__(self) -> None:
        """Begins with none."""
        self.kept: list[JSON] = []

    def notify(self, span: JSON) -> None:
        """Takes one start or end of a span, as OSProfiler's own drivers do."""
        self.kept.append(traces.without_secrets({**span, "project": "client", "service": "client"}))


def ask(told: JSON, request: JSON) -> str:
    """Asks for a token and a server. Returns the server's identity. Errors: it is refused."""
    answer = user_session(told).post(
        "/servers",
        json=request,
        headers=MICROVERSION,
        endpoint_filter={"service_type": "compute", "interface": "public", "region_name": told["region"]},
    )
    return str(answer.json()["server"]["id"])


def asked_traced(told: JSON, request: JSON, base_id: str) -> tuple[str, list[JSON]]:
    """The same, signed so that it is traced, and the spans of it here. Errors: as above."""
    from osprofiler import notifier, profiler

    spans = Spans()
    notifier.set(spans.notify)
    profiler.init(told["key"], base_id=base_id)
    try:
        return ask(told, request), spans.kept
    finally:
        profiler.clean()


def wait_until_active(cloud: "Connection", server: str, patience: float) -> None:
    """Returns when it is seen to be. Errors: it comes to nothing, or not in time."""
    until = time.monotonic() + patience
    while (status := cloud.compute.get_server(server).status) != "ACTIVE":
        if status == "ERROR":
            raise RuntimeError(f"the server is in status {status}")
        if time.monotonic() > until:
            raise TimeoutError(f"the server is in status {status} after {patience:g} s")
        time.sleep(LOOK)


def create(cloud: "Connection", told: JSON, host: str, traced: bool) -> JSON:
    """Makes a server, deletes it, and says how it went."""
    base_id = str(uuid.uuid4())
    request = body(cloud, host, f"trace-{base_id}")
    record: dict[str, Any] = {"host": host, "traced": traced, "baseId": base_id, "spans": []}
    server = None
    start = record["startedAt"] = time.time()
    try:
        if traced:
            server, record["spans"] = asked_traced(told, request, base_id)
        else:
            server = ask(told, request)
        record["answeredSeconds"] = time.time() - start
        wait_until_active(cloud, server, told["timeoutSeconds"])
        record["activeSeconds"] = time.time() - start
    except Exception as error:
        # A server that does not come is a figure too.
        record["error"] = f"{type(error).__name__}: {error}"
    finally:
        if server is not None:
            there = cloud.compute.get_server(server)
            cloud.compute.delete_server(there)
            cloud.compute.wait_for_delete(there, interval=LOOK, wait=told["timeoutSeconds"])
    return record


def main() -> None:
    """Reads what to do, and does it."""
    told: JSON = json.load(sys.stdin)
    cloud = connect(told)
    if told["times"] == 0:
        for host in dict.fromkeys(told["hosts"]):
            record = create(cloud, told, host, traced=False)
            if "error" in record:
                sys.exit(f"the first server on {host}: {record['error']}")
        return
    traces.trace_http()
    for host, traced in turns(told["hosts"], told["times"]):
        print(json.dumps(create(cloud, told, host, traced)), flush=True)


if __name__ == "__main__":
    main()
