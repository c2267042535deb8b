"""Classes that a schedule has changed for a time: where the emulator comes back, they are what it is given.

The file lies with the running gateway, not with its state: it is gone when the container restarts. It is in memory, as
it is written at every change, and on a disk a rename may have to wait for the file system's journal, such as while a
machine writes back images that it has built."""

import contextlib
import json
import os

from . import runtime
from .spec import ClassSpec
from .state import read_spec

_FILE = "gateway-temporary.json"


def _path() -> str:
    return os.path.join(runtime.MEMORY, _FILE)


def forget() -> None:
    """Takes away what an earlier start of the container may have left."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path())


def load() -> dict[str, ClassSpec]:
    """By name, the classes that are not as asked."""
    try:
        with open(_path(), encoding="utf-8") as file:
            return {name: read_spec(spec) for name, spec in json.load(file).items()}
    except FileNotFoundError:
        return {}


def put(name: str, spec: ClassSpec | None) -> None:
    """Notes a class's change, or with None that it is as asked. To be called with the gateway's lock held."""
    classes = load()
    if spec is None:
        classes.pop(name, None)
    else:
        classes[name] = spec
    with open(f"{_path()}.new", "w", encoding="utf-8") as file:
        json.dump({other: value._asdict() for other, value in classes.items()}, file)
    os.replace(f"{_path()}.new", _path())
