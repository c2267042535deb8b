import subprocess
from pathlib import Path
from typing import Any

import pytest
from buswide_database import data
from buswide_database.decision import Position

HISTORY = "9e107d9d-372b-11ef-8b1a-6f1e2d3c4b5a"
NOTHING = "00000000-0000-0000-0000-000000000000"


def state(history: str, number: int, safe: int = 0) -> str:
    return f"# GALERA saved state\nversion: 2.1\nuuid:    {history}\nseqno:   {number}\nsafe_to_bootstrap: {safe}\n"


def test_what_a_server_wrote_down_as_it_ended_is_its_position(tmp_path: Path) -> None:
    (tmp_path / "grastate.dat").write_text(state(HISTORY, 42))
    assert data.position(tmp_path) == Position(HISTORY, 42)


def test_a_node_without_the_file_or_a_history_has_nothing(tmp_path: Path) -> None:
    assert data.position(tmp_path) is None
    (tmp_path / "grastate.dat").write_text(state(NOTHING, -1))
    assert data.position(tmp_path) is None


def logs(history: str, number: int) -> str:
    return f"2026-01-01  1:00:00 0 [Note] WSREP: Recovered position: {history}:{number}\n"


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (logs(HISTORY, 17), Position(HISTORY, 17)),
        (logs(NOTHING, -1), None),
        (logs("1" + HISTORY[1:], 17), None),
        ("InnoDB: is damaged\n", None),
    ],
)
def test_of_a_server_that_was_killed_its_tables_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str, found: Position | None
) -> None:
    (tmp_path / "grastate.dat").write_text(state(HISTORY, -1))
    asked: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, log)

    monkeypatch.setattr(subprocess, "run", run)
    assert data.position(tmp_path) == found
    assert [(command[0], "--wsrep-recover" in command) for command in asked] == [("mariadbd", True)]


def test_the_one_that_begins_is_allowed_to_and_keeps_the_rest_of_its_state(tmp_path: Path) -> None:
    file = tmp_path / "grastate.dat"
    file.write_text(state(HISTORY, 42))
    data.allow_beginning(tmp_path)
    assert file.read_text() == state(HISTORY, 42, safe=1)
    file.unlink()
    data.allow_beginning(tmp_path)
    assert not file.exists()


def test_an_installation_takes_the_place_of_whatever_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql" / "user.frm").write_text("")
    (tmp_path / ".left").write_text("")
    found: list[list[Path]] = []
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: found.append(list(tmp_path.iterdir())))
    data.install(tmp_path)
    assert found == [[]]
