from buswide_load.services import reports_of, well_since

ONE = {"binary": "nova-compute", "host": "a", "state": "up", "updated_at": "2026-01-01T00:00:10.000000"}
AT = 1767225610.0
"""The same time in seconds."""


def test_a_service_reported_at_a_time_of_utc() -> None:
    other = {**ONE, "binary": "nova-scheduler", "host": "b", "state": "down", "updated_at": None}
    assert reports_of({"services": [ONE, other]}) == {
        "nova-compute/a": {"up": True, "reported": AT},
        "nova-scheduler/b": {"up": False, "reported": None},
    }


def test_services_are_well_that_are_up_and_have_said_so_since() -> None:
    reports = reports_of({"services": [ONE, {**ONE, "host": "b"}]})
    assert well_since(reports, AT)
    # Nova takes one that is silent for up until its patience is over.
    assert not well_since(reports, AT + 1)
    assert not well_since({**reports, "nova-compute/c": {"up": False, "reported": AT + 5}}, AT)
    assert not well_since({**reports, "nova-compute/c": {"up": True, "reported": None}}, AT)
