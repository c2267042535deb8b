"""Traces of requests by OSProfiler: spans where its own have none, kept in files of the container.

Services give OSProfiler spans of requests that they answer and of methods that are called over the bus, and some of
them statements in a database. What waits for others is in none of these: requests over HTTP, calls and casts over the
bus as their caller sees them, and commits, which take a round trip as any statement does. `enable` puts spans around
these, in each service the same.

OSProfiler's own collectors are behind the network. Each end of a span waits for them, which over a link of 25 ms is
100 ms a span: most of what would be seen. Files of the container are read when nothing is measured any more.
"""

import functools
import json
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from oslo_messaging.rpc.client import _CallContext
    from requests import PreparedRequest, Response, Session

Info = dict[str, Any]
Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

ASKED = "BUSWIDE_TRACES"
"""The environment that has it is of a service that is to be traced."""
FOLDER = Path("/var/lib/openstack/traces")
"""Made anew by `openstack-start`; a file a trace, a line each start and end of a span."""
KEPT: Mapping[str, tuple[str, ...]] = {
    "db": ("statement",),
    "function": ("name",),
    "http": ("method", "url"),
    "request": ("method", "path"),
    "rpc": ("method", "topic", "server"),
}
"""What is kept of a span: neither arguments nor results, in which there are tokens and passwords."""
LONGEST = 2000
"""Characters that are kept of a text."""
STATEMENTS = (
    *("do_execute", "do_executemany", "do_execute_no_params"),
    *("do_commit", "do_rollback", "do_ping", "connect"),
)
"""What of SQLAlchemy's dialect (1.4) waits for the database."""


def without_secrets(span: Mapping[str, Any]) -> Info:
    """What is kept of one start or end of a span, as OSProfiler tells it."""
    told = span.get("info") or {}
    info: Info = {key: told[key] for key in ("host", "etype") if key in told}
    for group, names in KEPT.items():
        if group in told:
            info[group] = {name: shortened(told[group][name]) for name in names if name in told[group]}
    return {**span, "info": info}


def shortened(value: object) -> str | None:
    """A text of what may be any object of a service."""
    return None if value is None else str(value)[:LONGEST]


def append(folder: Path, span: Mapping[str, Any]) -> None:
    """Adds a line to the trace's file: one write, so that those of several processes do not mix.

    A request does not fail because it is traced: what cannot be written is said, and the trace is without it.
    """
    line = json.dumps(without_secrets(span)) + "\n"
    # Whoever signed the request chose it.
    name = str(uuid.UUID(span["base_id"]))
    try:
        file = os.open(folder / f"{name}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
    except OSError as error:
        print(f"a span of trace {name} is lost: {error}", file=sys.stderr)


def spanned(
    function: Callable[Parameters, Returned], name: str, describe: Callable[..., Info]
) -> Callable[Parameters, Returned]:
    """The function with a span of that name around each call, where a request is traced.

    `describe` gets the call's arguments and says what the span is of.
    """
    from osprofiler import profiler

    @functools.wraps(function)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Returned:
        if profiler.get() is None:
            return function(*args, **kwargs)
        with profiler.Trace(name, info=describe(*args, **kwargs)):
            return function(*args, **kwargs)

    return wrapper


def trace_http() -> None:
    """Spans of requests to other services, and for the other service, that what it does belongs to them."""
    import requests
    from osprofiler import web

    send = requests.Session.send

    def send_on(session: "Session", request: "PreparedRequest", **kwargs: object) -> "Response":
        for header, value in web.get_trace_id_headers().items():
            request.headers[header] = value.decode() if isinstance(value, bytes) else value
        return send(session, request, **kwargs)

    def describe(_: "Session", request: "PreparedRequest", **kwargs: object) -> Info:
        return {"http": {"method": request.method, "url": str(request.url).split("?")[0]}}

    requests.Session.send = spanned(send_on, "http", describe)  # type: ignore[method-assign, arg-type]


def trace_bus() -> None:
    """Spans of calls, until their reply, and of casts, until the library has sent them."""
    from oslo_messaging.rpc import client

    context = client._CallContext

    def describe(call: "_CallContext", _: object, method: str, **kwargs: object) -> Info:
        return {"rpc": {"method": method, "topic": call.target.topic, "server": call.target.server}}

    for name in ("call", "cast"):
        setattr(context, name, spanned(getattr(context, name), name, describe))


def trace_database() -> None:
    """Spans of whatever waits for MariaDB: statements, commits, connections."""
    from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql as Dialect

    for name in STATEMENTS:
        setattr(Dialect, name, spanned(getattr(Dialect, name), "db", functools.partial(statement_of, name)))


def statement_of(method: str, _: object, *args: object, **kwargs: object) -> Info:
    """What a method of a dialect does: a statement with places for its values, or what the method is called for."""
    if method.startswith("do_execute") and len(args) > 1:
        return {"db": {"statement": args[1]}}
    return {"db": {"statement": method.removeprefix("do_").upper()}}


def hide_arguments() -> None:
    """Has no method write down its arguments, which OSProfiler does at each call, of traced requests and of others."""
    from osprofiler import profiler

    trace = profiler.trace

    def trace_name(name: str, **kwargs: object) -> object:
        return trace(name, **{**kwargs, "hide_args": True})

    profiler.trace = trace_name


def enable() -> None:
    """Traces what this process does for requests that are traced.

    To be called when green threads are in the place of the system's, if they are going to be, and before classes of
    managers are made.
    """
    # It is found by being there.
    from buswide_openstack import trace_files  # noqa: F401

    hide_arguments()
    trace_http()
    trace_bus()
    trace_database()


def enable_if_asked() -> None:
    """The same where the service is to be traced, and nothing elsewhere."""
    if ASKED in os.environ:
        enable()
