"""How a service without an API says that it answers requests: by a file that `health.sh` looks for."""

from pathlib import Path

READY = Path("/var/lib/openstack/ready")
"""Made anew by `openstack-start`."""


def say(name: str, folder: Path = READY) -> None:
    """Says that `name` answers requests."""
    (folder / name).touch()


def take_back(name: str, folder: Path = READY) -> None:
    """Says that `name` answers no more, if it was said to."""
    (folder / name).unlink(missing_ok=True)
