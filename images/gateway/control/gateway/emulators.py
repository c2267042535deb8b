"""What each emulator can do: `emulators.json`, from which the documentation's table and all refusals follow."""

import json
import os
from typing import NamedTuple

from .errors import Refused
from .firewall import EmulatorKind

_FILE = os.path.join(os.path.dirname(__file__), "emulators.json")


class Lacking(NamedTuple):
    """A field of a class that an emulator has nothing for, and what to do instead."""

    field: str
    setting: str
    instead: str


def lacking(emulator: EmulatorKind) -> list[Lacking]:
    """All that an emulator lacks."""
    with open(_FILE, encoding="utf-8") as file:
        abilities = json.load(file)
    return [
        Lacking(field, ability["setting"], ability["instead"])
        for ability in abilities
        if ability[emulator] is None
        for field in ability["fields"]
    ]


def refuse_lacking(asked: set[str], emulator: EmulatorKind) -> None:
    """Raises Refused, naming the first of the `asked` fields that the emulator lacks."""
    for field, setting, instead in lacking(emulator):
        if field in asked:
            raise Refused(f"{field}: {emulator} has no {setting}: {instead}, or use another emulator")
