"""The parts of a NodePool: requirements, limits and disruption. node_pools.py has the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.labels import KEY
from constructs_lib.specs.node_pool_times import BudgetDuration, Duration, Schedule
from constructs_lib.specs.nodes import MOST_NODES
from constructs_lib.specs.types import distinct, shaped

MOST_REQUIREMENTS, MOST_BUDGETS = 100, 50
MOST_CPU, MOST_MEMORY_GIB = 1_000_000, 100_000_000
"""More than EKS's largest cluster has."""

RequirementKey = Annotated[
    str,
    shaped(
        KEY,
        "the key of a node label",
        "write it like kubernetes.io/arch",
    ),
]
RequirementValue = Annotated[
    str,
    shaped(
        r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?",
        "the value of a node label: at most 63 letters, digits, hyphens, dots and underscores",
        "write each value as a string of its own",
    ),
]
BudgetNodes = Annotated[
    str,
    shaped(
        r"(100|[0-9]{1,2})%|[0-9]{1,6}",
        "a number or a percentage of nodes",
        "write it like 1 or 10%",
    ),
]
Reason = Literal["Underutilized", "Empty", "Drifted"]
Device = Literal["nvidia.com/gpu", "amd.com/gpu", "aws.amazon.com/neuron", "vpc.amazonaws.com/efa"]
MOST_NUMBER = 2**63 - 1
"""The API reads the number of a requirement with CEL's int()."""
ONE_NUMBER = ("Gt", "Lt", "Gte", "Lte")
_RESTRICTED = {
    "karpenter.sh/nodepool": "every pool sets it itself: remove the requirement",
    "kubernetes.io/hostname": "a node gets it when it starts: remove the requirement",
}


class RequirementSpec(Spec):
    """What a label of the nodes must be."""

    key: RequirementKey
    """The label."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"] = "In"
    """How the label is compared with the values."""
    values: tuple[RequirementValue, ...] = ()
    """The values; none for Exists and DoesNotExist, one number for Gt, Lt, Gte and Lte."""
    min_values: Annotated[int, Field(ge=1, le=50)] | None = None
    """How many different values must be possible before a node starts; None needs one."""

    def __str__(self) -> str:
        """Return it in a line."""
        return f"{self.key} {self.operator} {', '.join(self.values)}".strip()

    def manifest(self) -> dict[str, Any]:
        """Return it as a part of a Kubernetes object."""
        told = {
            "key": self.key,
            "operator": self.operator,
            "values": list(self.values),
            "minValues": self.min_values,
        }
        return {key: value for key, value in told.items() if value not in (None, [])}

    @rule
    def key_is_for_requirements(self) -> Iterator[Problem]:
        """The API refuses labels that a node has of its own."""
        if self.key in _RESTRICTED:
            yield Problem(
                at="key",
                got=self.key,
                allowed="a label that more than one node can have",
                fix=_RESTRICTED[self.key],
            )

    @rule
    def values_fit_the_operator(self) -> Iterator[Problem]:
        """In and NotIn take values, Exists and DoesNotExist none, the others one number."""
        count = len(self.values)
        number = count == 1 and self.values[0].isdecimal()
        if self.operator in ONE_NUMBER:
            wrong, allowed, fix = not number, "one number of 0 or more", "write it like ('4',)"
        elif self.operator in ("In", "NotIn"):
            wrong, allowed, fix = not count, "at least one value", "add a value, or use 'Exists'"
        else:
            wrong, allowed, fix = bool(count), "no values", f"remove them, or use {'In'!r}"
        if self.operator in ONE_NUMBER and number and int(self.values[0]) > MOST_NUMBER:
            yield Problem(
                at="values",
                got=self.values,
                allowed=f"at most {MOST_NUMBER}",
                fix="write a smaller number",
            )
        if wrong:
            yield Problem(
                at="values",
                got=self.values,
                allowed=f"{allowed} with operator {self.operator!r}",
                fix=fix,
            )

    @rule
    def there_are_as_many_values(self) -> Iterator[Problem]:
        """In can't offer more different values than it lists."""
        if self.operator == "In" and (self.min_values or 0) > len(self.values) > 0:
            yield Problem(
                at="min_values",
                got=self.min_values,
                allowed=f"at most {len(self.values)}, the number of values",
                fix=f"add values, or set min_values={len(self.values)}",
            )


