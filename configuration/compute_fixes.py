"""Fixes of the data plane: fewer nodes, lower limits, fewer pods, another instance type."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from capacity.instance_types import instance_type, siblings
from configuration.capacity_plan import plan_of
from configuration.fields import EnvironmentFields
from configuration.fix import Fix, Judge
from configuration.pool_fixes import pool_fixes
from constructs_lib.specs.fargate import pods_on
from constructs_lib.specs.own_code import objects_of

FEWEST_PINNED_PODS = 10
"""With fewer a node would be busy with its own DaemonSets."""


def compute_fixes(config: EnvironmentFields, judge: Judge) -> Iterator[Fix]:
    """Yield the changes of the data plane that make the environment fit."""
    fewer = list(_fewer_nodes(config, judge))
    yield from fewer or _fewer_nodes_everywhere(config, judge)
    yield from pool_fixes(config, judge)
    yield from _fewer_pods(config, judge)
    for index in range(len(config.node_groups)):
        yield from judge.first(_other_types(config, index))


def _fewer_nodes(config: EnvironmentFields, judge: Judge) -> Iterator[Fix]:
    for index, group in enumerate(config.node_groups):
        change = functools.partial(_with_group, config, index, "max_size")
        size = judge.largest(group.fewest, group.max_size - 1, change)
        if size is not None:
            text = f"lower node_groups[{index}].max_size to {size}"
            yield Fix(text=text, changed=change(size))


def _fewer_nodes_everywhere(config: EnvironmentFields, judge: Judge) -> Iterator[Fix]:
    def change(percent: int) -> EnvironmentFields:
        smaller = [
            group.model_copy(
                update={"max_size": max(group.fewest, group.max_size * percent // 100)}
            )
            for group in config.node_groups
        ]
        return config.model_copy(update={"node_groups": tuple(smaller)})

    percent = judge.largest(1, 99, change)
    if percent is not None:
        changed = change(percent)
        sizes = ", ".join(
            f"node_groups[{index}].max_size to {group.max_size}"
            for index, group in enumerate(changed.node_groups)
        )
        yield Fix(text=f"lower {sizes}", changed=changed)


def _fewer_pods(config: EnvironmentFields, judge: Judge) -> Iterator[Fix]:
    """On a node by a pin, on Fargate by a lower maximum."""
    # The groups come first, and NodePools pin nothing.
    for index, group in enumerate(plan_of(config).groups[: len(config.node_groups)]):
        change = functools.partial(_with_group, config, index, "max_pods")
        pods = judge.largest(FEWEST_PINNED_PODS, group.limit.pods - 1, change)
        if pods is not None:
            yield Fix(text=f"set node_groups[{index}].max_pods={pods}", changed=change(pods))
    objects = objects_of(config.workloads, config)
    for index, profile in enumerate(config.fargate_profiles):
        change = functools.partial(_with_profile, config, index)
        declared, _ = pods_on(profile, config.fargate_profiles, objects)
        pods = judge.largest(max(1, declared), profile.max_pods - 1, change)
        if pods is not None:
            text = f"lower fargate_profiles[{index}].max_pods to {pods}"
            yield Fix(text=text, changed=change(pods))


def _other_types(config: EnvironmentFields, index: int) -> Iterator[Fix]:
    """Yield types of the same architecture, vCPUs and memory; those with equal interfaces once.

    Where a group has several types, somebody chose them for Spot, and one alone is no fix.
    """
    if len(config.node_groups[index].instance_types) > 1:
        return
    known = instance_type(config.node_groups[index].instance_types[0])
    seen = {(known.interfaces, known.addresses)}
    for other in siblings(known.name):
        if (other.interfaces, other.addresses) not in seen:
            seen.add((other.interfaces, other.addresses))
            changed = _with_group(config, index, "instance_types", (other.name,))
            pods = plan_of(changed).groups[index].limit.pods
            text = f"set node_groups[{index}].instance_types=({other.name!r},), {pods} pods a node"
            yield Fix(text=text, changed=changed)


def _with_group(
    config: EnvironmentFields, index: int, field: str, value: object
) -> EnvironmentFields:
    groups = list(config.node_groups)
    groups[index] = groups[index].model_copy(update={field: value})
    return config.model_copy(update={"node_groups": tuple(groups)})


def _with_profile(config: EnvironmentFields, index: int, pods: int) -> EnvironmentFields:
    profiles = list(config.fargate_profiles)
    profiles[index] = profiles[index].model_copy(update={"max_pods": pods})
    return config.model_copy(update={"fargate_profiles": tuple(profiles)})
