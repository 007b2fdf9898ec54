"""In which order a first deploy makes resources, when each is made, and what everything waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from guardrails.intrinsics import imports, references
from review.environment import Environment, Resource
from review.pictures.durations import Duration, duration_of

Key = tuple[str, str]
Length = Callable[[Duration], float]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When each resource is begun and done, in minutes from the start of the deploy.

    `critical` is the longest chain of resources that wait for each other, in its order: who wants
    the deploy to be faster begins there.
    """

    begun: Mapping[Key, float]
    done: Mapping[Key, float]
    critical: tuple[Key, ...]

    @property
    def total(self) -> float:
        """Return how long the deploy takes."""
        return max(self.done.values(), default=0.0)


def schedule_of(environment: Environment, length: Length) -> Schedule:
    """Return the schedule of a first deploy; raises `ValueError` where resources wait in a circle.

    A resource waits for all that it refers to and depends on. The CDK CLI deploys one stack after
    the other, so it also waits for every resource of the stacks before.
    """
    begun: dict[Key, float] = {}
    done: dict[Key, float] = {}
    leader: dict[Key, Key] = {}
    before: Key | None = None
    for stack in stacks_of(environment):
        waits = _waits(environment, stack)
        for key in _ordered(stack, waits):
            last = max(
                (*waits[key], *([before] if before else ())),
                key=lambda each: done[each],
                default=None,
            )
            begun[key] = done[last] if last else 0.0
            done[key] = begun[key] + length(duration_of(environment.by_id[key].type))
            if last:
                leader[key] = last
        ours = [key for key in done if key[0] == stack]
        before = max(ours, key=lambda each: done[each], default=before)
    return Schedule(begun=begun, done=done, critical=tuple(_chain(before, leader)))


def stacks_of(environment: Environment) -> list[str]:
    """Return the stacks in the order of a deploy: what exports comes before what imports."""
    needs = {
        stack: {
            exporter
            for name in imports(template.get("Resources", {}))
            for exporter, _ in [environment.exports.get(name, (stack, None))]
            if exporter != stack
        }
        for stack, template in environment.templates.items()
    }
    found: list[str] = []
    while len(found) < len(needs):
        ready = [each for each in needs if each not in found and needs[each] <= {*found}]
        if not ready:
            raise ValueError(
                f"the stacks {', '.join(sorted(needs.keys() - {*found}))} import from each other"
            )
        found.append(ready[0])
    return found


def _waits(environment: Environment, stack: str) -> Mapping[Key, list[Key]]:
    """Return what each resource of a stack waits for within the stack."""
    resources = [each for each in environment.resources if each.stack == stack]
    return {
        (stack, each.logical_id): [
            (stack, other)
            for other in dict.fromkeys(_mentioned(each))
            if (stack, other) in environment.by_id and other != each.logical_id
        ]
        for each in resources
    }


def _mentioned(resource: Resource) -> Iterator[str]:
    yield from references(resource.properties)
    depends = resource.template.get("DependsOn", ())
    yield from (depends,) if isinstance(depends, str) else depends


def _ordered(stack: str, waits: Mapping[Key, list[Key]]) -> list[Key]:
    try:
        return list(TopologicalSorter(waits).static_order())
    except CycleError as error:
        circle = " → ".join(logical_id for _, logical_id in error.args[1])
        raise ValueError(f"resources of stack {stack} wait for each other: {circle}") from error


def _chain(last: Key | None, leader: Mapping[Key, Key]) -> list[Key]:
    chain: list[Key] = []
    while last is not None:
        chain.append(last)
        last = leader.get(last)
    return chain[::-1]
