"""A stack's order, chosen to be hostile: what no edge forbids happens.

CloudFormation works on everything at once whose dependencies are done, so a missing edge shows one
time in five. MiniStack works on one resource after the other, in alphabetical order. Here, of the
resources that no edge orders, Kubernetes manifests are as early as they can be, and add-ons and
charts as late; what is deleted goes the other way round. Then a missing edge shows every time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from local_aws.emulator.internals import Function, Internals, replace
from local_aws.emulator.network import Record

ENGINE = Internals("services.cloudformation.engine")

EARLY = frozenset(
    {
        "Custom::AWSCDK-EKS-KubernetesResource",
        "Custom::AWSCDK-EKS-KubernetesPatch",
        "Custom::AWSCDK-EKS-KubernetesObjectValue",
    }
)
LATE = frozenset({"Custom::AWSCDK-EKS-HelmChart", "AWS::EKS::Addon"})


def install() -> None:
    """Order stacks, their change sets and nested stacks so."""
    services = "services.cloudformation"
    # The modules hold copies of their own.
    replace(
        "_topological_sort",
        _hostile,
        f"{services}.engine",
        f"{services}.stacks",
        f"{services}.changesets",
    )


def hostile_order(
    types: Mapping[str, str], dependencies: Mapping[str, frozenset[str]]
) -> list[str]:
    """Return the resources in an order that the edges allow and nobody hopes for.

    `types` and `dependencies` have the same keys; a resource comes after all that it depends on.
    Raises `ValueError` for a circle.
    """
    wanted_early = _with_ancestors(
        (one for one, kind in types.items() if kind in EARLY), dependencies
    )

    def rank(name: str) -> tuple[int, str]:
        kind = types[name]
        if kind in LATE:
            return 3, name
        if kind in EARLY:
            return 0, name
        return (1 if name in wanted_early else 2), name

    left = {name: set(needed) for name, needed in dependencies.items()}
    ready = [rank(name) for name, needed in left.items() if not needed]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        _, name = heapq.heappop(ready)
        order.append(name)
        for other, needed in left.items():
            if name in needed:
                needed.discard(name)
                if not needed:
                    heapq.heappush(ready, rank(other))
    if len(order) < len(types):
        circle = ", ".join(sorted(types.keys() - set(order)))
        raise ValueError(f"Circular dependency between resources: [{circle}]")
    return order


def _with_ancestors(names: Iterator[str], dependencies: Mapping[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += dependencies[name]
    return found


def _hostile(_: Function) -> Function:
    def topological_sort(resources: Record, conditions: Mapping[str, bool]) -> list[str]:
        active = {
            name: resource
            for name, resource in resources.items()
            if conditions.get(resource.get("Condition"), True)
        }
        return hostile_order(
            {name: resource.get("Type", "") for name, resource in active.items()},
            {
                name: frozenset(ENGINE.extract_deps(resource, set(active)) - {name})
                for name, resource in active.items()
            },
        )

    return topological_sort
