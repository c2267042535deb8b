"""The control channel: JSON lines in and out, checked at the edge.

Commands (in): ``configure``, ``clock``, ``ping``, ``run``, ``abort``, ``flush``, ``stop``.
Reports (out): ``configured``, ``clock``, ``interval``, ``finished``, ``flushed``, ``stopped``, ``error``.
A bad command is answered with an ``error`` that names the field and never repeats a value, as the transport
URL among them is secret.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

Pattern = Literal["call", "cast", "fanout", "notify"]
Role = Literal["client", "server"]
Setting = str | int | float | bool | list[str]
"""The value of an option; a list is one of several values (oslo.config's `MultiStrOpt`)."""
Settings = dict[str, dict[str, Setting]]


class ProtocolError(ValueError):
    """A command that can't be understood; the message says which field and what was expected."""


@dataclass(frozen=True)
class Member:
    """A client or server of this process: its number among all clients (servers), its topic and name."""

    id: int
    topic: str
    name: str


@dataclass(frozen=True)
class Configure:
    """What this process is to be. `timeout` is seconds, `message_bytes` the length of the payload.

    It ends by itself after `deadman` seconds without a command; until its second round, as clients connect in
    the first, after `connecting_deadman` seconds.
    """

    run: str
    role: Role
    pattern: Pattern
    site: str
    transport: str
    settings: Settings
    message_bytes: int
    timeout: float
    one_way: bool
    connecting_deadman: float
    deadman: float
    members: tuple[Member, ...]

    @property
    def driver(self) -> str:
        """The driver that the transport URL names."""
        return self.transport.partition("://")[0]


@dataclass(frozen=True)
class Clock:
    """Asks for this process's clock."""

    id: int


@dataclass(frozen=True)
class Ping:
    """Says that the probe is alive."""


@dataclass(frozen=True)
class Run:
    """Starts a round at Unix time `at` of this process's clock, seconds.

    Closed loop: each client does `operations`, or as many as fit into `seconds`, and waits `pause` seconds
    after each. Open loop: `rate` operations per second over all `clients` of the workload for `seconds`.
    Servers only start to count the round.
    """

    round: int
    at: float
    operations: int | None
    seconds: float | None
    rate: float | None
    clients: int
    pause: float | None = None


@dataclass(frozen=True)
class Abort:
    """Lets clients start nothing more; operations under way end."""


@dataclass(frozen=True)
class Flush:
    """Asks for everything counted so far."""

    id: int


@dataclass(frozen=True)
class Stop:
    """Ends this process."""


Command = Configure | Clock | Ping | Run | Abort | Flush | Stop


def _is_setting(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str | int | float | bool)


class _Fields:
    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self._values = values
        self._where = where
        self._known: set[str] = set()

    def _fail(self, name: str, wanted: str) -> ProtocolError:
        return ProtocolError(f"{self._where}.{name}: {wanted} expected")

    def _get(self, name: str) -> object:
        self._known.add(name)
        return self._values.get(name)

    def text(self, name: str) -> str:
        value = self._get(name)
        if not isinstance(value, str) or not value:
            raise self._fail(name, "a non-empty string")
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self._get(name)
        if value not in choices:
            raise self._fail(name, f"one of {', '.join(choices)}")
        return str(value)

    def flag(self, name: str) -> bool:
        value = self._get(name)
        if not isinstance(value, bool):
            raise self._fail(name, "true or false")
        return value

    def whole(self, name: str) -> int:
        value = self._get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._fail(name, "a whole number, 0 or more")
        return value

    def positive(self, name: str) -> float:
        value = self._get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
            raise self._fail(name, "a number above 0")
        return float(value)

    def optional_positive(self, name: str) -> float | None:
        return None if self._get(name) is None else self.positive(name)

    def optional_whole(self, name: str) -> int | None:
        return None if self._get(name) is None else self.whole(name)

    def members(self, name: str) -> tuple[Member, ...]:
        value = self._get(name)
        if not isinstance(value, list) or not value:
            raise self._fail(name, "a non-empty list")
        members = []
        for at, item in enumerate(value):
            if not isinstance(item, dict):
                raise self._fail(f"{name}[{at}]", "an object")
            fields = _Fields(item, f"{self._where}.{name}[{at}]")
            members.append(Member(fields.whole("id"), fields.text("topic"), fields.text("name")))
            fields.end()
        return tuple(members)

    def settings(self, name: str) -> Settings:
        value = self._get(name)
        if not isinstance(value, dict):
            raise self._fail(name, "an object of groups")
        for group, options in value.items():
            if not isinstance(options, dict) or not all(map(_is_setting, options.values())):
                raise self._fail(f"{name}.{group}", "an object of strings, numbers, booleans and lists")
        return cast(Settings, value)

    def end(self) -> None:
        unknown = sorted(set(self._values) - self._known - {"type"})
        if unknown:
            raise ProtocolError(f"{self._where}: unknown field {unknown[0]!r}")


def parse(line: str) -> Command:
    """Reads one command. Raises ProtocolError."""
    try:
        values = json.loads(line)
    except ValueError as error:
        # The parser's own message can quote the line, which may hold the transport URL.
        raise ProtocolError("a line of JSON expected") from error
    if not isinstance(values, dict):
        raise ProtocolError("a JSON object expected")
    kind = values.get("type")
    fields = _Fields(values, kind if isinstance(kind, str) else "command")
    command = _read(kind, fields)
    fields.end()
    return command


def _read(kind: object, fields: _Fields) -> Command:  # noqa: PLR0911 -- one return a command
    match kind:
        case "configure":
            return Configure(
                run=fields.text("run"),
                role=cast(Role, fields.choice("role", get_args(Role))),
                pattern=cast(Pattern, fields.choice("pattern", get_args(Pattern))),
                site=fields.text("site"),
                transport=fields.text("transport"),
                settings=fields.settings("settings"),
                message_bytes=fields.whole("messageBytes"),
                timeout=fields.positive("timeoutSeconds"),
                one_way=fields.flag("oneWay"),
                connecting_deadman=fields.positive("connectingDeadmanSeconds"),
                deadman=fields.positive("deadmanSeconds"),
                members=fields.members("members"),
            )
        case "clock":
            return Clock(fields.whole("id"))
        case "ping":
            return Ping()
        case "run":
            return _read_run(fields)
        case "abort":
            return Abort()
        case "flush":
            return Flush(fields.whole("id"))
        case "stop":
            return Stop()
        case _:
            raise ProtocolError("type: a known command expected")


def _read_run(fields: _Fields) -> Run:
    run = Run(
        round=fields.whole("round"),
        at=fields.positive("at"),
        operations=fields.optional_whole("operations"),
        seconds=fields.optional_positive("seconds"),
        rate=fields.optional_positive("rate"),
        clients=fields.whole("clients"),
        pause=fields.optional_positive("pause"),
    )
    if run.operations is None and run.seconds is None:
        raise ProtocolError("run: operations or seconds expected")
    if run.rate is not None and (run.seconds is None or run.operations is not None):
        raise ProtocolError("run: an open loop (rate) has seconds and no operations")
    if run.rate is not None and run.pause is not None:
        raise ProtocolError("run: an open loop (rate) has no pause")
    return run