class LimitsSpec(Spec):
    """How large a NodePool can get: at least one of them."""

    cpu: Annotated[int, Field(ge=1, le=MOST_CPU)] | None = None
    """vCPUs of all of its nodes."""
    memory_gib: Annotated[int, Field(ge=1, le=MOST_MEMORY_GIB)] | None = None
    """Memory of all of its nodes, in GiB."""
    nodes: Annotated[int, Field(ge=1, le=MOST_NODES)] | None = None
    """The number of its nodes."""
    devices: Mapping[Device, Annotated[int, Field(ge=1, le=MOST_CPU)]] = {}
    """Devices of all of its nodes beside that, such as `{"nvidia.com/gpu": 8}`. Nodes without one aren't limited."""

    def manifest(self) -> dict[str, str]:
        """Return them as a part of a Kubernetes object."""
        memory = None if self.memory_gib is None else f"{self.memory_gib}Gi"
        told = {"cpu": self.cpu, "memory": memory, "nodes": self.nodes}
        told |= {str(name): count for name, count in self.devices.items()}
        return {key: str(value) for key, value in told.items() if value is not None}

    @rule
    def there_is_a_limit(self) -> Iterator[Problem]:
        """A pool without one grows until the account or the subnets end."""
        if self.cpu is None and self.memory_gib is None and self.nodes is None:
            yield Problem(
                at="cpu",
                got=None,
                allowed="at least one of cpu, memory_gib and nodes",
                fix="set cpu to the most vCPUs that the pool may use",
            )


class BudgetSpec(Spec):
    """How many nodes may be disrupted at once."""

    nodes: BudgetNodes = "10%"
    """The number, or a percentage of the pool's nodes; 0 forbids it."""
    schedule: Schedule | None = None
    """When the budget begins to hold, in UTC; None means always."""
    duration: BudgetDuration | None = None
    """How long it holds from then on."""
    reasons: Annotated[tuple[Reason, ...], distinct(3, "there are no more")] = ()
    """For which disruptions; none means all."""

    def manifest(self) -> dict[str, Any]:
        """Return it as a part of a Kubernetes object."""
        told = {
            "nodes": self.nodes,
            "schedule": self.schedule,
            "duration": self.duration,
            "reasons": list(self.reasons),
        }
        return {key: value for key, value in told.items() if value not in (None, [])}

    @rule
    def a_schedule_has_a_duration(self) -> Iterator[Problem]:
        """The API takes both or neither."""
        if (self.schedule is None) is not (self.duration is None):
            missing = "duration" if self.duration is None else "schedule"
            yield Problem(
                at=missing,
                got=None,
                allowed="schedule and duration together, or neither",
                fix=f"add {missing}, or remove the other",
            )


def _budgets(value: tuple[BudgetSpec, ...]) -> tuple[BudgetSpec, ...]:
    if len(value) > MOST_BUDGETS:
        raise refused(f"at most {MOST_BUDGETS} budgets", "merge those that hold at the same time")
    return value


class DisruptionSpec(Spec):
    """When nodes are replaced or removed to save money, and how many at once."""

    consolidation_policy: Literal["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"] | None = None
    """Which nodes may be removed or replaced by fewer; None means WhenEmptyOrUnderutilized."""
    consolidate_after: Duration | Literal["Never"] | None = None
    """How long a node stays as it is before that; None means at once."""
    budgets: Annotated[tuple[BudgetSpec, ...], AfterValidator(_budgets)] = ()
    """How many nodes at once, the strictest of them; none means 10%."""

    def manifest(self) -> dict[str, Any] | None:
        """Return it as a part of a Kubernetes object; None leaves it to the API."""
        told = {
            "consolidationPolicy": self.consolidation_policy,
            "budgets": [each.manifest() for each in self.budgets],
            "consolidateAfter": self.consolidate_after,
        }
        found = {key: value for key, value in told.items() if value not in (None, [])}
        # The API fills it in only where the whole part is missing.
        return {"consolidateAfter": "0s", **found} if found else None
