"""Commands, good and bad."""

import json
from typing import Any

import pytest

from buswide_agent import protocol
from buswide_agent.protocol import ProtocolError, parse

CONFIGURE: dict[str, Any] = {
    "type": "configure",
    "run": "r1",
    "role": "server",
    "pattern": "call",
    "site": "core",
    "transport": "rabbit://u:sesame@h:5672/",
    "settings": {"oslo_messaging_rabbit": {"heartbeat_timeout_threshold": 0}},
    "messageBytes": 100,
    "timeoutSeconds": 5,
    "oneWay": False,
    "connectingDeadmanSeconds": 90,
    "deadmanSeconds": 30,
    "members": [{"id": 0, "topic": "t", "name": "s0"}],
}
RUN: dict[str, Any] = {"type": "run", "round": 1, "at": 10.5, "operations": 3, "clients": 2}


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def test_a_configuration_is_read_as_it_was_meant() -> None:
    command = parse(json.dumps(CONFIGURE))
    assert isinstance(command, protocol.Configure)
    assert command.members == (protocol.Member(0, "t", "s0"),)
    assert command.timeout == 5.0
    assert command.message_bytes == 100
    assert (command.connecting_deadman, command.deadman) == (90.0, 30.0)


def test_a_closed_and_an_open_round_are_read() -> None:
    assert parse(json.dumps(RUN)) == protocol.Run(1, 10.5, 3, None, None, 2)
    opened = without(RUN, "operations") | {"seconds": 2, "rate": 50}
    assert parse(json.dumps(opened)) == protocol.Run(1, 10.5, None, 2.0, 50.0, 2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (CONFIGURE | {"role": "broker"}, "configure.role: one of client, server expected"),
        (CONFIGURE | {"pattern": "shout"}, "configure.pattern: one of call, cast, fanout, notify expected"),
        (CONFIGURE | {"messageBytes": -1}, "configure.messageBytes: a whole number, 0 or more expected"),
        (CONFIGURE | {"timeoutSeconds": 0}, "configure.timeoutSeconds: a number above 0 expected"),
        (CONFIGURE | {"timeoutSeconds": True}, "configure.timeoutSeconds: a number above 0 expected"),
        (CONFIGURE | {"members": []}, "configure.members: a non-empty list expected"),
        (
            CONFIGURE | {"members": [{"id": 0, "topic": "t", "name": "s", "colour": 1}]},
            "configure.members[0]: unknown field 'colour'",
        ),
        (
            CONFIGURE | {"settings": {"g": {"option": ["a", 1]}}},
            "configure.settings.g: an object of strings, numbers, booleans and lists expected",
        ),
        (
            CONFIGURE | {"settings": {"g": 1}},
            "configure.settings.g: an object of strings, numbers, booleans and lists",
        ),
        (CONFIGURE | {"extra": 1}, "configure: unknown field 'extra'"),
        (without(CONFIGURE, "transport"), "configure.transport: a non-empty string expected"),
        (without(RUN, "operations"), "run: operations or seconds expected"),
        (RUN | {"rate": 5}, "run: an open loop (rate) has seconds and no operations"),
        ({"type": "dance"}, "type: a known command expected"),
        ({}, "type: a known command expected"),
    ],
)
def test_a_bad_command_is_refused_by_the_name_of_its_field(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse(json.dumps(values))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "line", ["", "nonsense sesame", '{"type": "configure", "transport": "sesame"', "[1]"]
)
def test_what_is_no_json_object_is_refused_without_being_quoted(line: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse(line)
    assert "sesame" not in str(refused.value)
