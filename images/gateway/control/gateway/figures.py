"""What a gateway tells who watches the deployment: figures of its links, and of its site's containers, over HTTP."""

import socket
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from . import containers, exposition, links, state, temporary
from .errors import Failed, Refused
from .exposition import Family, Sample
from .runtime import Runtime
from .spec import ClassSpec

PATH = "/metrics"
_PATIENCE_SECONDS = 2.0
_MOST_REQUEST_BYTES = 8192
_WAITING = 16

# The emulators' words for why a packet was dropped; the kernel's tells them in one number.
_REASONS = {
    "droppedByLoss": "loss",
    "droppedByQueueLimit": "queue",
    "droppedByKernel": "kernel",
    "dropped": "any",
}


def link_families(counters: Mapping[str, Mapping[str, float]], asked: Mapping[str, ClassSpec]) -> list[Family]:
    """Of each link's direction that leaves here: what it carried, and what it is to be like now. By neighbour."""

    def carried(name: str, meaning: str, key: str) -> Family:
        samples = [Sample({"to": to}, value[key]) for to, value in counters.items() if key in value]
        return Family(f"buswide_link_{name}", "gauge" if key == "held" else "counter", meaning, samples)

    def wanted(name: str, meaning: str, value: Callable[[ClassSpec], float | None]) -> Family:
        values = ((to, value(spec)) for to, spec in asked.items())
        samples = [Sample({"to": to}, number) for to, number in values if number is not None]
        return Family(f"buswide_link_{name}", "gauge", meaning, samples)

    dropped = [
        Sample({"to": to, "reason": reason}, value[key])
        for to, value in counters.items()
        for key, reason in _REASONS.items()
        if key in value
    ]
    return [
        carried("delivered_bytes_total", "Ethernet frames that came out at the far end.", "deliveredBytes"),
        carried("delivered_packets_total", "Packets that came out at the far end.", "delivered"),
        Family("buswide_link_dropped_packets_total", "counter", "Packets that did not, by why.", dropped),
        carried("held_packets", "Packets under way or waiting for the line.", "held"),
        wanted("asked_delay_seconds", "The delay that it is to have now.", lambda spec: spec.delay_ms / 1000),
        wanted("asked_jitter_seconds", "Its jitter.", lambda spec: spec.jitter_ms / 1000),
        wanted("asked_loss_ratio", "The share of packets that it is to lose.", lambda spec: spec.loss_percent / 100),
        wanted("asked_rate_bits_per_second", "Its rate; none: as fast as can be.", lambda spec: spec.rate),
    ]


def container_families(services: Mapping[str, str], usage: Mapping[str, containers.Usage]) -> list[Family]:
    """Of each container of the site, by what it is called: whether it runs, and what it uses."""

    def used(name: str, kind: str, meaning: str, value: Callable[[containers.Usage], float | None]) -> Family:
        values = ((service, value(usage[key])) for key, service in services.items() if key in usage)
        samples = [Sample({"service": service}, number) for service, number in values if number is not None]
        return Family(f"buswide_container_{name}", "counter" if kind == "counter" else "gauge", meaning, samples)

    running = [Sample({"service": service}, float(key in usage)) for key, service in services.items()]
    return [
        Family("buswide_container_running", "gauge", "Whether it runs: 1 or 0.", running),
        used("cpu_seconds_total", "counter", "CPU time since it started.", lambda one: one.cpu_seconds),
        used("memory_bytes", "gauge", "Memory without the page cache.", lambda one: one.memory_bytes),
        used("memory_limit_bytes", "gauge", "The most that it may use.", lambda one: one.memory_limit_bytes),
    ]


def gather(now: Runtime, groups: containers.Groups) -> str:
    """All figures as they are now. Raises Failed."""
    with state.locked():
        current = state.load()
        counted = links.read_counters(current, now)
        changed = temporary.load()
    # Whatever an emulator counts is a number.
    by_id = cast(Mapping[int, Mapping[str, float]], counted)
    by_name = {name: by_id[link.id] for name, link in current.classes.items() if link.id in by_id}
    asked = {name: changed.get(name, link.spec) for name, link in current.classes.items()}
    services = containers.load()
    usage = groups.usage(list(services))
    return exposition.render([*link_families(by_name, asked), *container_families(services, usage)])


def _answer(status: str, body: bytes = b"", headers: Iterable[str] = ()) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def answer(request: bytes, tell: Callable[[], str]) -> bytes:
    """The answer to a request's head: figures, packed where that is understood (RFC 9110); nothing else is here."""
    head, *fields = request.decode("latin-1").split("\r\n")
    match head.split(" "):
        case ["GET", path, version] if version.startswith("HTTP/1."):
            if path.partition("?")[0] != PATH:
                return _answer("404 Not Found")
        case [_, _, version] if version.startswith("HTTP/1."):
            return _answer("405 Method Not Allowed", headers=["Allow: GET"])
        case _:
            return _answer("400 Bad Request")
    try:
        text = tell().encode()
    except (Failed, OSError, ValueError, KeyError) as error:
        # Files of state and of the kernel may also be unreadable, or in another form than is known.
        return _answer("503 Service Unavailable", f"{error}\n".encode(), ["Content-Type: text/plain; charset=utf-8"])
    headers = [f"Content-Type: {exposition.CONTENT_TYPE}"]
    named = (field.partition(":") for field in fields)
    accepted = [value for name, _, value in named if name.strip().lower() == "accept-encoding"]
    if any(coding.partition(";")[0].strip().lower() == "gzip" for value in accepted for coding in value.split(",")):
        packer = zlib.compressobj(wbits=31)
        text = packer.compress(text) + packer.flush()
        headers.append("Content-Encoding: gzip")
    return _answer("200 OK", text, headers)


def _head(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request and len(request) < _MOST_REQUEST_BYTES:
        part = connection.recv(4096)
        if not part:
            break
        request += part
    return request.partition(b"\r\n\r\n")[0]


def serve(listener: socket.socket, tell: Callable[[], str]) -> None:
    """Answers one after the other until the listener is closed. Who is slow to ask or to take it is given up.

    Whatever goes wrong with one answer is told in the log: the next one is asked for all the same.
    """
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(_PATIENCE_SECONDS)
            try:
                connection.sendall(answer(_head(connection), tell))
            except OSError as error:
                print(f"gateway: figures: {error}", file=sys.stderr, flush=True)
            except Exception as error:
                print(f"gateway: figures: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


def start(port: str, now: Runtime) -> None:
    """Tells figures on a port from now on, beside whatever this process does. Raises Refused, Failed."""
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise Refused(f"FIGURES_PORT: {port} refused, wanted a port")
    try:
        listener = socket.create_server(("", int(port)), backlog=_WAITING)
    except OSError as error:
        raise Failed(f"figures: {error}") from error
    groups = containers.Groups()
    threading.Thread(target=serve, args=(listener, lambda: gather(now, groups)), daemon=True).start()
