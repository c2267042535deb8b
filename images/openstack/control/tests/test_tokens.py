import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from buswide_openstack.tokens import wait_for_token


class Keystone(HTTPServer):
    """Refuses so many requests, then gives tokens; keeps what it was asked."""

    refusals = 1

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Keystone)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, asked))
        self.send_response(401 if len(self.server.asked) <= self.server.refusals else 201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def keystone() -> Iterator[Keystone]:
    with Keystone() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def configuration(folder: Path, port: int) -> str:
    file = folder / "nova.conf"
    file.write_text(
        "[DEFAULT]\nhost = a\n\n[placement]\nauth_type = password\n"
        f"auth_url = http://127.0.0.1:{port}/v3\nusername = placement\npassword = a%b\n"
        "project_name = service\nuser_domain_id = default\nproject_domain_id = default\n"
    )
    return str(file)


def test_it_asks_again_until_its_user_is_known(keystone: Keystone, tmp_path: Path) -> None:
    wait_for_token(configuration(tmp_path, keystone.server_port), "placement")
    assert len(keystone.asked) == 2
    path, asked = keystone.asked[1]
    assert path == "/v3/auth/tokens"
    user = asked["auth"]["identity"]["password"]["user"]
    assert user == {"name": "placement", "password": "a%b", "domain": {"id": "default"}}


def test_it_gives_up_with_the_last_reason(keystone: Keystone, tmp_path: Path) -> None:
    keystone.refusals = 1000
    with pytest.raises(TimeoutError, match="a token of placement: HTTP Error 401"):
        wait_for_token(configuration(tmp_path, keystone.server_port), "placement", seconds=0.1)


def test_it_waits_for_a_keystone_that_is_not_there_yet(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="refused"):
        wait_for_token(configuration(tmp_path, 1), "placement", seconds=0.1)
