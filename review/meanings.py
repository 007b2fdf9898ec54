"""What changes in place mean for what runs: meanings.csv, with the source of each row.

Of Kubernetes objects fields.csv says that of fields, and kinds.csv what it means that one comes or goes. What replaces or
interrupts stands in the schemas of CloudFormation and in guardrails/step.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

from assembly.kubernetes_object import KubernetesObject
from review.model import Risk
from review.sides import Change


class Meaning(NamedTuple):
    """A row of meanings.csv; `path` is that of a property and all below it, empty for all others."""

    kind: str
    path: str
    means: str
    source: str


def rows_of(name: str) -> list[list[str]]:
    """Return the rows of a CSV file of this folder."""
    file = Path(__file__).with_name(f"{name}.csv")
    return [*csv.reader(file.read_text("utf-8").splitlines())][1:]


MEANINGS = {(row.kind, row.path): row for row in (Meaning(*each) for each in rows_of("meanings"))}
FIELDS = [Meaning(*each) for each in rows_of("fields")]
"""Fields of Kubernetes objects whose changes mean no harm; kind and path are regular expressions."""
BINDINGS = ("RoleBinding", "ClusterRoleBinding")
"""Who may do what is told with access."""
OBJECTS, NEW_OBJECTS = (
    {kind: (Risk[risk], means) for kind, on, risk, means, _ in rows_of("kinds") if on == change}
    for change in ("gone", "new")
)
"""What goes with an object, and what a new one refuses."""
KNOWN = {*OBJECTS, *NEW_OBJECTS, *BINDINGS}
"""Kinds of which somebody says what they do."""


def loss_of(item: KubernetesObject) -> str:
    """Return what goes with an object, empty where nothing does or nobody knows it."""
    return OBJECTS.get(item.kind, (None, ""))[1]


def meaning_of(kind: str, path: str) -> str:
    """Return what a change of a dotted path means, empty where no row says it."""
    parts = path.split(".")
    for length in range(len(parts), -1, -1):
        if found := MEANINGS.get((kind, "/".join(parts[:length]))):
            return found.means
    return ""


def is_harmless(kind: str, path: str) -> bool:
    """Tell whether a row says that a change of a field of a Kubernetes object means no harm."""
    return any(re.fullmatch(x.kind, kind) and re.fullmatch(x.path, path) for x in FIELDS)


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
