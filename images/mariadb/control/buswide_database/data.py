"""What a node has on its disk: how far it has come, and how a new one begins with nothing."""

import re
import shutil
import subprocess
from pathlib import Path

from .decision import Position

DATA = Path("/var/lib/mysql")

_NO_HISTORY = "00000000-0000-0000-0000-000000000000"
_RECOVERED = re.compile(r"Recovered position: *([0-9a-f-]{36}):(-?\d+)")


def parse_state(text: str) -> Position | None:
    """What `grastate.dat` says; the number is -1 where the server did not end well. None: no history."""
    fields = dict(re.findall(r"^(\w+):\s*(\S+)", text, re.MULTILINE))
    history = fields.get("uuid", _NO_HISTORY)
    return None if history == _NO_HISTORY else Position(history, int(fields.get("seqno", "-1")))


def parse_recovered(log: str) -> Position | None:
    """What a server found in its tables (`--wsrep-recover`). None: nothing."""
    found = _RECOVERED.search(log)
    if found is None or found[1] == _NO_HISTORY:
        return None
    return Position(found[1], int(found[2]))


def position(data: Path = DATA) -> Position | None:
    """How far the node has come, by its tables where the server did not get to write it down. None: it has nothing."""
    state = data / "grastate.dat"
    written = parse_state(state.read_text()) if state.exists() else None
    if written is None or written.number >= 0:
        return written
    run = subprocess.run(
        # It connects to nobody, and yet does not start without being told whom to.
        ["mariadbd", f"--datadir={data}", "--wsrep-recover", "--wsrep-cluster-address=gcomm://"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    found = parse_recovered(run.stdout)
    # Tables of another history are not those that the file speaks of: a state transfer was cut short.
    return found if found is not None and found.history == written.history else None


def allow_beginning(data: Path = DATA) -> None:
    """Has Galera let this node begin a cluster: it is known that no other has come further."""
    state = data / "grastate.dat"
    if state.exists():
        state.write_text(
            re.sub(r"^safe_to_bootstrap:.*$", "safe_to_bootstrap: 1", state.read_text(), flags=re.MULTILINE)
        )


def install(data: Path = DATA) -> None:
    """Makes an empty database in place of whatever is there."""
    for entry in data.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    subprocess.run(
        [
            "mariadb-install-db",
            # What is configured is a node of a cluster, which this is not yet.
            "--no-defaults",
            "--skip-test-db",
            "--auth-root-authentication-method=socket",
            # Whoever is this user in the container is the server's administrator; nobody else is, from nowhere.
            "--auth-root-socket-user=mysql",
            f"--datadir={data}",
        ],
        stdout=subprocess.DEVNULL,
        check=True,
    )
