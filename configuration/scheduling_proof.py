"""What the scheduler finds no node for when a zone or the Spot Instances of a group are lost.

Every declared pod is placed on the nodes that are left: at desired_size right after the loss, at max_size
once the groups have grown in the zones that remain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from capacity.inputs import Group
from configuration.declared_pods import declared_pods, over_quotas, platform_pods_of
from configuration.fields import EnvironmentFields
from configuration.fleets import SIZES, Fleet, Loss
from kube.placement import Node, Pods, Waiting, place
from kube.pods import Amounts, total_of


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The pods that wait after a loss, with groups of desired_size or max_size nodes.

    `change` is the smallest that gives a place to all of them but the pods of `stuck`, to which no number of
    nodes does; None where that are all.
    """

    loss: Loss
    size: str
    waiting: tuple[Waiting, ...]
    change: str | None = None
    stuck: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Where the declared pods run, and the outcome of each loss.

    `unknown` workloads say nothing of theirs. Where Karpenter or Auto Mode `makes_nodes`, there are no
    outcomes: `for_new_nodes` is how many declared pods find no place on the groups, after each loss. Volumes
    of EBS without a known zone hold those that are `kept`. What the platform's own pods leave of the desired nodes
    is `left`. Quotas refuse some of the pods where they are `over`.
    """

    on_nodes: int
    on_fargate: int
    unknown: tuple[str, ...]
    makes_nodes: bool
    outcomes: tuple[Outcome, ...]
    kept: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    for_new_nodes: tuple[tuple[Loss, int], ...] = ()
    left: Amounts = field(default_factory=dict)


def prove(config: EnvironmentFields) -> Proof:
    """Place the declared pods for each loss and both sizes: the most of them on the most nodes."""
    declared, on_fargate, unknown, kept = declared_pods(config)
    platform = [*platform_pods_of(config)]
    several = [*platform, *declared]
    at_first = [*platform, *declared_pods(config, "minReplicas")[0]]
    fleets = [Fleet(config, group, several, at_least=True) for group in config.node_groups]
    makes_nodes = any(each is not None for each in (config.karpenter, config.auto_mode))
    outcomes = (
        _outcome(fleets, pods, loss, size)
        for loss in _losses(fleets)
        for size, pods in zip(SIZES, (at_first, several), strict=True)
        if declared and not makes_nodes
    )
    return Proof(
        on_nodes=sum(each.count for each in declared),
        on_fargate=on_fargate,
        unknown=tuple(unknown),
        makes_nodes=makes_nodes,
        outcomes=tuple(outcomes),
        kept=tuple(kept),
        over=tuple(over_quotas(config)),
        left=_left(fleets, platform),
        for_new_nodes=tuple(
            (
                loss,
                _count(
                    x for x in place(_nodes(fleets, loss, SIZES[0]), several) if x.pods in declared
                ),
            )
            for loss in _losses(fleets)
            if declared and makes_nodes
        ),
    )


def _left(fleets: Sequence[Fleet], platform: Sequence[Pods]) -> Amounts:
    singles = [each for each in platform if not each.on_each]
    asked = total_of(*(each.asked for each in singles for _ in range(each.count)))
    room = total_of(*(each.left_by(platform) for each in fleets))
    return {name: room[name] - asked.get(name, 0) for name in ("cpu", "memory") if name in room}


def _losses(fleets: Sequence[Fleet]) -> Iterator[Loss]:
    yield Loss()
    for zone in sorted({zone for fleet in fleets for zone in fleet.planned.zones}):
        yield Loss(zone=zone)
    for fleet in fleets:
        if fleet.planned.spot:
            yield Loss(spot_of=fleet.group.name)


def _outcome(fleets: Sequence[Fleet], several: Sequence[Pods], loss: Loss, size: str) -> Outcome:
    waiting = tuple(place(_nodes(fleets, loss, size), several))
    if not waiting:
        return Outcome(loss=loss, size=size, waiting=())
    twins = [each.on_demand_twin() for each in fleets if each.planned.name == loss.spot_of]
    every = [*fleets, *twins]

    def count(nodes: list[Node]) -> int:
        return _count(place(nodes, several))

    def of_each(more: int) -> list[Node]:
        return _nodes(every, loss, size, dict.fromkeys(every, more))

    grown = _Change(str, 0, max(each.cap for each in every), of_each)
    first = max(len(each.planned.zones) for each in every)
    enough, rest = _growth(grown, count, first)

    def helps(nodes: list[Node]) -> bool:
        return count(nodes) <= rest

    change = None
    if rest < _count(waiting):
        found = []
        for each in _changes(fleets, twins, loss, size):
            high, left = _growth(each, count, first)
            if left <= rest:
                least = _least(each, helps, 1, high)
                found.append((least * each.vcpus, each.words(least)))
        together = [] if found else _together(every, helps, enough, loss, size)
        change = min(found, key=itemgetter(0))[1] if found else " together with ".join(together)
    stuck = tuple(each.pods.name for each in place(of_each(enough), several))
    return Outcome(loss=loss, size=size, waiting=waiting, change=change, stuck=stuck)


def _together(
    every: Sequence[Fleet], helps: Callable[[list[Node]], bool], enough: int, loss: Loss, size: str
) -> Iterator[str]:
    """Yield what several groups need, where so many more nodes of each are enough: the largest nodes lessened first."""
    more = dict.fromkeys(every, enough)
    for fleet in sorted(every, key=lambda each: -each.vcpus):
        change = _raise(fleet, every, more, loss, size)
        more[fleet] = _least(change, helps, 0, enough)
        if more[fleet]:
            yield change.words(more[fleet])


def _count(waiting: Iterable[Waiting]) -> int:
    """Return how many pods wait, those of DaemonSets aside: each node more brings one of them."""
    return sum(each.count for each in waiting if not each.pods.on_each)


def _nodes(
    fleets: Sequence[Fleet], loss: Loss, size: str, more: Mapping[Fleet, int] | None = None
) -> list[Node]:
    """Return what is left of all groups; nodes that some of them get `more` stand at the end."""
    parts = [fleet.nodes(loss, size, more=(more or {}).get(fleet, 0)) for fleet in fleets]
    return [node for part in zip(*parts, strict=True) for nodes in part for node in nodes]


class _Change(NamedTuple):
    """A change by a number, the vCPUs of each, and what is left of the nodes with it."""

    words: Callable[[int], str]
    vcpus: int
    most: int
    nodes: Callable[[int], list[Node]]


def _growth(change: _Change, count: Callable[[list[Node]], int], first: int) -> tuple[int, int]:
    """Return a number of a change that larger ones don't better, and how many pods wait with it.

    Whom a node more in each zone, which are the `first` nodes, doesn't help, many of them don't.
    """
    high = min(first, change.most)
    left = count(change.nodes(high))
    while left and high < change.most:
        wider = min(2 * high, change.most)
        again = count(change.nodes(wider))
        if again == left:
            break
        high, left = wider, again
    return high, left


def _least(change: _Change, helps: Callable[[list[Node]], bool], low: int, high: int) -> int:
    """Return the smallest number of a change that helps, where the highest does."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if helps(change.nodes(middle)) else (middle + 1, high)
    return low


