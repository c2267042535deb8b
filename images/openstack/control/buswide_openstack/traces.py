"""Traces of requests by OSProfiler: spans where its own have none, kept in files of the container.

Services give OSProfiler spans of requests that they answer and of methods that are called over the bus, and some of
them statements in a database. What waits for others is in none of these: requests over HTTP, calls and casts over the
bus as their caller sees them, and commits, which take a round trip as any statement does. `enable` puts spans around
these, in each service the same. Each of them says how many bytes went and came (`meter`), and while somebody watches
a service, whatever it says to others is told of, traced or not (`exchanges`).

OSProfiler's own collectors are behind the network. Each end of a span waits for them, which over a link of 25 ms is
100 ms a span: most of what would be seen. Files of the container are read when nothing is measured any more.
"""

import functools
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from buswide_openstack import exchanges, meter

if TYPE_CHECKING:
    from oslo_messaging.rpc.client import _CallContext
    from oslo_messaging.rpc.server import RPCServer
    from requests import PreparedRequest, Response, Session

Info = dict[str, Any]
Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

ASKED = "BUSWIDE_TRACES"
"""The environment that has it is of a service that is to be traced."""
FOLDER = Path("/var/lib/openstack/traces")
"""Made anew by `openstack-start`; a file a trace, a line each start and end of a span."""
KEPT: Mapping[str, tuple[str, ...]] = {
    "db": ("statement", "host"),
    "function": ("name",),
    "http": ("method", "url"),
    "notification": ("event",),
    "request": ("method", "path"),
    "rpc": ("method", "topic", "server", "fanout", "called"),
    "used": meter.FIGURES,
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
    return {**span, "info": {**{key: told[key] for key in ("host", "etype") if key in told}, **kept(told)}}


def kept(told: Mapping[str, Any]) -> Info:
    """Of what is said of a span, or of an exchange, what may be known."""
    return {
        group: {name: shortened(told[group][name]) for name in names if name in told[group]}
        for group, names in KEPT.items()
        if group in told
    }


def shortened(value: object) -> str | int | None:
    """A text of what may be any object of a service; numbers, and what is true or not, stay what they are."""
    return value if value is None or isinstance(value, int) else str(value)[:LONGEST]


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
    function: Callable[Parameters, Returned],
    name: str,
    describe: Callable[..., Info],
    measure: Callable[..., dict[str, int]] = lambda *_, **__: {},
) -> Callable[Parameters, Returned]:
    """The function with a span of that name around each call, where a request is traced; told of where one watches.

    `describe` gets the call's arguments and says what the span is of. `measure` gets what was returned, None where the
    function failed, and then the arguments, and says what was used that the meter does not know of.
    """
    from osprofiler import profiler

    @functools.wraps(function)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Returned:
        traced, watched = profiler.get(), exchanges.watched()
        if traced is None and not watched:
            return function(*args, **kwargs)
        told = describe(*args, **kwargs)
        if traced is not None:
            traced.start(name, info=dict(told))
        began, started, before = time.monotonic(), time.time(), meter.read()
        returned: Returned | None = None
        failed: Info = {}
        try:
            returned = function(*args, **kwargs)
            return returned
        except BaseException as error:
            failed = {"etype": f"{type(error).__module__}.{type(error).__qualname__}"}
            raise
        finally:
            used = {**meter.since(before), **measure(returned, *args, **kwargs)}
            if traced is not None:
                traced.stop(info={**failed, "used": used})
            if watched:
                exchanges.note(name, started, time.monotonic() - began, kept({**told, "used": used}))

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

    def measure(
        response: "Response | None", _: "Session", request: "PreparedRequest", **kwargs: object
    ) -> dict[str, int]:
        return meter.bytes_of_http(request, response)

    meter.meter_http()
    requests.Session.send = spanned(send_on, "http", describe, measure)  # type: ignore[method-assign, arg-type]


def trace_bus() -> None:
    """Spans of calls, until their reply, and of casts and notifications, until the library has sent them.

    Who is watched also tells what it is called for: whom a fanout reaches is not known to whoever sends it.
    """
    from oslo_messaging.notify import messaging
    from oslo_messaging.rpc import client, server

    meter.meter_bus()
    context = client._CallContext

    def describe(call: "_CallContext", _: object, method: str, **kwargs: object) -> Info:
        target = call.target
        return {
            "rpc": {
                "method": method,
                "topic": target.topic,
                "server": target.server,
                "fanout": bool(target.fanout),
                "called": called(kwargs),
            }
        }

    for name in ("call", "cast"):
        setattr(context, name, spanned(getattr(context, name), name, describe))

    def describe_notification(_: object, __: object, message: Mapping[str, Any], *___: object, **____: object) -> Info:
        return {"notification": {"event": message.get("event_type")}}

    driver = messaging.MessagingDriver
    driver.notify = spanned(driver.notify, "notification", describe_notification)

    def serve(receiver: "RPCServer", incoming: Any) -> None:  # noqa: ANN401
        if exchanges.watched():
            rpc = {"method": incoming[0].message.get("method"), "topic": receiver._target.topic}
            exchanges.note("served", time.time(), 0, kept({"rpc": rpc}))
        process(receiver, incoming)

    process = server.RPCServer._process_incoming
    server.RPCServer._process_incoming = serve


def called(arguments: Mapping[str, Any]) -> str | None:
    """The method that one of Nova's objects is asked for, `Service.save`, which is what such a call is for.

    It goes by arguments of `object_action` and `object_class_action_versions` (nova/conductor/rpcapi.py, 26.1.0). Names
    of classes and methods are kept, and no value.
    """
    method = arguments.get("objmethod")
    named = arguments.get("objname") or type(arguments.get("objinst")).__name__
    names = [name for name in (named, method) if isinstance(name, str) and name.isidentifier()]
    return ".".join(names) if len(names) == 2 else None


def trace_database() -> None:
    """Spans of whatever waits for MariaDB: statements, commits, connections."""
    from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql as Dialect

    meter.meter_database()
    for name in STATEMENTS:
        setattr(Dialect, name, spanned(getattr(Dialect, name), "db", functools.partial(statement_of, name)))


def statement_of(method: str, _: object, *args: object, **kwargs: object) -> Info:
    """What a method of a dialect does, and at which server.

    It is a statement with places for its values, or what the method is called for. The server is the one that the
    service was told, by the name or address that it was told; there is none where nobody knows.
    """
    what = args[1] if method.startswith("do_execute") and len(args) > 1 else method.removeprefix("do_").upper()
    host = server_of(*args, **kwargs)
    return {"db": {"statement": what, **({} if host is None else {"host": host})}}


def server_of(connection: object = None, *_: object, host: object = None, **__: object) -> object:
    """The server of a connection, or of a cursor's; or the one that is to be connected to."""
    return host if host is not None else getattr(getattr(connection, "connection", connection), "host", None)


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
        meter.name_tasks()
