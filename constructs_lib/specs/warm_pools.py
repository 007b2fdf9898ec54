"""Instances that wait until a node group grows, of either kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from capacity.inputs import Group
from constructs_lib.specs.base import Problem, Spec, rule
from constructs_lib.specs.machines import MachinesSpec


class WarmPoolSpec(Spec):
    """Instances that are ready before the group needs them (EKS user guide, "Warm pools")."""

    min_size: Annotated[int, Field(ge=0)] = 0
    """The fewest instances in the pool."""
    max_group_prepared_capacity: Annotated[int, Field(ge=0)] | None = None
    """The most instances in the pool and the group together; None means the group's max_size."""
    pool_state: Literal["STOPPED", "RUNNING", "HIBERNATED"] = "STOPPED"
    """How they wait. One that is stopped costs its volume only."""
    reuse_on_scale_in: bool = False
    """Whether an instance goes back to the pool when the group gets smaller."""


class WarmMachinesSpec(MachinesSpec):
    """Nodes of a group that can keep instances ready beside them."""

    warm_pool: WarmPoolSpec | None = None
    """Instances that wait until the group grows; None keeps none."""

    def planned(self, zones: Iterable[str]) -> Group:
        """Return the group for the plan, with what waits.

        A pool fills the group up to a number of instances, or has so many beside whatever nodes there are (EC2 Auto
        Scaling API reference, PutWarmPool).
        """
        pool, prepared = self.warm_pool, self.max_size
        if pool is not None and pool.max_group_prepared_capacity is not None:
            prepared = pool.max_group_prepared_capacity
        always = 0 if pool is None else pool.min_size
        return replace(
            super().planned(zones),
            warm=0 if pool is None else max(always, prepared - self.desired_size),
            always_warm=always,
            running=pool is not None and pool.pool_state == "RUNNING",
        )

    @rule
    def warm_pools_fit_the_group(self) -> Iterator[Problem]:
        """EKS user guide, "Warm pools", and EC2 Auto Scaling user guide, "Limitations"."""
        pool = self.warm_pool
        if pool is None:
            return
        prepared, most = pool.max_group_prepared_capacity, self.max_size
        if prepared is not None and not pool.min_size <= prepared <= most:
            yield Problem(
                at="warm_pool.max_group_prepared_capacity",
                got=prepared,
                allowed=f"{pool.min_size} to {most} (the pool's min_size to the group's max_size)",
                fix=f"set it to {max(pool.min_size, min(prepared, most))}",
            )
        if self.capacity_type != "ON_DEMAND":
            yield Problem(
                at="warm_pool",
                got=pool,
                allowed=f"None with capacity_type={self.capacity_type!r}: instances that wait are On-Demand",
                fix="remove warm_pool, or set capacity_type='ON_DEMAND'",
            )
        bottlerocket = self.ami_type.startswith("BOTTLEROCKET")
        for field in ("pool_state", "reuse_on_scale_in"):
            value = getattr(pool, field)
            if bottlerocket and value in ("HIBERNATED", True):
                yield Problem(
                    at=f"warm_pool.{field}",
                    got=value,
                    allowed="'STOPPED' or 'RUNNING' with Bottlerocket"
                    if field == "pool_state"
                    else "False with Bottlerocket",
                    fix=f"set {field}={'False' if value is True else repr('STOPPED')}",
                )
