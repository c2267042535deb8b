"""The shims, without the library they are for: with it, they run in the end-to-end test."""

import collections
import collections.abc

import pytest

from buswide_agent import zeromq


def test_names_that_left_collections_are_those_of_collections_abc(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in zeromq.OLD_NAMES:
        monkeypatch.setattr(collections, name, None, raising=False)
    zeromq.restore_collections()
    for name in zeromq.OLD_NAMES:
        assert getattr(collections, name) is getattr(collections.abc, name)


def test_the_driver_is_not_given_the_option_it_does_not_know() -> None:
    class Driver:
        def send(self, target: str, *, timeout: int) -> tuple[str, int]:
            return target, timeout

    zeromq.drop_call_monitor(Driver)
    send = Driver().send
    assert send("target", timeout=5, call_monitor_timeout=None) == ("target", 5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        send("target", timeout=5, other=1)  # type: ignore[call-arg]
