from pathlib import Path

import pytest
from gateway.errors import Refused
from gateway.spec import Bursts, ClassSpec, Reorder
from gateway.state import LinkClass, State

from gateway import state

EMPTY = State({}, {})


def a_spec(hop: str, delay: float = 10) -> ClassSpec:
    return ClassSpec(hop, delay, 0, 0, None, 1000, None)


def test_a_changed_class_keeps_its_id_and_a_new_one_takes_the_lowest_free() -> None:
    one = state.with_class(EMPTY, "a", a_spec("10.9.0.2"))
    two = state.with_class(one, "b", a_spec("10.9.0.3"))
    changed = state.with_class(two, "a", a_spec("10.9.0.2", 50))
    assert changed.classes["a"] == LinkClass(1, a_spec("10.9.0.2", 50))
    assert changed.classes["b"].id == 2
    again = state.with_class(state.without_class(changed, "a"), "c", a_spec("10.9.0.4"))
    assert again.classes["c"].id == 1


def test_two_classes_for_one_neighbour_are_refused() -> None:
    one = state.with_class(EMPTY, "a", a_spec("10.9.0.2"))
    with pytest.raises(Refused, match=r"^nextHop: 10\.9\.0\.2 already belongs to class a"):
        state.with_class(one, "b", a_spec("10.9.0.2"))


def test_a_stored_state_comes_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "STATE_DIRECTORY", str(tmp_path))
    assert state.load() == EMPTY
    rare = a_spec("10.9.0.3")._replace(loss_bursts=Bursts(1, 2, 3, 4), reorder=Reorder(5, 6))
    classes = {"a": LinkClass(3, a_spec("10.9.0.2")), "b": LinkClass(4, rare)}
    stored = State(classes, {"10.2.0.0/24": "10.9.0.2"})
    with state.locked():
        state.save(stored)
    assert state.load() == stored
    assert not (tmp_path / "state.json.new").exists()
