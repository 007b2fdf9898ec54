"""What nodes cost: the instances and volumes of groups, and what is known of pools; what has no price here."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from assembly.environment import Environment
from assembly.links import template_of
from assembly.nodes import is_self_managed, node_groups
from assembly.resource import Resource
from assembly.self_managed import as_group
from capacity.instance_types import UnknownInstanceTypeError, instance_type
from guardrails.step.change import values_at
from kube.values import mapping, text
from review import node_pools, price_list, volumes
from review.differences import told
from review.labels import group_name, label, listed, of_its_cluster, size_of, types_in_words
from review.model import DETAILS, read
from review.prices import Amount, Line, Prices
from review.sides import Change, Sides

UNPRICED: Mapping[str, Sequence[str]] = read("unpriced")
"""The properties that the price of a resource depends on, by its type (AWS pricing pages)."""

WIDEST = "us-east-1"
"""The region with the most types in the price list: what nodes cost there says how much it may be."""


def nodes(environment: Environment, prices: Prices, region: str) -> Iterator[Line]:
    """Yield the nodes of each group with their volumes, and those that wait."""
    for group in node_groups(environment):
        name = f"{group_name(group)}{of_its_cluster(environment, group)}"
        template = template_of(environment, group)
        data = mapping(template.properties, "LaunchTemplateData") if template else {}
        kinds = types_in_words(group)
        capacity = text(group.properties, "CapacityType") or "ON_DEMAND"
        count, most = size_of(group, "Desired"), size_of(group, "Max") or 0
        here = group.scope.stack.region or region
        price = prices.node(kinds, capacity, here)
        picks = ", whichever EC2 picks" if kinds[1:] else ""
        market = f"{' or '.join(kinds)} Spot{picks}" if capacity == "SPOT" else kinds[0]
        least = None
        if text(group.properties, "AmiType").startswith("WINDOWS"):
            market = f"{market} with a Windows licence"
            if capacity == "ON_DEMAND" and price:
                least, market = price, f"{market}, {price} each without"
            price = None
        elif price is None and (there := prices.node(kinds, capacity, WIDEST)):
            market = f"{market}, {there} each in {WIDEST}{_not_listed(kinds, here)}"
        steady: list[int | None] = [0, 0]
        if group.mixed:
            steady = [group.on_demand(x or 0) for x in (count, most)]
        first, last = (x or 0 for x in steady)
        dear = prices.node(kinds, "ON_DEMAND", here)
        yield Line(f"On-Demand nodes of {name}", first, dear, of=kinds[0], most=last)
        others, price = None if count is None else count - first, None if None in steady else price
        spot = "Spot " * (group.mixed or (capacity == "SPOT" and is_self_managed(group)))
        yield Line(
            f"{spot}nodes of {name}", others, price, of=market, most=most - last, least=least
        )
        disks = volumes.price_of(group, data, prices)
        where = prices.where("volume_gib_month")
        yield Line(f"node volumes of {name}{where}", count, disks, "volume", most=most)
        more, run = volumes.waiting(group)
        if run:
            yield Line(f"waiting nodes of {name}", more, price, of=market)
        yield Line(f"volumes of waiting nodes of {name}{where}", more, disks, "volume")


def _not_listed(kinds: Sequence[str], region: str) -> str:
    """Return that EC2 may not offer a type in a region, where the price list has others."""
    listing = price_list.known().get(region, {})
    missing = [each for each in kinds if price_list.hour(region, each) is None]
    dated = {"types": listed(missing), "region": region, "date": listing.get(price_list.DATE)}
    return DETAILS["not listed"].format(**dated) if listing else ""


def on_demand(sides: Sides, group: Resource) -> str:
    """Return how many nodes of a group that may have both are On-Demand, where that is known."""
    one, other = ({x.node: x for x in node_groups(side)}.get(group.node) for side in sides.both)
    parts = []
    if one and other:
        for name, said in (("Desired", "desired"), ("Max", "at the maximum")):
            size = size_of(other, name) or 0
            was, now = one.on_demand(size), other.on_demand(size)
            before = "as before" if was == now else f"before: {was}"
            parts += [f"{now} of {size} {said} ({before})"] if None not in (was, now) else []
    return f"On-Demand nodes are {listed(parts)}." if parts else ""


def mix(sides: Sides, group: Resource, _: object) -> str:
    """Return how On-Demand nodes become fewer, empty where they don't."""
    both = [*map(as_group, (sides.before.by_node.get(group.node, group), group))]
    most = text(group.properties, "MaxSize")
    sizes = range(1, (int(most) if most.isdecimal() else 100) + 1)
    counts = [[x.on_demand(size) for size in sizes] for x in both]
    was, now = ([-1 if x is None else x for x in each] for each in counts)
    same = -1 not in (*was, *now) and all(map(operator.le, was, now))
    return "" if same else "fewer" if any(now) else "no"


