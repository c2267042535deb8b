"""What becomes of servers, by the lists that Nova gives of them."""

import re
from dataclasses import dataclass

from buswide_load.cloud import JSON

SETTLED = ("ACTIVE", "ERROR")
"""What a server that was asked for is in the end."""


@dataclass
class Server:
    """One that is, or was, in a list."""

    id: str
    status: str
    fault: str | None = None
    """What Nova says of an error."""
    settled: bool = False
    listed: bool = True
    """Whether the last list had it."""


class Watch:
    """Follows the servers of one load, `<prefix>-<number>`."""

    def __init__(self, prefix: str) -> None:
        """`prefix`: of their names, and of no others'."""
        self.prefix = prefix
        self.servers: dict[int, Server] = {}
        self._name = re.compile(re.escape(prefix) + r"-(\d+)")

    def name(self, number: int) -> str:
        """What a server is called."""
        return f"{self.prefix}-{number}"

    def take(self, body: JSON) -> list[int]:
        """Takes a list (GET /servers/detail); the numbers of those that have just become active, or an error."""
        listed: dict[int, JSON] = {}
        for one in body.get("servers", []):
            if match := self._name.fullmatch(one["name"]):
                listed[int(match[1])] = one
        for number, server in self.servers.items():
            server.listed = number in listed
        return [number for number, one in listed.items() if self.see(number, one)]

    def see(self, number: int, one: JSON) -> bool:
        """Takes what Nova says of one server; whether it has just become active, or an error."""
        server = self.servers.setdefault(number, Server(one["id"], one["status"]))
        server.status = one["status"]
        server.listed = True
        server.fault = (one.get("fault") or {}).get("message") or server.fault
        if server.settled or server.status not in SETTLED:
            return False
        server.settled = True
        return True

    def unsettled(self) -> list[int]:
        """Those that were there and are neither active nor an error yet."""
        return [number for number, server in self.servers.items() if not server.settled]

    def listed(self) -> dict[int, str]:
        """The identities of those that the last list had."""
        return {number: server.id for number, server in self.servers.items() if server.listed}
