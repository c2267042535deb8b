"""Which sequence numbers arrived, kept exactly and compactly."""

from bisect import bisect_right
from collections.abc import Iterable

Ranges = list[list[int]]


def to_ranges(numbers: Iterable[int]) -> Ranges:
    """Distinct numbers as ascending inclusive ranges: {1, 2, 3, 7} is [[1, 3], [7, 7]]."""
    ranges: Ranges = []
    for number in sorted(numbers):
        if ranges and number <= ranges[-1][1] + 1:
            ranges[-1][1] = max(ranges[-1][1], number)
        else:
            ranges.append([number, number])
    return ranges


class RangeSet:
    """A set of integers kept as disjoint ranges: constant space for numbers that come in order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, number: int) -> bool:
        """Adds a number; False if it was there already."""
        at = bisect_right(self._starts, number) - 1
        if at >= 0 and number <= self._ends[at]:
            return False
        joins_left = at >= 0 and self._ends[at] == number - 1
        joins_right = at + 1 < len(self._starts) and self._starts[at + 1] == number + 1
        if joins_left and joins_right:
            self._ends[at] = self._ends[at + 1]
            del self._starts[at + 1], self._ends[at + 1]
        elif joins_left:
            self._ends[at] = number
        elif joins_right:
            self._starts[at + 1] = number
        else:
            self._starts.insert(at + 1, number)
            self._ends.insert(at + 1, number)
        return True

    def ranges(self) -> Ranges:
        """Ascending inclusive ranges."""
        return [[start, end] for start, end in zip(self._starts, self._ends, strict=True)]


class Arrivals:
    """What one receiver got from all senders in one round, reported in increments.

    A delivery is a duplicate if this receiver had the same message of the same sender before, and reordered
    if it had a later message of that sender before. Not thread-safe: the caller holds a lock.
    """

    def __init__(self) -> None:
        self._had: dict[int, RangeSet] = {}
        self._latest: dict[int, int] = {}
        self._new: dict[int, list[int]] = {}
        self._again: dict[int, list[int]] = {}
        self._reordered = 0

    def add(self, sender: int, sequence: int) -> None:
        """Counts one delivery."""
        if not self._had.setdefault(sender, RangeSet()).add(sequence):
            self._again.setdefault(sender, []).append(sequence)
            return
        self._new.setdefault(sender, []).append(sequence)
        latest = self._latest.get(sender, -1)
        if sequence < latest:
            self._reordered += 1
        else:
            self._latest[sender] = sequence

    def take(self) -> dict[str, object] | None:
        """What came since the last take, None if nothing did.

        ``new``: sender to ranges of first deliveries; ``again``: sender to sequence numbers of duplicates,
        repeated as often as they came; ``reordered``: a count.
        """
        if not self._new and not self._again:
            return None
        increment: dict[str, object] = {
            "new": {str(sender): to_ranges(numbers) for sender, numbers in self._new.items()},
            "again": {str(sender): numbers for sender, numbers in self._again.items()},
            "reordered": self._reordered,
        }
        self._new, self._again, self._reordered = {}, {}, 0
        return increment
