"""What is billed by the hour and has no price here: unpriced.json has what each costs more or less with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from guardrails.step.change import values_at
from review.differences import told
from review.labels import label
from review.model import read
from review.prices import Line

PAID: Mapping[str, Sequence[str]] = read("unpriced")
"""The properties that the price of a resource depends on, by its type (AWS pricing pages)."""


def lines(environment: Environment) -> Iterator[Line]:
    """Yield each such resource, with all that its price depends on."""
    for kind, paths in PAID.items():
        for each in environment.resources(kind):
            values = {x.replace("/", "."): values_at(each.properties, x) for x in paths}
            of = told({}, {x: y[0] for x, y in values.items() if y}, sides=[environment])
            of = of.replace(" none → ", " ")
            yield Line(label(each), 1, None, "resource", of=f"with {of}" if of else "")
