"""Counting what arrived."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from buswide_agent.sequences import Arrivals, Ranges, RangeSet, to_ranges


def expand(ranges: Ranges) -> list[int]:
    return [number for first, last in ranges for number in range(first, last + 1)]


@given(st.lists(st.integers(0, 60)))
def test_a_range_set_is_a_set(numbers: list[int]) -> None:
    ranges, plain = RangeSet(), set[int]()
    for number in numbers:
        assert ranges.add(number) == (number not in plain)
        plain.add(number)
    assert expand(ranges.ranges()) == sorted(plain)


@given(st.lists(st.integers(0, 60)))
def test_ranges_are_as_few_as_possible(numbers: list[int]) -> None:
    ranges = RangeSet()
    for number in numbers:
        ranges.add(number)
    assert ranges.ranges() == to_ranges(set(numbers))
    assert all(
        later[0] > earlier[1] + 1
        for earlier, later in zip(ranges.ranges(), ranges.ranges()[1:], strict=False)
    )


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.booleans())))
def test_every_delivery_is_reported_once_however_often_it_is_taken(
    deliveries: list[tuple[int, int, bool]],
) -> None:
    arrivals = Arrivals()
    new, again = Counter[tuple[int, int]](), Counter[tuple[int, int]]()

    def take() -> None:
        match arrivals.take():
            case {"new": dict(first), "again": dict(more)}:
                for sender, ranges in first.items():
                    new.update((int(sender), number) for number in expand(ranges))
                for sender, numbers in more.items():
                    again.update((int(sender), number) for number in numbers)

    for sender, sequence, take_now in deliveries:
        arrivals.add(sender, sequence)
        if take_now:
            take()
    take()
    assert arrivals.take() is None
    assert new + again == Counter((sender, sequence) for sender, sequence, _ in deliveries)
    assert all(count == 1 for count in new.values())


def test_only_an_overtaken_first_delivery_is_reordered() -> None:
    arrivals = Arrivals()
    for sequence in (0, 1, 4, 2, 3, 5, 2):
        arrivals.add(7, sequence)
    arrivals.add(8, 0)
    assert arrivals.take() == {
        "new": {"7": [[0, 5]], "8": [[0, 0]]},
        "again": {"7": [2]},
        "reordered": 2,
    }
