"""Loads a control plane as it is told on standard input, and says on standard output what it finds, JSON by the line.

The first line, JSON: `url` of Keystone, `region`, `password` of the administrator, `flavor` and `image` by name, and
what is `wanted`, as `Wanted` has it, without their identities. Once they are known, `ready` is said. The second:
`start`, the Unix time at which the window begins. When its input ends, or on SIGTERM, all servers are deleted and it
ends.
"""

import json
import os
import signal
import sys
import threading
from dataclasses import replace
from typing import Any

from buswide_load.cloud import JSON, KeystoneCloud
from buswide_load.load import OK, Load, Wanted

TIMEOUT = 30.0


def identity_of(cloud: KeystoneCloud, what: str, name: str) -> str:
    """Of a flavor or an image by name. Errors: `LookupError`: there is none, or nobody says."""
    if what == "flavors":
        answer = cloud.ask("GET", "/flavors", TIMEOUT)
    else:
        answer = cloud.ask("GET", f"/v2/images?name={name}", TIMEOUT, service="image")
    if answer.status != OK:
        raise LookupError(f"{what}: {answer.status or answer.error}")
    found = [one["id"] for one in answer.body.get(what, []) if one["name"] == name]
    if not found:
        raise LookupError(f"{what}: there is none called {name}")
    return str(found[0])


def wanted_of(told: JSON, cloud: KeystoneCloud) -> Wanted:
    """What is wanted, with what servers are made of."""
    flavor = identity_of(cloud, "flavors", told["flavor"])
    image = identity_of(cloud, "images", told["image"])
    return Wanted(flavor=flavor, image=image, **told["wanted"])


def main() -> None:
    """Does as it is told."""
    told: JSON = json.loads(sys.stdin.readline())
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    saying = threading.Lock()

    def say(event: dict[str, Any]) -> None:
        with saying:
            print(json.dumps(event), flush=True)

    cloud = KeystoneCloud(told)
    wanted = wanted_of(told, cloud)
    say({"event": "ready"})
    line = sys.stdin.readline()
    # Whoever told it is gone.
    if line == "":
        return

    def listen() -> None:
        # Not by `sys.stdin`: an interpreter that ends while a thread reads it aborts.
        while os.read(0, 4096):
            pass
        ending.set()

    threading.Thread(target=listen, daemon=True).start()
    start: float = json.loads(line)["start"]
    # Servers that an earlier load of this name could not delete are none of its.
    load = Load(cloud, replace(wanted, prefix=f"{wanted.prefix}-{start:.0f}"), say, ending)
    load.run(start)


if __name__ == "__main__":
    main()
