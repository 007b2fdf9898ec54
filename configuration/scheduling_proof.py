"""What the scheduler finds no node for when a zone or the Spot Instances of a group are lost.

Every declared pod is placed on the nodes that are left: at desired_size right after the loss, at max_size
once the groups have grown in the zones that remain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from capacity.plan import CRITICAL
from configuration.capacity_plan import CRITICAL_NODE
from configuration.declared_pods import declared_pods, over_quotas, platform_pods_of
from configuration.fields import EnvironmentFields
from configuration.fleets import SIZES, Fleet, Loss
from configuration.loss_changes import left_of, smallest_change
from configuration.new_nodes import Pool, all_of, count_of, grown, vcpus_of
from constructs_lib.specs.compute_protocol import Compute
from constructs_lib.specs.node_objects import apart
from kube.fargate import LARGEST
from kube.obstacles import nearest
from kube.placement import Pods, Waiting, place
from kube.pods import Amounts, total_of
from kube.scheduling import takes, tolerates
from kube.values import Json

LEFT = ("pods", "cpu", "memory")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The pods that wait after a loss, with groups of desired_size or max_size nodes; without groups it is neither.

    `change` is the smallest that gives a place to all of them but the pods of `stuck`, to which no number of
    nodes does; None where those are all of them. `kept_out` says of pods what keeps them out of nodes that have room for them.
    """

    loss: Loss
    size: str
    waiting: tuple[Waiting, ...]
    change: str | None = None
    stuck: tuple[str, ...] = ()
    kept_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Where the declared pods run, and the outcome of each loss.

    `unknown` workloads say nothing of theirs. Where something `makes_nodes` when pods wait, `for_new_nodes` is for how many
    declared pods it does, after each loss; an outcome has those that wait all the same. Volumes
    of EBS without a known zone hold those that are `kept`. What the platform's own pods leave of the desired nodes
    is `left`, by where that is; `beyond` says what there is besides. Quotas refuse some of the pods where they are `over`.
    Of profiles that are `in_one_zone`, none of so many pods starts without it.
    """

    on_nodes: int
    on_fargate: int
    unknown: tuple[str, ...]
    makes_nodes: bool
    outcomes: tuple[Outcome, ...]
    kept: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    for_new_nodes: tuple[tuple[Loss, int], ...] = ()
    left: Mapping[str, Amounts] = field(default_factory=dict)
    beyond: tuple[str, ...] = ()
    in_one_zone: tuple[tuple[str, str, int], ...] = ()


def prove(config: EnvironmentFields) -> Proof:
    """Place the declared pods for each loss and both sizes: the most of them on the most nodes."""
    declared, on_fargate, unknown, kept = declared_pods(config)
    platform = [*platform_pods_of(config)]
    several = [*platform, *declared]
    at_first = [*platform, *declared_pods(config, "minReplicas")[0]]
    fleets = [
        Fleet(config, each, several, at_least=True)
        for each in config.compute
        if not each.when_needed
    ]
    makers = [each for each in config.compute if each.when_needed]
    makers.sort(key=lambda each: -(each.weight or 0))
    pools = [Pool(config, each, several) for each in makers]
    at_start = [Pool(config, each, at_first) for each in makers]
    losses = [*_losses(fleets, pools)] if declared else []
    outcomes = (
        _outcome(fleets, of, pods, loss, size)
        for loss in losses
        for size, of, pods in (
            [(SIZES[0], at_start, at_first), (SIZES[1], pools, several)]
            if fleets
            else [("", pools, several)]
        )
    )
    return Proof(
        on_nodes=sum(each.count for each in declared),
        on_fargate=on_fargate.total(),
        in_one_zone=tuple(
            (each.name, zones[0], on_fargate[each.name])
            for each in config.fargate_profiles
            if on_fargate[each.name]
            and len(zones := each.zones or tuple(config.network.zones)) == 1
        ),
        unknown=tuple(unknown),
        makes_nodes=bool(pools),
        outcomes=tuple(outcomes),
        kept=tuple(kept),
        over=tuple(over_quotas(config)),
        left=_left(fleets, platform),
        beyond=tuple(_beyond(config, makers, _taken(fleets, pools))),
        for_new_nodes=tuple(
            (loss, _for_new_nodes(fleets, pools, several, declared, loss))
            for loss in (losses if pools else ())
        ),
    )


def _for_new_nodes(
    fleets: Sequence[Fleet],
    pools: Sequence[Pool],
    several: Sequence[Pods],
    declared: Sequence[Pods],
    loss: Loss,
) -> int:
    """Return how many declared pods wait for a node that somebody makes."""
    there = left_of(fleets, loss, SIZES[0])
    made = all_of(grown(pools, there, loss))
    before, after = (
        count_of(x for x in place(nodes, several) if x.pods in declared)
        for nodes in (there, [*there, *made])
    )
    return max(0, before - after)


def _left(fleets: Sequence[Fleet], platform: Sequence[Pods]) -> dict[str, Amounts]:
    rooms: dict[str, Amounts] = {}
    for each in (fleet for fleet in fleets if fleet.planned.desired):
        kind = apart(each.group)
        rooms[kind] = total_of(rooms.get(kind, {}), each.left_by(platform))
    singles = [each for each in platform if not each.on_each]
    critical = total_of(*(_all_of(x) for x in singles if tolerates(x.spec, CRITICAL_NODE)))
    asked = total_of(*map(_all_of, singles))
    if own := rooms.get(CRITICAL):
        taken = {name: min(room, critical.get(name, Decimal(0))) for name, room in own.items()}
        rooms[CRITICAL], asked = _less(own, taken), _less(asked, taken)
    if "" in rooms:
        rooms[""] = _less(rooms[""], asked)
    return {kind: {name: room[name] for name in LEFT} for kind, room in rooms.items()}


def _all_of(pods: Pods) -> Amounts:
    return {name: pods.count * amount for name, amount in pods.asked.items()}


def _less(amounts: Amounts, taken: Amounts) -> Amounts:
    return {name: amount - taken.get(name, Decimal(0)) for name, amount in amounts.items()}


def _taken(fleets: Sequence[Fleet], pools: Sequence[Pool]) -> dict[str, int]:
    """Return the vCPUs of the nodes that pools make for pods which the most nodes of groups don't take."""
    made = grown(pools, left_of(fleets, Loss(), SIZES[1]), Loss())
    return {pool.name: vcpus_of(nodes) for pool, nodes in made.items()}


