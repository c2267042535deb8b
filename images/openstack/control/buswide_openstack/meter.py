"""What a thread sends to others and receives, and how often it waits for an answer.

Libraries know how long what they send is and tell nobody. `install` has them add it up, a thread (or green thread) for
itself, so that what one thing took is the difference between two readings of its thread. Nothing is looked into, and
nothing is put into text for it that is not text already.
"""

import functools
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

FIGURES = ("sent", "received", "turns", "connections")
"""Bytes sent and received; waits for an answer on a connection that stands; connections that were opened (TCP)."""


@functools.cache
def _thread() -> threading.local:
    """Made when it is first used: green threads are in the place of the system's by then, if they are going to be."""
    return threading.local()


def add(**figures: int) -> None:
    """Adds to what the thread has used so far."""
    used = _thread().__dict__
    for name, value in figures.items():
        used[name] = used.get(name, 0) + value


def read() -> tuple[int, ...]:
    """What the thread has used so far, in the order of `FIGURES`."""
    used = _thread().__dict__
    return tuple(used.get(name, 0) for name in FIGURES)


def since(before: tuple[int, ...]) -> dict[str, int]:
    """What was used since a reading; without what was not."""
    return {name: now - then for name, now, then in zip(FIGURES, read(), before, strict=True) if now > then}


def task() -> str | None:
    """The periodic task that the thread is at; None: it is at none."""
    name = getattr(_thread(), "task", None)
    return name if isinstance(name, str) else None


def before(owner: object, name: str, note: Callable[..., None]) -> None:
    """Has `note` called with the arguments of a function of `owner` (a module, a class) before that is."""

    def noted(function: Callable[..., Any], args: Any, kwargs: Any) -> object:  # noqa: ANN401
        note(*args, **kwargs)
        return function(*args, **kwargs)

    _replace(owner, name, noted)


def after(owner: object, name: str, note: Callable[[Any], None]) -> None:
    """Has `note` called with what a function of `owner` returned."""

    def noted(function: Callable[..., Any], args: Any, kwargs: Any) -> object:  # noqa: ANN401
        returned = function(*args, **kwargs)
        note(returned)
        return returned

    _replace(owner, name, noted)


def _replace(owner: object, name: str, call: Callable[..., object]) -> None:
    function = getattr(owner, name)

    @functools.wraps(function)
    def replaced(*args: object, **kwargs: object) -> object:
        return call(function, args, kwargs)

    setattr(owner, name, replaced)


def meter_rabbitmq() -> None:
    """Counts the bodies of messages that are sent over RabbitMQ, and of the replies that are waited for."""
    from kombu.messaging import Producer
    from oslo_messaging._drivers import amqpdriver

    after(Producer, "_prepare", lambda prepared: add(sent=len(prepared[0])))
    before(amqpdriver.ReplyWaiter, "_process_reply", lambda _, reply: add(received=len(reply._raw_message.body)))


def meter_amqp1() -> None:
    """The same over AMQP 1.0."""
    from oslo_messaging._drivers import impl_amqp1

    after(impl_amqp1, "marshal_request", lambda message: add(sent=len(message.body)))
    before(impl_amqp1, "unmarshal_response", lambda message, _: add(received=len(message.body)))


def meter_database() -> None:
    """Counts what goes over PyMySQL's connections, and how often it is turned from writing to reading."""
    from pymysql.connections import Connection

    def wrote(connection: Any, data: bytes) -> None:  # noqa: ANN401
        add(sent=len(data))
        connection.buswide_asked = True

    def reads(function: Callable[..., bytes], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes:
        connection = args[0]
        if getattr(connection, "buswide_asked", False):
            connection.buswide_asked = False
            add(turns=1)
        data = function(*args, **kwargs)
        add(received=len(data))
        return data

    def connects(connection: Any, *_: object, **__: object) -> None:  # noqa: ANN401
        add(connections=1)
        # A server greets whoever connects, without being asked.
        connection.buswide_asked = True

    before(Connection, "_write_bytes", wrote)
    _replace(Connection, "_read_bytes", reads)
    before(Connection, "connect", connects)


def meter_http() -> None:
    """Counts connections that are opened for requests; a request's own bytes are `bytes_of_http`."""
    from urllib3.connection import HTTPConnection

    before(HTTPConnection, "connect", lambda *_, **__: add(connections=1))


def bytes_of_http(request: "PreparedRequest", response: "Response | None") -> dict[str, int]:
    """The lengths of a request and its answer: their first lines, headers and bodies."""
    told = {"sent": _length(f"{request.method} {request.path_url} HTTP/1.1", request.headers, request.body)}
    if response is not None:
        # What nobody has read yet is not read for being counted.
        body = response.content if getattr(response, "_content_consumed", False) else None
        told["received"] = _length(f"HTTP/1.1 {response.status_code} {response.reason}", response.headers, body)
    return told


def _length(first: str, headers: Mapping[Any, Any], body: object) -> int:
    """Bytes of a message of HTTP; of a body, those that were on the wire where that is said."""
    lines = len(first) + 2 + sum(len(name) + len(value) + 4 for name, value in headers.items()) + 2
    said = headers.get("Content-Length")
    if said is not None and str(said).isdigit():
        return lines + int(said)
    return lines + (len(body) if isinstance(body, (bytes, str)) else 0)


def name_tasks() -> None:
    """Has a thread know at which periodic task it is. To be called before classes of managers are made."""
    from oslo_service import periodic_task

    decorate = periodic_task.periodic_task

    def named(function: Callable[Parameters, Returned]) -> Callable[Parameters, Returned]:
        @functools.wraps(function)
        def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Returned:
            thread = _thread()
            thread.task = function.__name__
            try:
                return function(*args, **kwargs)
            finally:
                del thread.task

        return run

    def decorate_named(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        # It is used with settings and without.
        if kwargs:
            return lambda function: decorate(*args, **kwargs)(named(function))
        return decorate(named(args[0]))

    periodic_task.periodic_task = decorate_named


def meter_bus() -> None:
    """Counts whatever goes over the bus, whichever it is."""
    meter_rabbitmq()
    meter_amqp1()
