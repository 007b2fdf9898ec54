"""What the scheduler finds no node for when a zone or the Spot Instances of a group are lost.

Every declared pod is placed on the nodes that are left: at desired_size right after the loss, at max_size
once the groups have grown in the zones that remain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from capacity.inputs import Group
from configuration.declared_pods import declared_pods, platform_pods_of
from configuration.fields import EnvironmentFields
from configuration.fleets import SIZES, Fleet, Loss
from kube.placement import Node, Pods, Waiting, place


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The pods that wait after a loss, with groups of desired_size or max_size nodes.

    `change` is the smallest that gives all of them a place, None where no number of nodes does.
    """

    loss: Loss
    size: str
    waiting: tuple[Waiting, ...]
    change: str | None = None


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Where the declared pods run, and the outcome of each loss.

    `unknown` workloads say nothing of theirs. Where Karpenter or Auto Mode `makes_nodes`, there are no
    outcomes: `for_new_nodes` is how many declared pods find no place on the groups, after each loss. Volumes
    of EBS without a known zone hold those that are `kept`.
    """

    on_nodes: int
    on_fargate: int
    unknown: tuple[str, ...]
    makes_nodes: bool
    outcomes: tuple[Outcome, ...]
    kept: tuple[str, ...] = ()
    for_new_nodes: tuple[tuple[Loss, int], ...] = ()


def prove(config: EnvironmentFields) -> Proof:
    """Place the declared pods for each loss and both sizes."""
    declared, on_fargate, unknown, kept = declared_pods(config)
    several = [*platform_pods_of(config), *declared]
    fleets = [Fleet(config, group, several) for group in config.node_groups]
    makes_nodes = any(each is not None for each in (config.karpenter, config.auto_mode))
    outcomes = (
        _outcome(fleets, several, loss, size)
        for loss in _losses(fleets)
        for size in SIZES
        if declared and not makes_nodes
    )
    return Proof(
        on_nodes=sum(each.count for each in declared),
        on_fargate=on_fargate,
        unknown=tuple(unknown),
        makes_nodes=makes_nodes,
        outcomes=tuple(outcomes),
        kept=tuple(kept),
        for_new_nodes=tuple(
            (loss, _left(fleets, several, declared, loss))
            for loss in _losses(fleets)
            if declared and makes_nodes
        ),
    )


def _left(
    fleets: Sequence[Fleet], several: Sequence[Pods], declared: Sequence[Pods], loss: Loss
) -> int:
    """Return how many declared pods the groups of desired_size have no place for."""
    waiting = place(_nodes(fleets, loss, SIZES[0]), several)
    return sum(each.count for each in waiting if each.pods in declared)


def _losses(fleets: Sequence[Fleet]) -> Iterator[Loss]:
    yield Loss()
    for zone in sorted({zone for fleet in fleets for zone in fleet.planned.zones}):
        yield Loss(zone=zone)
    for fleet in fleets:
        if fleet.planned.spot:
            yield Loss(spot_of=fleet.group.name)


def _outcome(fleets: Sequence[Fleet], several: Sequence[Pods], loss: Loss, size: str) -> Outcome:
    waiting = tuple(place(_nodes(fleets, loss, size), several))
    change = _smallest_change(fleets, several, loss, size) if waiting else None
    return Outcome(loss=loss, size=size, waiting=waiting, change=change)


def _nodes(
    fleets: Sequence[Fleet], loss: Loss, size: str, raised: Fleet | None = None, more: int = 0
) -> list[Node]:
    """Return what is left of all groups; nodes that one of them gets `more` stand at the end."""
    parts = [fleet.nodes(loss, size, more=more if fleet is raised else 0) for fleet in fleets]
    return [node for part in zip(*parts, strict=True) for nodes in part for node in nodes]


class _Change(NamedTuple):
    """A change by a number, the vCPUs of each, and what is left of the nodes with it."""

    words: Callable[[int], str]
    vcpus: int
    most: int
    nodes: Callable[[int], list[Node]]


def _smallest_change(
    fleets: Sequence[Fleet], several: Sequence[Pods], loss: Loss, size: str
) -> str | None:
    """Return the change of the fewest vCPUs with which nothing waits, in words."""
    found = []
    for change in _changes(fleets, loss, size):
        low, high = 1, change.most
        if high < 1 or place(change.nodes(high), several):
            continue
        while low < high:
            middle = (low + high) // 2
            fits = not place(change.nodes(middle), several)
            low, high = (low, middle) if fits else (middle + 1, high)
        found.append((low * change.vcpus, change.words(low)))
    return min(found, key=itemgetter(0))[1] if found else None


def _changes(fleets: Sequence[Fleet], loss: Loss, size: str) -> Iterator[_Change]:
    """Yield those of groups that exist first."""
    for fleet in fleets:
        group = fleet.planned

        def raised(more: int, fleet: Fleet = fleet) -> list[Node]:
            return _nodes(fleets, loss, size, fleet, more)

        def with_base(more: int, fleet: Fleet = fleet) -> list[Node]:
            changed = [each.with_more_base(more) if each is fleet else each for each in fleets]
            return _nodes(changed, loss, size)

        yield _Change(partial(_raised, group, size), fleet.vcpus, fleet.cap, raised)
        if loss.spot_of == group.name and not group.managed:
            most = (group.desired if size == SIZES[0] else group.maximum) - group.on_demand_base
            yield _Change(partial(_on_demand, group), fleet.vcpus, most, with_base)
    for twin in [each.on_demand_twin() for each in fleets if each.planned.name == loss.spot_of]:
        words = f"an On-Demand group like {loss.spot_of} with desired_size={{}}".format
        nodes = partial(_nodes, [*fleets, twin], loss, size, twin)
        yield _Change(words, twin.vcpus, twin.cap, nodes)


def _raised(group: Group, size: str, more: int) -> str:
    if size == SIZES[1]:
        return f"max_size={group.maximum + more} of {group.name}"
    wanted = group.desired + more
    beyond = f" and max_size={wanted}" if wanted > group.maximum else ""
    return f"desired_size={wanted}{beyond} of {group.name}"


def _on_demand(group: Group, more: int) -> str:
    return f"on_demand_base={group.on_demand_base + more} of {group.name}"
