"""Running the system's network tools."""

import subprocess
from collections.abc import Sequence

from .errors import Failed


def run(command: Sequence[str], text: str | None = None) -> str:
    """Runs a command with `text` on its standard input; its standard output. Raises Failed with what it said."""
    try:
        done = subprocess.run(command, input=text or "", capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{command[0]}: {error}") from error
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip() or f'exit code {done.returncode}'}")
    return done.stdout


def works(command: Sequence[str]) -> bool:
    """Whether a command succeeds: for probes."""
    try:
        run(command)
    except Failed:
        return False
    return True
