"""What a service says to others while somebody watches it: a line an exchange, whoever's request it is for.

Traces have what is done for a request. Services also talk when nobody asks anything of them, and what they say then
belongs to no trace. While the folder is there, every exchange of any of the container's processes adds a line to its
file; whoever wants to know makes it, waits, and takes it away. As long as it is not there, all that an exchange costs
is a look for a folder.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from buswide_openstack import meter

FOLDER = Path("/var/lib/openstack/exchanges")
"""There while a service is watched."""
FILE = "all.jsonl"


def watched(folder: Path = FOLDER) -> bool:
    """Whether somebody watches."""
    return os.access(folder, os.F_OK)


def note(name: str, started: float, took: float, told: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Adds a line: what kind of exchange, when it began (Unix time), how long it took, both seconds, and what it was.

    It fails nothing: what cannot be written is said, and is not counted. Nobody wants what ends when nobody watches
    any more.
    """
    try:
        file = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except FileNotFoundError:
        return
    except OSError as error:
        print(f"what was said to others is not kept: {error}", file=sys.stderr)
        return
    task = meter.task()
    line = {
        "name": name,
        "started": round(started, 6),
        "took": round(took, 6),
        **({} if task is None else {"task": task}),
        **told,
    }
    try:
        # One write, so that the lines of several processes do not mix.
        os.write(file, (json.dumps(line) + "\n").encode())
    except OSError as error:
        print(f"what was said to others is not kept: {error}", file=sys.stderr)
    finally:
        os.close(file)
