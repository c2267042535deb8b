"""Prometheus' text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    """One value of a family."""

    labels: Mapping[str, str]
    value: float


class Family(NamedTuple):
    """Values of one name."""

    name: str
    kind: Literal["counter", "gauge"]
    meaning: str
    samples: list[Sample]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def render(families: Iterable[Family]) -> str:
    """The text of all that have a value. Meanings and names are of one line, without a backslash."""
    lines = []
    for family in families:
        if family.samples:
            lines += [f"# HELP {family.name} {family.meaning}", f"# TYPE {family.name} {family.kind}"]
        for labels, value in family.samples:
            pairs = ",".join(f'{name}="{_escape(text)}"' for name, text in labels.items())
            number = str(int(value)) if value == int(value) else repr(value)
            lines.append(f"{family.name}{{{pairs}}} {number}")
    return "".join(f"{line}\n" for line in lines)
