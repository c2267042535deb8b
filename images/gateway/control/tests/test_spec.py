import ipaddress
import json

import pytest
from gateway.errors import Refused
from gateway.spec import (
    DEFAULT_LIMIT_PACKETS,
    Bursts,
    ClassSpec,
    Network,
    Peer,
    Reorder,
    parse_class,
    parse_name,
    parse_network,
    parse_routes,
)

BURSTS = {"beginsPercent": 1, "endsPercent": 25, "insidePercent": 90, "outsidePercent": 0}

NETWORK = Network(ipaddress.IPv4Interface("10.1.0.254/24"), ipaddress.IPv4Interface("10.9.0.1/24"))


def a_class(**changes: object) -> str:
    return json.dumps({"nextHop": "10.9.0.2", "delayMs": 25, "jitterMs": 0, "lossPercent": 0, **changes})


def test_a_full_class_is_read_with_its_defaults() -> None:
    spec = parse_class(a_class(delayMs=25.5, jitterMs=2, lossPercent=0.1, rateBitsPerSecond=1e8), NETWORK)
    assert spec == ClassSpec("10.9.0.2", 25.5, 2, 0.1, 100_000_000, DEFAULT_LIMIT_PACKETS, None)
    assert parse_class('{"nextHop": "10.9.0.2", "delayMs": 1}', NETWORK).jitter_ms == 0


def test_rare_impairments_are_read_where_they_are_asked_for() -> None:
    spec = parse_class(
        a_class(
            **{"jitterMs": 6, "jitterDistribution": "normal", "jitterCorrelationPercent": 30, "lossBursts": BURSTS},
            **{"limitBytes": 9000, "duplicatePercent": 1, "corruptPercent": 0.1, "reorder": {"percent": 5, "gap": 3}},
        ),
        NETWORK,
    )
    assert spec[2] == 6 and spec[7:] == ("normal", 30, Bursts(1, 25, 90, 0), 9000, 1, 0.1, Reorder(5, 3), None)


def test_a_neighbour_on_another_host_is_read_with_where_that_takes_it() -> None:
    spec = parse_class(a_class(peer={"address": "192.0.2.5", "port": 20017}), NETWORK)
    assert spec.peer == Peer("192.0.2.5", 20017)
    assert parse_class(a_class(), NETWORK).peer is None


@pytest.mark.parametrize(("distribution", "most"), [("uniform", 25), ("normal", 6.25), ("pareto", 37.5)])
def test_no_jitter_reaches_below_the_delay(distribution: str, most: float) -> None:
    parse_class(a_class(jitterMs=most, jitterDistribution=distribution), NETWORK)
    with pytest.raises(Refused, match=r"^jitterMs: "):
        parse_class(a_class(jitterMs=most + 0.01, jitterDistribution=distribution), NETWORK)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"peer": {"address": "core", "port": 1}}, "peer.address"),
        ({"peer": {"address": "192.0.2.5", "port": 65536}}, "port"),
        ({"peer": {"address": "192.0.2.5", "port": 1, "host": "a"}}, "peer.host"),
        ({"peer": "192.0.2.5:1"}, "peer"),
        ({"jitterDistribution": "cauchy"}, "jitterDistribution"),
        ({"jitterCorrelationPercent": 100}, "jitterCorrelationPercent"),
        ({"lossBursts": 5}, "lossBursts"),
        ({"lossBursts": {**BURSTS, "endsPercent": 0}}, "lossBursts"),
        ({"lossBursts": {**BURSTS, "meanPercent": 1}}, "lossBursts.meanPercent"),
        ({"lossBursts": {"beginsPercent": 1}}, "endsPercent"),
        ({"limitBytes": 0}, "limitBytes"),
        ({"duplicatePercent": 101}, "duplicatePercent"),
        ({"corruptPercent": -1}, "corruptPercent"),
        ({"reorder": {"percent": 5, "gap": 0}}, "gap"),
        ({"reorder": {"percent": 5, "gap": 1}, "delayMs": 0}, "reorder"),
        ({"nextHop": "10.8.0.2"}, "nextHop"),
        ({"nextHop": "10.9.0.1"}, "nextHop"),
        ({"nextHop": "10.9.0.255"}, "nextHop"),
        ({"nextHop": "elsewhere"}, "nextHop"),
        ({"nextHop": 5}, "nextHop"),
        ({"delayMs": -1}, "delayMs"),
        ({"delayMs": 60_001}, "delayMs"),
        ({"delayMs": True}, "delayMs"),
        ({"delayMs": "25"}, "delayMs"),
        ({"delayMs": float("nan")}, "delayMs"),
        ({"jitterMs": 26}, "jitterMs"),
        ({"lossPercent": 100.1}, "lossPercent"),
        ({"rateBitsPerSecond": 0}, "rateBitsPerSecond"),
        ({"rateBitsPerSecond": 1000.5}, "rateBitsPerSecond"),
        ({"limitPackets": 0}, "limitPackets"),
        ({"seed": -1}, "seed"),
        ({"delay": 3}, "delay"),
    ],
)
def test_a_wrong_field_is_refused_by_name(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Refused, match=f"^{field}: "):
        parse_class(a_class(**changes), NETWORK)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"delayMs": 1, "delayMs": 2}'])
def test_text_that_is_no_plain_object_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_class(text, NETWORK)


def test_routes_lead_to_neighbours_with_a_class() -> None:
    text = '{"10.2.0.0/24": "10.9.0.2", "10.3.0.7/32": "10.9.0.2"}'
    assert parse_routes(text, NETWORK, {"10.9.0.2"}) == {"10.2.0.0/24": "10.9.0.2", "10.3.0.7/32": "10.9.0.2"}


@pytest.mark.parametrize(
    ("prefix", "hop"),
    [
        ("10.2.0.0/24", "10.9.0.3"),
        ("10.2.0.1/24", "10.9.0.2"),
        ("10.1.0.0/16", "10.9.0.2"),
        ("0.0.0.0/0", "10.9.0.2"),
        ("10.9.0.128/25", "10.9.0.2"),
        ("somewhere", "10.9.0.2"),
    ],
)
def test_a_wrong_route_is_refused_by_its_prefix(prefix: str, hop: str) -> None:
    with pytest.raises(Refused, match=f"^{prefix}: "):
        parse_routes(json.dumps({prefix: hop}), NETWORK, {"10.9.0.2"})


@pytest.mark.parametrize("name", ["", "-f", "a b", "a;b", "a/b", "x" * 129])
def test_a_name_that_is_no_plain_word_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=r"^name: "):
        parse_name(name)


def test_addresses_come_from_the_environment_or_are_refused() -> None:
    assert parse_network("10.1.0.254/24", "10.9.0.1", 24) == NETWORK
    for site, wan, field in [
        (None, "10.9.0.1", "SITE_ADDRESS"),
        ("10.1.0.254", "10.9.0.1", "SITE_ADDRESS"),
        ("10.1.0.255/24", "10.9.0.1", "SITE_ADDRESS"),
        ("10.1.0.254/24", None, "WAN_ADDRESS"),
    ]:
        with pytest.raises(Refused, match=f"^{field}: "):
            parse_network(site, wan)
