"""What may be asked of a gateway: parsing and checking, nothing else."""

import ipaddress
import json
import math
import re
from typing import Literal, NamedTuple, get_args

from .errors import Refused

# Packets that may wait for the line; the default of netem and of Linux's own device queues.
DEFAULT_LIMIT_PACKETS = 1000
MAX_DELAY_MS = 60_000
MAX_LIMIT_PACKETS = 60_000
MAX_LIMIT_BYTES = 2**32
MIN_RATE = 1_000
MAX_RATE = 100_000_000_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CONTAINER = re.compile(r"[0-9a-f]{64}")


Distribution = Literal["uniform", "normal", "pareto"]

# How far a jitter of each distribution reaches below the delay, in units of it (netem's tables end at 4).
JITTER_REACH: dict[Distribution, float] = {"uniform": 1, "normal": 4, "pareto": 2 / 3}


class Bursts(NamedTuple):
    """Losses by the model of Gilbert and Elliott, percent; the letters are those of netem's gemodel."""

    begins: float  # p: a burst begins with a packet
    ends: float  # r: it ends with one
    inside: float  # 1-h: packets lost in a burst
    outside: float  # 1-k: packets lost otherwise


class Reorder(NamedTuple):
    """Packets that overtake those before them."""

    percent: float
    gap: int  # such a chance has each packet from this one on after the last that did


class Peer(NamedTuple):
    """Where the host of a neighbour takes what is for it, if the WAN is a tunnel between hosts."""

    address: str
    port: int


class ClassSpec(NamedTuple):
    """One direction of a link."""

    next_hop: str
    delay_ms: float
    jitter_ms: float
    loss_percent: float  # of bursts: their mean
    rate: int | None  # bits per second
    limit_packets: int
    seed: int | None
    jitter_distribution: Distribution = "uniform"
    jitter_correlation_percent: float | None = None
    loss_bursts: Bursts | None = None
    limit_bytes: int | None = None
    duplicate_percent: float = 0
    corrupt_percent: float = 0
    reorder: Reorder | None = None
    peer: Peer | None = None


class Network(NamedTuple):
    """Where the gateway stands: its own addresses, which no neighbour or remote prefix may touch."""

    site: ipaddress.IPv4Interface
    wan: ipaddress.IPv4Interface


def _refuse(field: str, value: object, wanted: str) -> Refused:
    return Refused(f"{field}: {json.dumps(value)} refused, wanted {wanted}")


