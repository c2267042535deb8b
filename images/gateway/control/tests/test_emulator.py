"""Runs the C tests of the emulator's pure parts, so that the Python gate covers them."""

import shutil
import subprocess
from pathlib import Path

import pytest

EMULATOR = Path(__file__).parents[2] / "emulator"


@pytest.mark.skipif(
    shutil.which("make") is None or shutil.which("cc") is None, reason="no C compiler; the image build runs them"
)
def test_the_emulators_pure_parts_hold_their_claims(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "-s", "check", f"BUILD={tmp_path}"], cwd=EMULATOR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout and done.stdout.count("ok  ") >= 16
