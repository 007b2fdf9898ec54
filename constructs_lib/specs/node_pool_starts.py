"""Why a NodePool could never start a node, whatever types its requirements name.

Karpenter reads the labels of a pool as requirements as well, and what contradicts itself starts nothing
(kubernetes-sigs/karpenter, pkg/controllers/provisioning/scheduling/nodeclaimtemplate.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from capacity.instance_labels import meets
from constructs_lib.specs.base import Problem
from constructs_lib.specs.node_pool_types import CAPACITY_TYPE, allows, known_as, nodes_of

if TYPE_CHECKING:
    from constructs_lib.specs.node_pool_parts import RequirementSpec
    from constructs_lib.specs.node_pools import NodePoolSpec

ALL_NODES: Mapping[str, str] = {"kubernetes.io/os": "linux"}
"""Labels of every node that a pool of either flavour starts here."""
TO_BE_HAD = ("on-demand", "spot")
"""Capacity types of a pool whose class selects no capacity reservations: no class has such a field here
(EKS user guide, "Control deployment of workloads into Capacity Reservations")."""
_BOUNDS: Mapping[str, tuple[int, int]] = {"Gt": (0, 1), "Gte": (0, 0), "Lt": (1, -1), "Lte": (1, 0)}
"""Whether an operator bounds from below (0) or above (1), and what it adds to its number."""


def obstacles(pool: NodePoolSpec) -> Iterator[Problem]:
    """Yield the requirements that no node of the pool can meet."""
    fixed = {**ALL_NODES, **pool.labels}
    taken: dict[str, list[RequirementSpec]] = {}
    for index, each in enumerate(pool.requirements):
        key = known_as(each.key)
        if key in pool.flavour.refused:
            continue
        together = taken.setdefault(key, [])
        together.append(each)
        if not allows(each, fixed):
            own = key in pool.labels
            yield Problem(
                at=f"requirements[{index}]",
                got=str(each),
                allowed=f"a requirement that {fixed[key]!r} meets: "
                + ("labels says so of every node" if own else "every node of a pool is Linux"),
                fix=f"change labels[{key!r}] or the requirement"
                if own
                else "remove the requirement",
            )
        elif not can_be_met(key, together):
            yield Problem(
                at=f"requirements[{index}]",
                got=str(each),
                allowed="a requirement that some value meets"
                + (f" together with {together[0]}" if len(together) > 1 else ""),
                fix="remove one of them" if len(together) > 1 else "remove it",
            )
            together.pop()
    asked = [n for n, each in enumerate(pool.requirements) if each.key == CAPACITY_TYPE]
    if asked and not any(pool.takes(CAPACITY_TYPE, each) for each in TO_BE_HAD):
        yield Problem(
            at=f"requirements[{asked[0]}]",
            got=str(pool.requirements[asked[0]]),
            allowed=f"one of {' and '.join(TO_BE_HAD)}: the classes here select no capacity reservations, so "
            "no node is reserved. Open reservations serve on-demand nodes by themselves",
            fix="add 'on-demand' to its values",
        )


def too_few(pool: NodePoolSpec) -> Iterator[Problem]:
    """Yield each min_values above the number of values that the types of the pool have.

    A type of which the limits allow no node doesn't count.
    """
    kinds = [kind for kind in pool.kinds if nodes_of(pool.limits, kind)]
    for index, each in enumerate(pool.requirements):
        left = pool.values_of(each.key, kinds)
        if each.min_values is not None and left is not None and each.min_values > len(left):
            first = sorted(left, key=lambda value: (len(value), value))[:5]
            some = ", ".join([*first, *(["..."] if len(left) > len(first) else [])])
            yield Problem(
                at=f"requirements[{index}].min_values",
                got=each.min_values,
                allowed=f"at most {len(left)}: requirements and limits leave {some}",
                fix=f"set min_values={len(left)}, or allow more",
            )


def can_be_met(key: str, requirements: Sequence[RequirementSpec]) -> bool:
    """Tell whether a label can have, or lack, a value that all of its requirements take."""
    operators = {each.operator for each in requirements}
    if "DoesNotExist" in operators:
        return operators <= {"DoesNotExist", "NotIn"}
    listed = next((each.values for each in requirements if each.operator == "In"), None)
    if listed is not None:
        return any(
            all(meets({key: value}, key, each.operator, each.values) for each in requirements)
            for value in listed
        )
    bounds: tuple[list[int], list[int]] = ([0], [])
    for each in requirements:
        if each.operator in _BOUNDS and each.values and each.values[0].isdecimal():
            side, more = _BOUNDS[each.operator]
            bounds[side].append(int(each.values[0]) + more)
    return not bounds[1] or max(bounds[0]) <= min(bounds[1])
