import json
import os
from pathlib import Path

import pytest
from buswide_openstack import exchanges, meter


class TestAService:
    def test_is_watched_while_the_folder_is_there(self, tmp_path: Path) -> None:
        assert exchanges.watched(tmp_path)
        assert not exchanges.watched(tmp_path / "missing")

    def test_adds_a_line_an_exchange(self, tmp_path: Path) -> None:
        for name in ("call", "db"):
            exchanges.note(name, 1_700_000_000.1234567, 0.25, {"used": {"sent": 4}}, tmp_path)
        lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
        assert [line["name"] for line in lines] == ["call", "db"]
        assert lines[0] == {"name": "call", "started": 1_700_000_000.123457, "took": 0.25, "used": {"sent": 4}}

    def test_says_at_which_of_its_periodic_tasks_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(meter, "task", lambda: "update_available_resource")
        exchanges.note("db", 1.0, 0.0, {}, tmp_path)
        assert json.loads((tmp_path / "all.jsonl").read_text())["task"] == "update_available_resource"

    def test_keeps_them_from_all_others(self, tmp_path: Path) -> None:
        exchanges.note("db", 1.0, 0.0, {}, tmp_path)
        assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o600

    def test_keeps_nothing_when_nobody_watches_any_more(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        exchanges.note("db", 1.0, 0.0, {}, tmp_path / "missing")
        assert os.listdir(tmp_path) == []
        assert capsys.readouterr().err == ""

    def test_fails_at_nothing_that_cannot_be_written(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "all.jsonl").mkdir()
        exchanges.note("db", 1.0, 0.0, {}, tmp_path)
        assert "what was said to others is not kept" in capsys.readouterr().err
