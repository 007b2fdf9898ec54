"""The worst order of a stack: everything that its dependencies allow.

CloudFormation works on everything at once whose dependencies are done, so a missing edge shows one
time in five. MiniStack works on one resource after the other, in alphabetical order. Here, of the
resources that no edge orders, Kubernetes manifests are as early as they can be, and add-ons and
charts as late; what is deleted goes the other way round. Then a missing edge shows every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from kube.values import table
from local_aws.emulator.internals import ENGINE, Function, patch
from local_aws.emulator.replies import Record

TYPES = table(__file__)
EARLY, LATE = frozenset(TYPES["early"]), frozenset(TYPES["late"])


def hostile_order(
    types: Mapping[str, str], dependencies: Mapping[str, frozenset[str]]
) -> list[str]:
    """Return the resources in the worst order that the dependencies allow.

    `types` and `dependencies` have the same keys; a resource comes after all that it depends on.
    A circle, which raises `CycleError`, the guardrails have refused before.
    """
    plain = [*TopologicalSorter(dependencies).static_order()]
    wanted_early = {one for one, kind in types.items() if kind in EARLY}
    for name in reversed(plain):
        wanted_early |= dependencies[name] if name in wanted_early else set()

    def rank(name: str) -> tuple[int, str]:
        kind = types[name]
        place = 3 if kind in LATE else 0 if kind in EARLY else 1 if name in wanted_early else 2
        return place, name

    sorter = TopologicalSorter(dependencies)
    sorter.prepare()
    ready: list[str] = []
    order: list[str] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        order.append(min(ready, key=rank))
        ready.remove(order[-1])
        sorter.done(order[-1])
    return order


@patch("services.cloudformation.engine", "_topological_sort")
def _topological_sort(_: Function, resources: Record, conditions: Mapping[str, bool]) -> list[str]:
    wanted = {
        name: one for name, one in resources.items() if conditions.get(one.get("Condition"), True)
    }
    return hostile_order(
        {name: one.get("Type", "") for name, one in wanted.items()},
        {
            name: frozenset(ENGINE.extract_deps(one, {*wanted}) - {name})
            for name, one in wanted.items()
        },
    )
