"""What is read out of ombt's detailed output."""

import pytest
from hdrh.histogram import HdrHistogram

from buswide_ombt.details import Detail, MixedTests, deliveries, kind_of, operations

SENDER = "0af3"
OTHER = "b1c2"


def operation(
    sequence: int, start: float, stop: float, error: str | None = None, sender: str = SENDER
) -> str:
    """A client's line as ombt writes it."""
    told = f', "error": "{error}"' if error else ""
    return f'{{"id": "{sender}:{sequence}", "start": {start:f}, "stop": {stop:f}{told}}}\n'


def delivery(sequence: int, start: float, received: float, sender: str = SENDER) -> list[str]:
    """A server's two writes as ombt makes them."""
    return [f'{{"id": "{sender}:{sequence}", "start": {start:f}, "recv": {received:f}', "}\n"]


def test_percentiles_come_from_single_operations_and_failed_ones_have_none() -> None:
    text = "".join(
        [
            '{"test-name": "test_call", "test-start": 100.000000}\n',
            operation(0, 100.0, 100.012),
            operation(1, 100.1, 160.1, "Timed out waiting for a reply to message ID 8f1bd6c2a0"),
            operation(2, 160.2, 160.216),
            '{"test-end": 161.000000}\n',
        ]
    )
    found = operations(text)
    assert found["ok"] == [[0, 0], [2, 2]]
    assert found["failed"] == {"MessagingTimeout": [[1, 1]]}
    assert (found["sender"], found["first"], found["last"]) == (SENDER, 100.0, 160.216)
    histogram = HdrHistogram.decode(found["latency"])
    assert histogram.get_total_count() == 2
    # The timeout's 60 s, which ombt's own mean has, are in no figure.
    assert histogram.get_max_value() == pytest.approx(16_000, rel=0.001)


def test_an_operation_that_fails_does_not_make_the_window_longer() -> None:
    timed_out = "Timed out waiting for a reply to message ID 8f1bd6c2a0"
    found = operations(operation(0, 100.0, 100.012) + operation(1, 100.1, 160.1, timed_out))
    assert (found["first"], found["last"]) == (100.0, 100.012)
    assert operations(operation(0, 100.0, 160.0, timed_out))["last"] is None


def test_an_error_with_quotes_and_lines_is_one_operation() -> None:
    text = operation(0, 1.0, 2.0, 'say "no"\nat last') + operation(1, 2.0, 2.5)
    assert operations(text)["failed"] == {'say "no"': [[0, 0]]}
    assert operations(text)["ok"] == [[1, 1]]


def test_kinds_of_errors_do_not_depend_on_message_identifiers() -> None:
    assert kind_of("Timed out waiting for a reply to message ID 12ab34cd56") == "MessagingTimeout"
    assert kind_of("no route for 12ab34cd56ef") == kind_of("no route for ffffaaaa0000") == "no route for …"
    assert kind_of("") == "unknown"


def test_output_of_two_tests_is_refused() -> None:
    with pytest.raises(MixedTests):
        operations(operation(0, 1.0, 2.0) + operation(0, 3.0, 4.0, sender=OTHER))


def test_a_client_that_did_nothing_has_no_sender() -> None:
    found = operations("")
    assert (found["sender"], found["ok"], found["failed"], found["latency"]) == (None, [], {}, None)


def test_deliveries_are_found_although_threads_tear_each_others_lines() -> None:
    first, second = delivery(0, 10.0, 10.020), delivery(1, 10.0, 10.040)
    torn = first[0] + second[0] + first[1] + second[1]
    found = deliveries(torn, {SENDER: (7, "edge")})
    assert found["arrived"] == {"new": {"7": [[0, 1]]}, "again": {}, "reordered": 0}
    assert found["last"] == 10.040
    latency = found["latency"]
    assert isinstance(latency, dict)
    histogram = HdrHistogram.decode(latency["edge"])
    assert histogram.get_value_at_percentile(100) == pytest.approx(40_000, rel=0.001)


def test_what_came_twice_or_of_an_earlier_test_or_before_it_was_sent_is_told_apart() -> None:
    writes = [
        *delivery(0, 10.0, 10.1),
        *delivery(0, 10.0, 10.2),
        *delivery(5, 9.0, 10.3, sender=OTHER),
        *delivery(1, 10.5, 10.4),
    ]
    found = deliveries("".join(writes), {SENDER: (3, "core")})
    assert found["arrived"] == {"new": {"3": [[0, 1]]}, "again": {"3": [0]}, "reordered": 0}
    assert (found["stale"], found["negative"]) == (1, 1)


def test_what_is_cleared_is_gone() -> None:
    detail = Detail()
    detail.write("a")
    detail.clear()
    detail.write("b")
    assert (detail.text(), detail.count()) == ("b", 1)
