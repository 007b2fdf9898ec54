"""Fixes of NodePools: a lower limit of one of them, or of all."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from configuration.fields import EnvironmentFields
from configuration.fix import Fix, Judge
from constructs_lib.specs.node_pools import NodePoolSpec

LIMITS = ("cpu", "nodes", "memory_gib")
"""The limits of a pool, the one that people count with first."""
BUILT_IN = "built_in_node_pools"
"""The field of pools that have one limit, for the plan alone."""


@dataclass(frozen=True)
class _Limit:
    """A limit that a pool has: the field of its maker, the pool there, the limit."""

    maker: str
    field: str
    index: int
    name: str
    value: int
    fewest: int

    @property
    def at(self) -> str:
        inner = self.name if self.field == BUILT_IN else f"limits.{self.name}"
        return f"{self.maker}.{self.field}[{self.index}].{inner}"

    def lowered(self, value: int, config: EnvironmentFields) -> EnvironmentFields:
        maker = getattr(config, self.maker)
        pools = list(getattr(maker, self.field))
        pool = pools[self.index]
        if self.field == BUILT_IN:
            update = {self.name: value}
        else:
            update = {"limits": pool.limits.model_copy(update={self.name: value})}
        pools[self.index] = pool.model_copy(update=update)
        changed = maker.model_copy(update={self.field: tuple(pools)})
        return config.model_copy(update={self.maker: changed})


def pool_fixes(config: EnvironmentFields, judge: Judge) -> Iterator[Fix]:
    """Yield the lower limits that make the environment fit: of one pool, otherwise of all together."""
    limits = [*_limits(config)]
    alone = False
    for limit in limits:
        change = functools.partial(limit.lowered, config=config)
        value = judge.largest(limit.fewest, limit.value - 1, change)
        if value is not None:
            alone = True
            yield Fix(text=f"lower {limit.at} to {value}", changed=change(value))
    if alone or len(limits) < 2:  # noqa: PLR2004  # one pool is no combination
        return

    def values(percent: int) -> list[int]:
        return [max(each.fewest, each.value * percent // 100) for each in limits]

    def all_of(percent: int) -> EnvironmentFields:
        changed = config
        for limit, value in zip(limits, values(percent), strict=True):
            changed = limit.lowered(value, changed)
        return changed

    percent = judge.largest(1, 99, all_of)
    if percent is not None:
        told = zip(limits, values(percent), strict=True)
        listing = ", ".join(f"{limit.at} to {value}" for limit, value in told)
        yield Fix(text=f"lower {listing}", changed=all_of(percent))


def _limits(config: EnvironmentFields) -> Iterator[_Limit]:
    """Yield the first limit of each pool, and how low it may get: one node, or all of a fixed pool."""
    for maker, spec in config.makers.items():
        for index, fixed in enumerate(getattr(spec, BUILT_IN, ())):
            yield _Limit(maker, BUILT_IN, index, "max_cpu", fixed.max_cpu, 2)
        for index, pool in enumerate(spec.node_pools):
            name = next(each for each in LIMITS if getattr(pool.limits, each) is not None)
            value = getattr(pool.limits, name)
            yield _Limit(maker, "node_pools", index, name, value, _fewest(pool, name))


def _fewest(pool: NodePoolSpec, limit: str) -> int:
    """Return the lowest limit with which a pool starts: all types stay where it asks for several."""
    if limit == "nodes":
        return 1 if pool.replicas is None else pool.replicas + 1
    several = any(each.min_values for each in pool.requirements)
    sizes = [kind.vcpus if limit == "cpu" else -(-kind.memory_mib // 1024) for kind in pool.kinds]
    return max(sizes) if several else min(sizes)
