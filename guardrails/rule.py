"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from guardrails.environment import Environment, Resource

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A breach of a rule in one resource.

    `value` is what offends; together with the rule's id it names the finding, as in
    `Groundwork::EKS1[0.0.0.0/0]`. It is stable: an acknowledgement repeats it. `location` is the
    property that holds it. `detail` is a sentence about this one case. `mend` stands in for the
    rule's own where the finding knows better. `construct_path` is for a finding about a construct
    rather than a resource of the template.
    """

    resource: Resource
    value: str
    location: str
    detail: str = ""
    mend: str = ""
    construct_path: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule over all stacks of an environment.

    `id` never changes: acknowledgements name it. `reason` says what goes wrong without the rule and
    `source` where that can be read. An error stops the synth; a warning is only printed.
    """

    id: str
    family: str
    reason: str
    source: str
    mend: str
    check: Callable[[Environment], Iterator[Finding]]
    severity: Severity = "error"