def smaller(change: Change) -> Iterator[str]:
    """Yield what a node of a group may have less of than any did before."""
    both = [types_in_words(x) for x in (change.before, change.after) if x]
    with suppress(UnknownInstanceTypeError, ValueError):
        old, new = ([instance_type(kind) for kind in kinds] for kinds in both)
        for name, part, unit in (("vcpus", 1, "vCPUs"), ("memory_mib", 1024, "GiB of memory")):
            was, now = (min(getattr(x, name) for x in side) / part for side in (old, new))
            if now < was:
                yield DETAILS["smaller nodes"].format(now=f"{now:g} {unit}", was=f"{was:g}")


def pools(environment: Environment, prices: Prices, region: str) -> Iterator[Line]:
    """Yield the nodes that come when pods need them, once each: EKS's own pools, and NodePools.

    Of a fixed size, they have a price.
    """
    low, high = prices.auto_mode_of_on_demand
    fee = f", with a fee of {low:.0%} to {high:.0%} of their On-Demand price"
    for pool in node_pools.pools(environment):
        of_it = of_its_cluster(environment, pool.resource)
        most = (
            "" if pool.built_in else f", at most {listed(pool.limits) or 'what is not known here'}"
        )
        of, count, price, name = f"nodes{most}", None, None, f"nodes of NodePool {pool.name}{of_it}"
        among = frozenset((*(pool.types or map(str, pool.requirements)), *pool.markets))
        vcpus = text(pool.spec, "limits", "cpu")
        if vcpus.isdecimal() and (dearest := _of_a_vcpu(pool, prices, region, "ON_DEMAND")):
            of += f" or ${dearest.high * int(vcpus):,.0f} a month"
            # No bound: Spot costs up to the On-Demand price.
            if pool.markets == {"spot"} and (spot := _of_a_vcpu(pool, prices, region, "SPOT")):
                of = f"nodes{most} or {spot * int(vcpus)} a month at usual Spot prices"
            of += ", without their volumes"
        if pool.replicas.isdecimal():
            of, count = "nodes, more only while one is replaced", int(pool.replicas)
            price = _price(pool, prices, region)
            name += ", without their volumes" if price else ""
        of += fee if pool.by_eks else ""
        only = count is None and vcpus.isdecimal() and len([*pool.limits]) == 1
        yield Line(name, count, price, of=of, vcpus=int(vcpus) if only else 0, among=among)
    for cluster in node_pools.without_pools(environment):
        name = f"nodes of Auto Mode{of_its_cluster(environment, cluster)}"
        yield Line(name, None, None, of=f"nodes{fee}")


def _of_a_vcpu(pool: node_pools.Pool, prices: Prices, region: str, market: str) -> Amount | None:
    """Return what a vCPU of a pool's nodes costs in a month, where that is known of all that they may be."""
    every = [(prices.node([x], market, region), instance_type(x).vcpus) for x in pool.types]
    known = [price * (1 / vcpus) for price, vcpus in every if price]
    whole = known and len(known) == len(every)
    return Amount(min(x.low for x in known), max(x.high for x in known)) if whole else None


def _price(pool: node_pools.Pool, prices: Prices, region: str) -> Amount | None:
    """Return what a node of a pool costs, from the cheapest to the dearest that it may be."""
    every = [prices.node([kind], "ON_DEMAND", region) for kind in pool.types]
    known = [each for each in every if each is not None]
    if not known or len(known) < len(every):
        return None
    least, most = min(x.low for x in known), max(x.high for x in known)
    low, high = prices.spot_of_on_demand.get(region, prices.spot_of_on_demand["any"])
    low, high = low if "spot" in pool.markets else 1, 1 if "on-demand" in pool.markets else high
    fees = prices.auto_mode_of_on_demand if pool.by_eks else (0, 0)
    return Amount(least * (low + fees[0]), most * (high + fees[1]))


def unpriced(environment: Environment) -> Iterator[Line]:
    """Yield each resource that has no price here, with all that its price depends on."""
    for each in environment.resources(*UNPRICED):
        values = {x: values_at(each.properties, x) for x in UNPRICED[each.kind]}
        of = told({}, {x.replace("/", "."): y[0] for x, y in values.items() if y})
        of = of and f"with {of.replace(' none → ', ' ')}"
        yield Line(label(each), 1, None, "resource", of=of)
