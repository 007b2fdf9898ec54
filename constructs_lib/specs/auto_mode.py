"""Specifications of EKS Auto Mode: its NodePools, volumes and load balancers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from capacity.cni import Cni
from capacity.inputs import Group
from capacity.instance_labels import ARCHITECTURE
from capacity.pods import group_limit
from capacity.quotas import PODS_ON_SMALL_NODES
from constructs_lib.specs.add_ons import MOST_LOAD_BALANCERS
from constructs_lib.specs.base import Problem, Spec, readable, repeated, rule
from constructs_lib.specs.compute_protocol import ComputeSpec
from constructs_lib.specs.node_classes import NodeClassSpec
from constructs_lib.specs.node_pool_flavours import AUTO_MODE, Flavour
from constructs_lib.specs.node_pool_parts import MOST_CPU, LimitsSpec, RequirementSpec
from constructs_lib.specs.node_pool_times import seconds
from constructs_lib.specs.node_pool_types import CAPACITY_TYPE
from constructs_lib.specs.node_pools import NodePoolSpec
from constructs_lib.specs.nodes import TaintSpec
from constructs_lib.specs.types import DnsLabel

__all__ = ["AutoModeNodePoolSpec", "AutoModeSpec", "BuiltInNodePoolSpec", "NodeClassSpec"]
"""What environment files import."""

AUTO_MODE_CNI = Cni(prefix_delegation=True)
"""EKS user guide, "Learn about VPC Networking and Load Balancing in EKS Auto Mode": nothing of it can be set."""
OLDEST, EXPIRES, GRACE = "504h", "336h", "24h"
"""What a node of Auto Mode lives at most, from its start to the end of its grace period, and how long both
are where a pool doesn't tell (EKS user guide, "Create a Node Pool for EKS Auto Mode"; the API's message in
aws-controllers-k8s/test-infra#1000)."""
BUILT_IN = ("general-purpose", "system")
_CRITICAL = TaintSpec(key="CriticalAddonsOnly", effect="NO_SCHEDULE")


class AutoModeNodePoolSpec(NodePoolSpec):
    """A NodePool of EKS Auto Mode."""

    flavour: ClassVar[Flavour] = AUTO_MODE
    cni: ClassVar[Cni] = AUTO_MODE_CNI

    node_class: DnsLabel = "default"
    """The NodeClass of its nodes. EKS makes the one called default together with a built-in pool."""

    @property
    def node_labels(self) -> Mapping[str, str]:
        """Return the labels that all of its nodes have: by one of them add-ons keep away that they replace."""
        return {**super().node_labels, AUTO_MODE.label("compute-type"): "auto"}

    @rule
    def nodes_are_replaced_in_time(self) -> Iterator[Problem]:
        """The API refuses older ones (EKS user guide, "Automate cluster infrastructure with EKS Auto Mode")."""
        age = self.expire_after or EXPIRES
        grace = self.termination_grace_period or GRACE
        if age == "Never" or seconds(age) + seconds(grace) > seconds(OLDEST):
            left = (seconds(OLDEST) - seconds(grace)) // 3600
            yield Problem(
                at="expire_after" if self.expire_after else "termination_grace_period",
                got=self.expire_after or grace,
                allowed=f"at most 21 days ({OLDEST}) for expire_after and termination_grace_period together; "
                f"without a value they are {EXPIRES} and {GRACE}",
                fix=f"set expire_after='{left}h' or less" if left > 0 else f"set it to {GRACE!r}",
            )

    def planned(self, zones: Iterable[str]) -> Group:
        """Return the pool for the plan: no node of Auto Mode has more than 110 pods."""
        group = super().planned(zones)
        capped = group_limit(self.cni, group.kinds).pods > PODS_ON_SMALL_NODES
        return replace(group, cni=self.cni, pinned_pods=PODS_ON_SMALL_NODES if capped else None)


class _InPodSubnets(AutoModeNodePoolSpec):
    """A pool whose class puts pods into subnets of their own, for the plan."""

    cni: ClassVar[Cni] = replace(AUTO_MODE_CNI, custom_networking=True)


class _BuiltIn(AutoModeNodePoolSpec):
    """A pool of EKS's, whose limits are those of the plan only."""

    @property
    def enforced_limits(self) -> None:
        """Nothing ends it."""
        return


class BuiltInNodePoolSpec(Spec):
    """A NodePool that EKS makes and nobody can change."""

    name: Literal["general-purpose", "system"]
    """general-purpose runs any pod, on amd64; system those that tolerate CriticalAddonsOnly."""
    max_cpu: Annotated[int, Field(ge=2, le=MOST_CPU)] = 32
    """How many vCPUs of its nodes to plan for. Nothing enforces it: a built-in pool has no limits."""

    @property
    def pool(self) -> AutoModeNodePoolSpec:
        """Return what it is (EKS user guide, "Enable or Disable Built-in NodePools")."""
        architectures = ("amd64",) if self.name == "general-purpose" else ("amd64", "arm64")
        return _BuiltIn(
            name=self.name,
            requirements=(
                RequirementSpec(key=AUTO_MODE.label("instance-category"), values=("c", "m", "r")),
                RequirementSpec(
                    key=AUTO_MODE.label("instance-generation"), operator="Gt", values=("4",)
                ),
                RequirementSpec(key=ARCHITECTURE, values=architectures),
                RequirementSpec(key=CAPACITY_TYPE, values=("on-demand",)),
            ),
            limits=LimitsSpec(cpu=self.max_cpu),
            taints=(_CRITICAL,) if self.name == "system" else (),
        )


