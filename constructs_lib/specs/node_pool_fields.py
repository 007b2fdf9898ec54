"""The fields of a NodePool, and the Kubernetes object that they are.

The limits of fields are those of karpenter.sh/v1 (kubernetes-sigs/karpenter,
pkg/apis/crds/karpenter.sh_nodepools.yaml) unless another source stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.labels import RESERVED, LabelKey, LabelValue
from constructs_lib.specs.node_pool_flavours import Flavour
from constructs_lib.specs.node_pool_parts import (
    MOST_REQUIREMENTS,
    DisruptionSpec,
    LimitsSpec,
    RequirementSpec,
)
from constructs_lib.specs.node_pool_times import Age, Duration
from constructs_lib.specs.nodes import MOST_NODES, TaintSpec, repeated_taints
from constructs_lib.specs.types import DnsLabel
from kube.scheduling import TAINT_EFFECTS

RESTRICTED_ENDS = ("karpenter.sh", "karpenter.k8s.aws")
"""No label's domain may end so; the API doesn't ask for a dot before it."""
FORBIDDEN_DOMAINS = (*RESERVED, *RESTRICTED_ENDS)
"""Labels of these domains come from the kubelet, from Karpenter or from EKS."""
MOST_LABELS = 100


def _own_labels(value: Mapping[str, str]) -> Mapping[str, str]:
    if len(value) > MOST_LABELS:
        raise refused(f"at most {MOST_LABELS} labels", "keep those that pods select nodes by")
    for key in value:
        domain = key.rpartition("/")[0]
        if f".{domain}".endswith(tuple(f".{each}" for each in RESERVED)) or key.partition("/")[
            0
        ].endswith(RESTRICTED_ENDS):
            raise refused(
                f"labels outside {', '.join(FORBIDDEN_DOMAINS)}, which are set for you",
                f"make {key!r} a requirement, or rename it, for example to example.com/team",
            )
    return value


def _no_more(value: tuple[RequirementSpec, ...]) -> tuple[RequirementSpec, ...]:
    if len(value) > MOST_REQUIREMENTS:
        raise refused(f"at most {MOST_REQUIREMENTS} requirements", "merge those with the same key")
    return value


class NodePoolFields(Spec):
    """A NodePool. Its requirements say which instances it starts, its limits how many."""

    flavour: ClassVar[Flavour]

    name: DnsLabel
    """The name of the NodePool. A new name makes new nodes."""
    node_class: DnsLabel
    """The name of the class with the role, subnets and disks of its nodes."""
    requirements: Annotated[tuple[RequirementSpec, ...], AfterValidator(_no_more)]
    """What its nodes must be. One must name instance types, families or categories, which the plan counts
    with."""
    limits: LimitsSpec
    """How large the pool can get. It has none by itself, and the subnets are planned for it."""
    labels: Annotated[Mapping[LabelKey, LabelValue], AfterValidator(_own_labels)] = {}
    """Kubernetes labels of the nodes."""
    taints: tuple[TaintSpec, ...] = ()
    """Kubernetes taints of the nodes."""
    startup_taints: tuple[TaintSpec, ...] = ()
    """Taints that something removes once the node is ready; pods need not tolerate them."""
    expire_after: Age | Literal["Never"] | None = None
    """How old a node gets, such as 336h; None leaves it to EKS (336h) or Karpenter (720h)."""
    termination_grace_period: Duration | None = None
    """After how long what is left on a node is deleted, whatever disruption budgets say. None waits 24 hours
    in Auto Mode, and for ever with Karpenter: so does a deploy that deletes the pool."""
    disruption: DisruptionSpec = DisruptionSpec()
    """When nodes are replaced or removed, and how many at once."""
    weight: Annotated[int, Field(ge=1, le=100)] | None = None
    """Which pool is tried first: the one of the highest weight."""
    replicas: Annotated[int, Field(ge=0, le=MOST_NODES)] | None = None
    """A fixed number of nodes, whatever pods wait for; None starts them when they are needed. It can't be
    added to a pool later, nor removed from one."""

    def manifest(self) -> dict[str, Any]:
        """Return the pool as a Kubernetes object."""
        told = {
            "nodeClassRef": {
                "group": self.flavour.group,
                "kind": self.flavour.kind,
                "name": self.node_class,
            },
            "requirements": [each.manifest() for each in self.requirements],
            "taints": [_taint(each) for each in self.taints],
            "startupTaints": [_taint(each) for each in self.startup_taints],
            "expireAfter": self.expire_after,
            "terminationGracePeriod": self.termination_grace_period,
        }
        template: dict[str, Any] = (
            {"metadata": {"labels": dict(self.labels)}} if self.labels else {}
        )
        template["spec"] = {key: value for key, value in told.items() if value not in (None, [])}
        spec = {
            "replicas": self.replicas,
            "weight": self.weight,
            "limits": self.limits.manifest(),
            "disruption": self.disruption.manifest(),
            "template": template,
        }
        return {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "metadata": {"name": self.name},
            "spec": {key: value for key, value in spec.items() if value is not None},
        }

    @rule
    def taints_are_distinct(self) -> Iterator[Problem]:
        """A node has all of them when it starts."""
        yield from repeated_taints(self, "taints", "startup_taints")


def _taint(taint: TaintSpec) -> dict[str, str]:
    told = {"key": taint.key, "value": taint.value, "effect": TAINT_EFFECTS[taint.effect]}
    return {key: value for key, value in told.items() if value}
