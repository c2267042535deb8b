"""How nodes ask each other for their reports: JSON over HTTP, on a port that health checks of proxies ask too."""

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .decision import Position, Report

PORT = 9200
TIMEOUT = 3.0
"""Seconds until a node that does not answer is taken for away: some round trips of a slow link."""


def encode(report: Report, reason: str) -> bytes:
    """A report as it is sent, with what the node waits for in words."""
    return json.dumps({**asdict(report), "reason": reason}).encode()


def decode(text: bytes) -> tuple[Report, str]:
    """The report, and what the node waits for. Raises ValueError."""
    try:
        value = json.loads(text)
        position = value["position"]
        report = Report(
            running=bool(value["running"]),
            open=bool(value["open"]),
            position=None if position is None else Position(str(position["history"]), int(position["number"])),
            fresh=bool(value["fresh"]),
            settled=bool(value["settled"]),
        )
        return report, str(value["reason"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"no report: {text!r}") from error


def fetch(address: str, port: int = PORT) -> tuple[Report, str] | None:
    """The report of the node at an address. None: it gives none."""
    try:
        with urllib.request.urlopen(f"http://{address}:{port}/state", timeout=TIMEOUT) as answer:
            return decode(answer.read())
    except (OSError, ValueError, urllib.error.URLError):
        return None


def gather(addresses: Mapping[str, str], port: int = PORT) -> dict[str, Report]:
    """The reports of those of `addresses` (by name) who answer; all are asked at once."""
    if not addresses:
        return {}
    with ThreadPoolExecutor(len(addresses)) as pool:
        answers = pool.map(lambda item: (item[0], fetch(item[1], port)), addresses.items())
        return {name: answer[0] for name, answer in answers if answer is not None}


def serve(
    state: Callable[[], bytes], refusal: Callable[[], str | None], address: str = "0.0.0.0", port: int = PORT
) -> ThreadingHTTPServer:
    """Makes what answers: `/state` with a report, any other path with 200 if queries are served, else 503 and why."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/state":
                self._answer(200, state(), "application/json")
                return
            why = refusal()
            self._answer(200 if why is None else 503, f"{why or 'ready'}\n".encode(), "text/plain")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            # A check reads the first line, and leaves.
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing: it is asked every second."""

    return ThreadingHTTPServer((address, port), Handler)
