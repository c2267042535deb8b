"""Open-loop schedules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buswide_agent.schedule import OpenSchedule


@given(
    rate=st.floats(0.1, 5000),
    seconds=st.floats(0.01, 60),
    clients=st.integers(1, 40),
)
def test_all_clients_together_are_one_evenly_spaced_load(rate: float, seconds: float, clients: int) -> None:
    schedules = [OpenSchedule(rate, seconds, clients, index) for index in range(clients)]
    step = max(1, round(rate * seconds / 200))
    starts = sorted(
        schedule.start(sequence) for schedule in schedules for sequence in range(0, schedule.count)
    )
    assert len(starts) == sum(schedule.count for schedule in schedules)
    assert abs(len(starts) - rate * seconds) <= 1
    assert all(0 <= start < seconds + 1e-6 for start in starts)
    for number in range(0, len(starts), step):
        assert starts[number] == pytest.approx(number / rate)


def test_a_whole_number_of_operations_is_not_rounded_up() -> None:
    assert sum(OpenSchedule(0.1, 30, 2, index).count for index in range(2)) == 3
    assert sum(OpenSchedule(50, 20, 10, index).count for index in range(10)) == 1000


def test_a_client_beyond_the_last_operation_has_none() -> None:
    assert OpenSchedule(1, 2, 5, 4).count == 0
