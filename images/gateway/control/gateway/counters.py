"""What a class has done so far, the same for both emulators."""

from typing import TypedDict


class ClassCounters(TypedDict, total=False):
    """Counters since the class was made (or the emulator restarted); left out where the emulator has none."""

    packets: int
    bytes: int
    delivered: int
    deliveredBytes: int
    droppedByLoss: int
    droppedByQueueLimit: int
    droppedByKernel: int
    dropped: int
    duplicated: int
    corrupted: int
    overtook: int
    held: int
    maxLatenessMs: float
