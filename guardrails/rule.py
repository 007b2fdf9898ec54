"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Template = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A breach of a rule in one resource.

    `value` is what offends; together with the rule's id it names the finding, as in
    `Groundwork::EKS1[0.0.0.0/0]`. `location` is the property that holds it.
    """

    logical_id: str
    value: str
    location: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: its stable id, what goes wrong without it, how to mend it, and its check."""

    id: str
    reason: str
    mend: str
    check: Callable[[Template], Iterator[Finding]]


def resources(template: Template, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the logical id and properties of every resource of a CloudFormation type."""
    for logical_id, resource in template.get("Resources", {}).items():
        if resource["Type"] == kind:
            yield logical_id, resource.get("Properties", {})