class AutoModeSpec(ComputeSpec):
    """EKS Auto Mode: EKS makes nodes, volumes and load balancers, at a fee for each node."""

    built_in_node_pools: tuple[BuiltInNodePoolSpec, ...] = (
        BuiltInNodePoolSpec(name="general-purpose"),
        BuiltInNodePoolSpec(name="system"),
    )
    """The pools of EKS to use. Their role can't be changed later; without any, there is none."""
    node_pools: tuple[AutoModeNodePoolSpec, ...] = ()
    """Further pools, with limits and requirements of your own."""
    node_classes: tuple[NodeClassSpec, ...] = ()
    """The classes of their nodes, where the one called default doesn't fit."""
    ingress_scheme: Literal["internal", "internet-facing"] | None = "internal"
    """Who reaches the load balancers of the IngressClass auto-alb; None makes no class."""
    max_load_balancers: Annotated[int, Field(ge=0, le=MOST_LOAD_BALANCERS)] = 1
    """How many load balancers to plan for, each with 8 addresses in every public and every private subnet.
    Nothing enforces it."""

    hosts_platform: ClassVar[bool] = True
    brings_network: ClassVar[bool] = True
    storage_class: ClassVar[str | None] = "auto-mode"
    cluster_policies: ClassVar[tuple[str, ...]] = (
        "AmazonEKSComputePolicy",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
    )
    """EKS user guide, "Learn about identity and access in EKS Auto Mode"."""

    @property
    def nodes_in_cluster_subnets(self) -> bool:
        """Those of built-in pools are (terraform-aws-eks#3284, containers-roadmap#2793)."""
        return bool(self.built_in_node_pools)

    def compute(self, _: Cni) -> tuple[AutoModeNodePoolSpec, ...]:
        """Return what makes nodes."""
        return self.pools

    @property
    def pools(self) -> tuple[AutoModeNodePoolSpec, ...]:
        """Return the pools of both kinds."""
        apart = {each.name for each in self.node_classes if each.pod_subnets}
        own = (
            _InPodSubnets.model_construct(**dict(each)) if each.node_class in apart else each
            for each in self.node_pools
        )
        return (*(each.pool for each in self.built_in_node_pools), *own)

    @rule
    def a_pool_makes_nodes(self) -> Iterator[Problem]:
        """Without a pool nothing starts."""
        if not self.built_in_node_pools and not self.node_pools:
            yield Problem(
                at="built_in_node_pools",
                got=(),
                allowed="at least one pool, built-in or in node_pools",
                fix="add an AutoModeNodePoolSpec to node_pools, and its class to node_classes; a new cluster can remove "
                "built_in_node_pools instead, which uses both of EKS's",
            )

    @rule
    def pools_are_distinct(self) -> Iterator[Problem]:
        """A NodePool is known by its name, and two of them are EKS's."""
        for index, name in repeated(self.built_in_node_pools, "name"):
            yield Problem(
                at=f"built_in_node_pools[{index}].name",
                got=name,
                allowed="each built-in pool once",
                fix="remove the duplicate",
            )
        taken = {index for index, _ in repeated(self.node_pools, "name")}
        for index, name in readable(self.node_pools, "name"):
            if index in taken or name in BUILT_IN:
                yield Problem(
                    at=f"node_pools[{index}].name",
                    got=name,
                    allowed=f"a name that no other pool has; {' and '.join(BUILT_IN)} are EKS's",
                    fix="give the pool another name",
                )

    @rule
    def classes_are_distinct(self) -> Iterator[Problem]:
        """A NodeClass is known by its name."""
        for index, name in repeated(self.node_classes, "name"):
            yield Problem(
                at=f"node_classes[{index}].name",
                got=name,
                allowed="a name that no other class has",
                fix="remove the duplicate, or give it another name",
            )

    @rule
    def classes_are_there(self) -> Iterator[Problem]:
        """EKS makes the class called default together with a built-in pool (create-node-pool)."""
        made = {each.name for each in self.node_classes}
        made |= {"default"} if self.built_in_node_pools else set()
        for index, name in readable(self.node_pools, "node_class"):
            if name not in made:
                yield Problem(
                    at=f"node_pools[{index}].node_class",
                    got=name,
                    allowed=f"one of node_classes: {', '.join(sorted(made)) or 'there is none'}; "
                    "default is there with a built-in pool only",
                    fix=f"add NodeClassSpec(name={'private' if name == 'default' else name!r}) to "
                    "node_classes, and name it here",
                )