def _read_object(text: str) -> dict[str, object]:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result: dict[str, object] = {}
        for key, value in pairs:
            if key in result:
                raise Refused(f"{key}: given twice")
            result[key] = value
        return result

    try:
        value = json.loads(text, object_pairs_hook=unique)
    except ValueError as error:
        raise Refused(f"standard input: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refused("standard input: a JSON object is wanted")
    return value


def _number(values: dict[str, object], field: str, low: float, high: float, default: float | None = None) -> float:
    value = values.get(field, default)
    wanted = f"a number from {low:g} to {high:g}"
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _refuse(field, value, wanted)
    if not math.isfinite(value) or not low <= value <= high:
        raise _refuse(field, value, wanted)
    return value


def _integer(values: dict[str, object], field: str, low: int, high: int) -> int:
    value = values.get(field)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _refuse(field, value, f"a whole number from {low} to {high}")
    return value


def _next_hop(field: str, value: object, network: Network) -> str:
    wanted = f"the WAN address of a neighbour in {network.wan.network}"
    try:
        address = ipaddress.IPv4Address(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _refuse(field, value, wanted) from error
    edges = (network.wan.ip, network.wan.network.network_address, network.wan.network.broadcast_address)
    if address not in network.wan.network or address in edges:
        raise _refuse(field, value, wanted)
    return str(address)


def parse_name(name: str) -> str:
    """Checks the name of a class. Raises Refused."""
    if not _NAME.fullmatch(name):
        raise _refuse("name", name, "letters, digits, dots, dashes and underscores")
    return name


def _percent(values: dict[str, object], field: str, default: float | None = None) -> float:
    return _number(values, field, 0, 100, default)


def _known(values: dict[str, object], known: set[str], prefix: str = "") -> None:
    for field in values:
        if field not in known:
            raise Refused(f"{prefix}{field}: unknown field, known are {', '.join(sorted(known))}")


def _inner(values: dict[str, object], field: str, known: set[str]) -> dict[str, object] | None:
    value = values.get(field)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _refuse(field, value, f"an object with {', '.join(sorted(known))}")
    _known(value, known, f"{field}.")
    return value


def _bursts(values: dict[str, object]) -> Bursts | None:
    fields = ("beginsPercent", "endsPercent", "insidePercent", "outsidePercent")
    given = _inner(values, "lossBursts", set(fields))
    if given is None:
        return None
    begins, ends, inside, outside = (_percent(given, field) for field in fields)
    if begins == 0 or ends == 0:
        raise _refuse("lossBursts", given, "beginsPercent and endsPercent above zero")
    return Bursts(begins, ends, inside, outside)


def _reorder(values: dict[str, object]) -> Reorder | None:
    given = _inner(values, "reorder", {"percent", "gap"})
    return None if given is None else Reorder(_percent(given, "percent"), _integer(given, "gap", 1, 1_000_000))


def _peer(values: dict[str, object]) -> Peer | None:
    given = _inner(values, "peer", {"address", "port"})
    if given is None:
        return None
    try:
        address = ipaddress.IPv4Address(given.get("address") if isinstance(given.get("address"), str) else "")
    except ValueError as error:
        raise _refuse("peer.address", given.get("address"), "an IPv4 address") from error
    return Peer(str(address), _integer(given, "port", 1, 65_535))


def _distribution(values: dict[str, object]) -> Distribution:
    value = values.get("jitterDistribution", "uniform")
    for known in get_args(Distribution):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise _refuse("jitterDistribution", value, ", ".join(get_args(Distribution)))


_CLASS_FIELDS = {
    *("nextHop", "delayMs", "jitterMs", "jitterDistribution", "jitterCorrelationPercent", "lossPercent", "lossBursts"),
    *(
        "rateBitsPerSecond",
        "limitPackets",
        "limitBytes",
        "duplicatePercent",
        "corruptPercent",
        "reorder",
        "seed",
        "peer",
    ),
}


def asked_fields(text: str) -> set[str]:
    """The fields that the JSON of a class names. Raises Refused."""
    return {field for field, value in _read_object(text).items() if value is not None}


def parse_class(text: str, network: Network) -> ClassSpec:
    """Reads the JSON of a class. Raises Refused."""
    values = _read_object(text)
    _known(values, _CLASS_FIELDS)
    delay = _number(values, "delayMs", 0, MAX_DELAY_MS)
    distribution = _distribution(values)
    correlation = values.get("jitterCorrelationPercent")
    reorder = _reorder(values)
    if reorder and delay == 0:
        raise _refuse("reorder", values["reorder"], "a delay: without one no packet can be overtaken")
    return ClassSpec(
        next_hop=_next_hop("nextHop", values.get("nextHop"), network),
        delay_ms=delay,
        # More jitter than delay would need packets to arrive before they were sent.
        jitter_ms=_number(values, "jitterMs", 0, delay / JITTER_REACH[distribution], default=0),
        loss_percent=_percent(values, "lossPercent", default=0),
        rate=None
        if values.get("rateBitsPerSecond") is None
        else _integer(values, "rateBitsPerSecond", MIN_RATE, MAX_RATE),
        limit_packets=DEFAULT_LIMIT_PACKETS
        if values.get("limitPackets") is None
        else _integer(values, "limitPackets", 1, MAX_LIMIT_PACKETS),
        seed=None if values.get("seed") is None else _integer(values, "seed", 0, 2**64 - 1),
        jitter_distribution=distribution,
        jitter_correlation_percent=None
        if correlation is None
        else _number(values, "jitterCorrelationPercent", 0, 99.9),
        loss_bursts=_bursts(values),
        limit_bytes=None if values.get("limitBytes") is None else _integer(values, "limitBytes", 1, MAX_LIMIT_BYTES),
        duplicate_percent=_percent(values, "duplicatePercent", default=0),
        corrupt_percent=_percent(values, "corruptPercent", default=0),
        reorder=reorder,
        peer=_peer(values),
    )


def parse_routes(text: str, network: Network, neighbours: set[str]) -> dict[str, str]:
    """Reads the JSON of the routes, prefix to next hop; `neighbours` have a class. Raises Refused."""
    routes: dict[str, str] = {}
    for prefix, hop in _read_object(text).items():
        try:
            parsed = ipaddress.IPv4Network(prefix)
        except ValueError as error:
            raise Refused(f"{prefix}: not an IPv4 prefix: {error}") from error
        for own in (network.site.network, network.wan.network):
            if parsed.overlaps(own):
                raise Refused(f"{prefix}: overlaps {own}, to which this gateway is attached")
        address = _next_hop(prefix, hop, network)
        if address not in neighbours:
            raise _refuse(prefix, hop, "the next hop of a class of this gateway")
        routes[str(parsed)] = address
    return routes


def parse_services(text: str) -> dict[str, str]:
    """Reads the JSON of what containers are called, id to name. Raises Refused."""
    services: dict[str, str] = {}
    for container, name in _read_object(text).items():
        if not _CONTAINER.fullmatch(container):
            raise Refused(f"{json.dumps(container)} refused, wanted the id of a container")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _refuse(container, name, "what the container is called in its site")
        services[container] = name
    return services


def parse_network(site_address: str | None, wan_address: str | None, wan_prefix_length: int = 32) -> Network:
    """Reads SITE_ADDRESS and WAN_ADDRESS. Raises Refused."""
    try:
        site = ipaddress.IPv4Interface(site_address or "")
    except ValueError as error:
        raise Refused(f"SITE_ADDRESS: {error}") from error
    if "/" not in (site_address or "") or site.network.prefixlen > 30:
        raise Refused(f"SITE_ADDRESS: {site_address} refused, wanted an address with its prefix length, 30 or less")
    try:
        wan = ipaddress.IPv4Interface(f"{wan_address or ''}/{wan_prefix_length}")
    except ValueError as error:
        raise Refused(f"WAN_ADDRESS: {error}") from error
    if site.ip in (site.network.network_address, site.network.broadcast_address):
        raise Refused(f"SITE_ADDRESS: {site_address} is no host address")
    return Network(site, wan)
