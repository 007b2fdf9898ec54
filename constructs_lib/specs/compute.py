"""Specifications of node groups of both kinds, and what else of the data plane environment files import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from capacity.inputs import Group
from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.fargate import FargateProfileSpec, FargateSelectorSpec
from constructs_lib.specs.managed_limits import beyond_eks
from constructs_lib.specs.nodes import TaintSpec
from constructs_lib.specs.warm_pools import WarmMachinesSpec, WarmPoolSpec

if TYPE_CHECKING:
    from constructs_lib.specs.node_user_data import Joining
    from constructs_lib.specs.proxy_settings import ProxySettings

__all__ = [
    "FargateProfileSpec",
    "FargateSelectorSpec",
    "NodeGroupSpec",
    "SelfManagedNodeGroupSpec",
    "TaintSpec",
    "WarmPoolSpec",
]
"""What environment files import."""
WAITS = """\
[settings.autoscaling]
should-wait = true

"""
"""For Bottlerocket (bottlerocket.dev, "settings.autoscaling"): it joins when the instance is in service."""


class NodeGroupSpec(WarmMachinesSpec):
    """A managed node group: EC2 instances that EKS starts, updates and drains."""

    update_strategy: Literal["DEFAULT", "MINIMAL"] = "DEFAULT"
    """Whether an update starts new nodes first, or, with MINIMAL, takes old ones away first: for
    capacity that has no room for more."""
    max_unavailable: Annotated[int, Field(ge=1, le=100)] | None = None
    """How many nodes an update may make unavailable at once."""
    max_unavailable_percentage: Annotated[int, Field(ge=1, le=100)] | None = None
    """The same as a percentage of the nodes; 33 if neither is set."""
    node_repair: bool = True
    """Whether EKS replaces nodes that stay unhealthy."""

    @property
    def update_percentage(self) -> int | None:
        """Return the share of nodes that an update may take away; None where a number says it."""
        if self.max_unavailable is None and self.max_unavailable_percentage is None:
            return 33
        return self.max_unavailable_percentage

    @property
    def fewest(self) -> int:
        """Return the lowest max_size that the other fields allow."""
        return max(super().fewest, self.max_unavailable or 1)

    def planned(self, zones: Iterable[str]) -> Group:
        """Return the group for the plan, with what an update adds."""
        return replace(
            super().planned(zones),
            max_unavailable=self.max_unavailable,
            max_unavailable_percentage=self.update_percentage,
            takes_away_first=self.update_strategy == "MINIMAL",
        )

    @rule
    def one_limit_for_updates(self) -> Iterator[Problem]:
        """EKS takes a number or a percentage, not both, and no more than there are nodes."""
        if self.max_unavailable is not None and self.max_unavailable_percentage is not None:
            yield Problem(
                at="max_unavailable_percentage",
                got=self.max_unavailable_percentage,
                allowed="None when max_unavailable is set",
                fix="remove max_unavailable or max_unavailable_percentage",
            )
        if self.max_unavailable is not None and self.max_unavailable > self.max_size:
            yield Problem(
                at="max_unavailable",
                got=self.max_unavailable,
                allowed=f"at most max_size ({self.max_size})",
                fix=f"set max_unavailable={self.max_size}",
            )

    @rule
    def eks_takes_labels_and_taints(self) -> Iterator[Problem]:
        """CreateNodegroup refuses the others."""
        yield from beyond_eks(self)

    @rule
    def images_of_eks_wait(self) -> Iterator[Problem]:
        """EKS user guide, "Warm pools": custom AMIs aren't supported."""
        if self.warm_pool is not None and self.ami_id is not None:
            yield Problem(
                at="warm_pool",
                got=self.warm_pool,
                allowed="None with ami_id: EKS takes only its own images in a warm pool",
                fix="remove warm_pool, or use an ami_type",
            )