def _beyond(
    config: EnvironmentFields, makers: Sequence[Compute], taken: Mapping[str, int]
) -> Iterator[str]:
    """Yield what bounds the nodes that start when pods wait, and the pods on Fargate."""
    for each in makers:
        vcpus = each.planned(config.network.zones).vcpu_limit or 0
        ends = "" if each.enforced_limits else ", which nothing enforces"
        if ends and taken[each.name] > vcpus:
            ends += (
                f", and your pods may need {taken[each.name]:,}, which are not in the numbers above"
            )
        where = f", {kind}" if (kind := apart(each)) else ""
        yield f"NodePool {each.name}{where}: at most {vcpus:,} vCPUs together{ends}."
    for profile in config.fargate_profiles:
        yield (
            f"Fargate profile {profile.name}: {profile.max_pods:,} pods, each with at most {LARGEST[0]} vCPUs and "
            f"{LARGEST[1]} GB of memory; nothing enforces the number."
        )


def _losses(fleets: Sequence[Fleet], pools: Sequence[Pool]) -> Iterator[Loss]:
    yield Loss()
    every = (*(each.planned for each in fleets), *(each.planned for each in pools))
    for zone in sorted({zone for planned in every for zone in planned.zones}):
        yield Loss(zone=zone)
    for fleet in fleets:
        if fleet.planned.spot:
            yield Loss(spot_of=fleet.group.name)
    for pool in pools:
        if pool.only_spot:
            yield Loss(spot_of=pool.name)


def _outcome(
    fleets: Sequence[Fleet], pools: Sequence[Pool], several: Sequence[Pods], loss: Loss, size: str
) -> Outcome:
    there = left_of(fleets, loss, size)
    made = grown(pools, there, loss)
    waiting = tuple(place([*there, *all_of(made)], several))
    if not waiting:
        return Outcome(loss=loss, size=size, waiting=())
    change, stuck = smallest_change(fleets, made, several, loss, size)
    out = {x.pods.name: _kept_out(fleets, x) for x in waiting if not change or x.pods.name in stuck}
    return Outcome(loss=loss, size=size, waiting=waiting, change=change, stuck=stuck, kept_out=out)


def _kept_out(fleets: Sequence[Fleet], waiting: Waiting) -> str:
    """Return what keeps pods out of groups with nodes that are large enough for one, where no other is."""
    pods, large = waiting.pods, list[tuple[str, Json]]()
    for fleet in fleets:
        node = fleet.example
        if all(amount <= node.room.get(x, amount) for x, amount in pods.asked.items()):
            large.append((fleet.group.name, node.content))
    return "" if any(takes(x, {"spec": pods.spec}) for _, x in large) else nearest(large, pods.spec)
