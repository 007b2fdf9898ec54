"""What a change of a property in place means for what runs: meanings.csv, with the source of each row.

What replaces or interrupts stands in the schemas of CloudFormation and in guardrails/step.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from review.sides import Change


class Meaning(NamedTuple):
    """A row of meanings.csv; `path` is that of a property and all below it, empty for all others."""

    kind: str
    path: str
    means: str
    source: str


_FILE = Path(__file__).with_suffix(".csv")
MEANINGS = {
    (row.kind, row.path): row
    for row in (Meaning(*each) for each in [*csv.reader(_FILE.read_text("utf-8").splitlines())][1:])
}


def meaning_of(kind: str, path: str) -> str:
    """Return what a change of a dotted path means, empty where no row says it."""
    parts = path.split(".")
    for length in range(len(parts), -1, -1):
        if found := MEANINGS.get((kind, "/".join(parts[:length]))):
            return found.means
    return ""


def meaning_in(change: Change, name: str) -> str:
    """Return what a change of a property means: nothing is open over a route table that comes or goes."""
    both = [each for each in (change.before, change.after) if each is not None]
    if name == "RouteTableIds" and change.kind == "in place":
        sides = [each.scope.environment for each in both]
        old, new = (
            {x.node for x in side.targets(each.properties.get(name))}
            for side, each in zip(sides, both, strict=True)
        )
        if old != new and not any(all(x in y.by_node for y in sides) for x in old ^ new):
            return ""
    return meaning_of(change.resource.kind, name)
