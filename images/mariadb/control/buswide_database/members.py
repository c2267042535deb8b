"""Who is to be in the cluster, as this node was last told: kept with its data, so that a restart knows it too."""

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import reports

KEPT = Path("/var/lib/buswide/members.json")


def read(path: Path = KEPT) -> dict[str, str]:
    """Addresses by name, in the order of the plan; none where nobody has said."""
    return parse(path.read_text()) if path.exists() else {}


def parse(text: str) -> dict[str, str]:
    """Addresses by name. Raises ValueError."""
    value = json.loads(text)
    if not isinstance(value, dict) or not value or not all(isinstance(address, str) for address in value.values()):
        raise ValueError("wanted the members' addresses by their names")
    return value


def keep(members: dict[str, str], path: Path = KEPT) -> None:
    """Keeps who is told; all of it or nothing."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(members))
    new.replace(path)


def ready(port: int = reports.PORT) -> bool:
    """Whether this node serves queries."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=reports.TIMEOUT):
            return True
    except (OSError, urllib.error.URLError):
        return False


def main(timeout: float) -> int:
    """Takes members from standard input, and waits until this node is one of them and serves."""
    keep(parse(sys.stdin.read()))
    end = time.monotonic() + timeout
    while True:
        if ready() and (answer := reports.fetch("127.0.0.1")) and answer[0].open:
            return 0
        if time.monotonic() > end:
            answer = reports.fetch("127.0.0.1")
            why = answer[1] if answer else "it does not answer"
            print(f"the node is not in its cluster after {timeout:g} s: {why}", file=sys.stderr)
            return 1
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