class SelfManagedNodeGroupSpec(WarmMachinesSpec):
    """EC2 instances that EKS neither updates nor drains nor repairs: docs/options/self-managed-node-groups.md."""

    on_demand_base: Annotated[int, Field(ge=0)] = 0
    """How many nodes of a SPOT group are On-Demand, before any other."""
    on_demand_percentage: Annotated[int, Field(ge=0, le=100)] = 0
    """How many of the nodes beyond them are On-Demand as well, in percent."""
    max_batch_size: Annotated[int, Field(ge=1)] = 1
    """How many nodes a rolling update replaces at once, without draining them."""

    @property
    def fewest(self) -> int:
        """Return the lowest max_size that the other fields allow."""
        return max(super().fewest, self.max_batch_size, self.on_demand_base)

    @property
    def joins_by_itself(self) -> bool:
        """Nobody else tells its nodes."""
        return True

    def told(
        self, proxy: ProxySettings | None, joins: Joining | None = None, max_pods: int | None = None
    ) -> str | None:
        """Return the user data of the nodes: those that wait in a pool don't join before they leave it."""
        waits = WAITS if self.warm_pool is not None and not self._joins_early else ""
        return waits + (super().told(proxy, joins, max_pods) or "")

    @property
    def _joins_early(self) -> bool:
        """Tell whether the kubelet starts at once: nodeadm doesn't ask whether the instance waits."""
        return not self.ami_type.startswith("BOTTLEROCKET")

    def planned(self, zones: Iterable[str]) -> Group:
        """Return the group for the plan: an update takes nodes away, and adds none."""
        return replace(
            super().planned(zones),
            on_demand_base=self.on_demand_base,
            on_demand_percentage=self.on_demand_percentage,
            managed=False,
        )

    @rule
    def nodes_are_enough(self) -> Iterator[Problem]:
        """A batch and the On-Demand base are nodes of the group."""
        for field in ("max_batch_size", "on_demand_base"):
            if (got := getattr(self, field)) > self.max_size:
                allowed = f"at most max_size ({self.max_size})"
                yield Problem(
                    at=field, got=got, allowed=allowed, fix=f"set {field}={self.max_size}"
                )

    @rule
    def nodes_that_wait_stay_out_of_the_cluster(self) -> Iterator[Problem]:
        """They would join when they start, and be NotReady as soon as EC2 stops them."""
        if self.warm_pool is not None and self._joins_early:
            yield Problem(
                at="warm_pool",
                got=self.warm_pool,
                allowed=f"None with {self.ami_type} in a self-managed node group: its nodes join while they "
                "wait; those of Bottlerocket don't",
                fix="remove warm_pool, use a Bottlerocket ami_type, or a NodeGroupSpec",
            )

    @rule
    def windows_is_for_managed_groups(self) -> Iterator[Problem]:
        """The user data here starts Linux only."""
        if self.is_windows:
            yield Problem(
                at="ami_type",
                got=self.ami_type,
                allowed="an image of AL2023 or Bottlerocket in a self-managed node group",
                fix="use a NodeGroupSpec for Windows",
            )

    @rule
    def capacity_blocks_are_for_managed_groups(self) -> Iterator[Problem]:
        """EC2 Auto Scaling takes none in a group with several types or prices."""
        if self.capacity_type == "CAPACITY_BLOCK":
            yield Problem(
                at="capacity_type",
                got=self.capacity_type,
                allowed="'ON_DEMAND' or 'SPOT' in a self-managed node group",
                fix="use a NodeGroupSpec for the Capacity Block",
            )

    @rule
    def a_mix_has_spot_instances(self) -> Iterator[Problem]:
        """Of a group without any, all nodes are On-Demand."""
        for field in ("on_demand_base", "on_demand_percentage"):
            if self.capacity_type != "SPOT" and (got := getattr(self, field)):
                yield Problem(
                    at=field,
                    got=got,
                    allowed="0 where capacity_type is 'ON_DEMAND': every node is On-Demand then",
                    fix=f"remove {field}, or set capacity_type='SPOT'",
                )
