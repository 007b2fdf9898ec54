"""Whether nodes have room for what is to run on them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import CHART
from assembly.links import cluster_key
from assembly.nodes import has_other_nodes
from capacity.room import GIB
from guardrails.rule import Finding, breach, rule
from guardrails.rules.guests import Guest, asked, on_nodes
from guardrails.rules.homes import DATA, Home, daemons, homes, lets_in
from kube.pods import Amounts, total_of
from kube.values import known, mapping, number, text

NONE, ONE = Decimal(0), {"pods": Decimal(1)}
LARGER = "Use a larger instance type."
SOME_NODE = "Set desired_size (and min_size) of a node group to 1 or more."
NO_NODE = "Every node group has 0 nodes, and nothing in the templates adds any."


@rule("KUBE24")
def _no_room(environment: Environment) -> Iterator[Finding]:
    if has_other_nodes(environment):
        return
    guests = [each for each in on_nodes(environment) if not each.per_node]
    clusters = ((cluster_key(environment, each.pods.owner.resource), each) for each in guests)
    for several in grouped(clusters).values():
        there = homes(environment, several[0])
        yield from [*_one_by_one(environment, several, there)] or _together(several, there)
        sizes = [mapping(each.group.properties, "ScalingConfig") for each in there]
        empty = there and all(each.get("DesiredSize") == 0 for each in sizes)
        if empty and not _scales(environment):
            where = "ScalingConfig/DesiredSize"
            yield breach(there[0].group, where, "0 nodes", NO_NODE, fix=SOME_NODE)


def _one_by_one(
    environment: Environment, guests: Sequence[Guest], there: Sequence[Home]
) -> Iterator[Finding]:
    taken: dict[Home, Amounts] = {}
    for home in there:
        amounts, names = daemons(environment, home)
        if short := _short(home, total_of(amounts, ONE)):
            detail = f"{short}: {', '.join(names)}, and one more pod."
            kind = home.kind.name if home.kind else ""
            yield breach(home.group, "InstanceTypes", f"{kind} room", detail, fix=LARGER)
        else:
            taken[home] = amounts
    for guest in guests:
        fitting = [home for home in taken if lets_in(home, guest)]
        short_of = [_short(home, total_of(taken[home], asked(guest))) for home in fitting]
        if fitting and all(short_of):
            yield guest.finding(
                "room", f"{max(short_of)}: these pods, and what runs on every node."
            )


def _short(home: Home, wanted: Amounts) -> str:
    """Return what a node lacks, empty if nothing is known to be missing."""
    name, image = home.kind.name if home.kind else "", text(home.group.properties, "AmiType")
    for resource, amount in wanted.items() if home.kind else ():
        limit = home.room.get(resource)
        for start, (types, images) in DATA["devices"].items():
            has = re.fullmatch(types, name) and (not known(image) or re.fullmatch(images, image))
            if resource.startswith(start) and not has:
                limit = NONE
        if limit is not None and amount > limit:
            room = _written(resource, max(limit, NONE))
            return f"{name} has room for {room}, and asked are {_written(resource, amount)}"
    return ""


def _written(resource: str, amount: Decimal) -> str:
    in_bytes = resource in ("memory", "ephemeral-storage") or resource.startswith("hugepages-")
    return (
        f"{amount / GIB:.1f} GiB of {resource}"
        if in_bytes
        else f"{amount.normalize():f} {resource}"
    )


def _together(guests: Sequence[Guest], there: Sequence[Home]) -> Iterator[Finding]:
    """Yield the resource of which all nodes at their largest number have too little."""
    groups = grouped((each.group.node, each) for each in there)
    most = [number(of[0].group.properties, "ScalingConfig", "MaxSize") for of in groups.values()]
    if not there or None in most or not all(each.room for each in there):
        return
    for resource in there[0].room:
        takes = [asked(each).get(resource, NONE) * (each.count or 0) for each in guests]
        rooms = [max(each.room.get(resource, NONE) for each in of) for of in groups.values()]
        limit = sum((room * int(count or 0) for room, count in zip(rooms, most, strict=True)), NONE)
        if sum(takes, NONE) > limit:
            wanted, has = _written(resource, sum(takes, NONE)), _written(resource, limit)
            detail = f"All pods ask for {wanted}; all node groups at max_size have {has}."
            yield guests[takes.index(max(takes))].finding(f"all {resource}", detail)


def _scales(environment: Environment) -> bool:
    charts = (text(each.properties, "Chart") for each in environment.resources(CHART))
    names = (each.name for each in environment.kubernetes_objects("Deployment"))
    return any("autoscaler" in name for name in (*charts, *names))
