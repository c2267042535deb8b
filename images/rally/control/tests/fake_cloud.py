"""A Keystone, a Glance and a Nova over HTTP on one port of this machine, of which some requests go wrong.

Run with a port, until its input ends. Servers become active a second after they were asked for. By their numbers,
`stuck` ones never do, `failing` ones are errors, and requests for `refused` ones are answered with 503, those for
`doubtful` ones too, but they are there all the same; the fourth and the fifth token are refused with 500.
"""

import json
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STUCK, FAILING, REFUSED, DOUBTFUL = 1, 2, 3, 4
REFUSED_TOKENS = (3, 4)


class State:
    """What the cloud has, and was asked for."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.servers: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.tokens = 0


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    state = State()
    url = ""

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def answer(self, status: int, body: Any = None, **headers: str) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v3/auth/tokens":
            self.token()
        elif self.path == "/compute/servers":
            self.boot(told["server"])
        else:
            self.answer(404)

    def token(self) -> None:
        with self.state.lock:
            number = self.state.tokens
            self.state.tokens += 1
        # The first is the client's own.
        if number - 1 in REFUSED_TOKENS:
            self.answer(500, {"error": {"message": "no database", "code": 500}})
            return
        endpoint = {"interface": "public", "region": "RegionOne", "region_id": "RegionOne", "id": "e"}
        catalog = [
            {"type": kind, "name": kind, "id": kind, "endpoints": [{**endpoint, "url": f"{self.url}/{kind}"}]}
            for kind in ("compute", "image")
        ]
        user = {"id": "u", "name": "admin", "domain": {"id": "default", "name": "Default"}}
        token = {
            "methods": ["password"],
            "user": user,
            "catalog": catalog,
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": "2099-01-01T00:00:00.000000Z",
        }
        self.answer(201, {"token": token}, X_Subject_Token="secret")

    def boot(self, server: dict[str, Any]) -> None:
        assert server["networks"] == "none" and self.headers["X-Auth-Token"] == "secret"
        assert self.headers["OpenStack-API-Version"] == "compute 2.37"
        number = int(server["name"].rsplit("-", 1)[1])
        if number == REFUSED:
            self.answer(503, {"message": "no"})
            return
        identity = f"id-{number}"
        with self.state.lock:
            self.state.servers[identity] = {"name": server["name"], "number": number, "at": time.time()}
        if number == DOUBTFUL:
            self.answer(503, {"message": "no"})
        else:
            self.answer(202, {"server": {"id": identity}})

    def do_DELETE(self) -> None:
        with self.state.lock:
            identity = self.path.rsplit("/", 1)[1]
            there = self.state.servers.pop(identity, None)
            self.state.deleted.append(identity)
        self.answer(404 if there is None else 204)

    def do_GET(self) -> None:
        path, _, _ = self.path.partition("?")
        with self.state.lock:
            servers = [self.shown(identity, one) for identity, one in self.state.servers.items()]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000")
        service = {"binary": "nova-compute", "host": "edge-compute-1", "state": "up", "updated_at": now}
        answers: dict[str, Any] = {
            "/compute/flavors": {"flavors": [{"id": "f", "name": "buswide"}]},
            "/image/v2/images": {"images": [{"id": "i", "name": "buswide"}]},
            "/compute/servers/detail": {"servers": servers},
            "/compute/os-services": {"services": [service]},
        }
        one = {f"/compute/servers/{server['id']}": {"server": server} for server in servers}
        found = {**answers, **one}.get(path)
        self.answer(404 if found is None else 200, found)

    def shown(self, identity: str, one: dict[str, Any]) -> dict[str, Any]:
        ready = time.time() - one["at"] > 1 and one["number"] != STUCK
        status = "BUILD" if not ready else "ERROR" if one["number"] == FAILING else "ACTIVE"
        fault = {"fault": {"message": "No valid host"}} if status == "ERROR" else {}
        return {"id": identity, "name": one["name"], "status": status, **fault}


def serve(port: int) -> ThreadingHTTPServer:
    """One that listens; `serve_forever` has it answer."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    Handler.state = State()
    Handler.url = f"http://127.0.0.1:{server.server_address[1]}"
    return server


if __name__ == "__main__":
    threading.Thread(target=serve(int(sys.argv[1])).serve_forever, daemon=True).start()
    # Until whoever started it is gone.
    sys.stdin.read()