def _changes(
    fleets: Sequence[Fleet], twins: Sequence[Fleet], loss: Loss, size: str
) -> Iterator[_Change]:
    """Yield those of groups that exist first."""
    for fleet in fleets:
        group = fleet.planned

        def with_base(more: int, fleet: Fleet = fleet) -> list[Node]:
            changed = [each.with_more_base(more) if each is fleet else each for each in fleets]
            return _nodes(changed, loss, size)

        yield _raise(fleet, fleets, {}, loss, size)
        if loss.spot_of == group.name and not group.managed:
            most = (group.desired if size == SIZES[0] else group.maximum) - group.on_demand_base
            yield _Change(partial(_on_demand, group), fleet.vcpus, most, with_base)
    for twin in twins:
        yield _raise(twin, [*fleets, twin], {}, loss, size)


def _raise(
    fleet: Fleet, fleets: Sequence[Fleet], others: Mapping[Fleet, int], loss: Loss, size: str
) -> _Change:
    """Return the change that gives a group more nodes, where `others` get theirs."""
    group = fleet.planned
    new = f"an On-Demand group like {group.name} with desired_size={{}}".format
    words = partial(_raised, group, size) if group.maximum else new

    def raised(more: int) -> list[Node]:
        return _nodes(fleets, loss, size, {**others, fleet: more})

    return _Change(words, fleet.vcpus, fleet.cap, raised)


def _raised(group: Group, size: str, more: int) -> str:
    if size == SIZES[1]:
        return f"max_size={group.maximum + more} of {group.name}"
    wanted = group.desired + more
    beyond = f" and max_size={wanted}" if wanted > group.maximum else ""
    return f"desired_size={wanted}{beyond} of {group.name}"


def _on_demand(group: Group, more: int) -> str:
    return f"on_demand_base={group.on_demand_base + more} of {group.name}"
