"""Forked processes that answer commands."""

from functools import partial
from typing import Any

import pytest

from buswide_ombt.children import Child, ChildError, Handler, ask_all


def adder(amount: int) -> Handler:
    def handle(command: Any) -> Any:  # noqa: ANN401
        if command == "fail":
            raise ValueError("it cannot")
        return command + amount

    return handle


def failing() -> Handler:
    raise RuntimeError("no bus")


def test_all_children_answer_in_their_order() -> None:
    children = [Child(f"adder {amount}", partial(adder, amount)) for amount in (1, 10)]
    try:
        for child in children:
            child.receive()
        assert ask_all(children, 5) == [6, 15]
    finally:
        for child in children:
            child.kill()


def test_a_failed_command_is_told_and_the_child_goes_on() -> None:
    child = Child("adder", lambda: adder(1))
    try:
        child.receive()
        with pytest.raises(ChildError, match="adder: ValueError: it cannot"):
            ask_all([child], "fail")
        assert ask_all([child], 1) == [2]
    finally:
        child.kill()


def test_a_child_that_cannot_be_made_says_why() -> None:
    with pytest.raises(ChildError, match="broken: RuntimeError: no bus"):
        Child("broken", failing).receive()


def test_a_killed_child_is_noticed() -> None:
    child = Child("adder", lambda: adder(1))
    child.receive()
    child.kill()
    with pytest.raises(ChildError, match="adder has ended"):
        ask_all([child], 1)
