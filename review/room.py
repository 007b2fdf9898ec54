"""Whether there are enough nodes: for the CPUs that pods ask for, in every zone, and at what price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.resource import Resource
from assembly.stack import Stack
from capacity.inputs import Group
from capacity.needs import together
from kube.pods import pod_template, replicas, requests
from review import cost
from review.labels import group_name, listed, of_its_cluster
from review.model import DETAILS, Risk, Sentence, say
from review.prices import Amount, prices
from review.sides import Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what pods ask of the nodes, where they ask for more or there is less."""
    (was, had), (asked, cpus) = (
        (_asked(each), _cpus(each) if each.inputs else 0) for each in sides.both
    )
    if had and cpus and (asked > was or cpus != had):
        risk = Risk.INTERRUPTS if asked > cpus else Risk.SAFE
        now, before = (f"{each.normalize():f}" for each in (asked, was))
        yield say("room", risk=risk, asked=now, cpus=cpus, was=before, had=had)


def empty_zones(sides: Sides, group: Resource, nodes: int) -> Iterator[str]:
    """Yield in how many zones of a group no node is left."""
    inputs = sides.after.inputs
    for each in inputs.groups if inputs else ():
        zones, empty = len(each.zones), len(each.zones) - nodes
        if each.name == group_name(group) and empty > 0:
            have = "has" if empty == 1 else "have"
            yield DETAILS["empty zones"].format(empty=empty, zones=zones, have=have)


def price_of_growth(sides: Sides, group: Resource, more: int) -> Iterator[str]:
    """Yield what the nodes cost by which a group may grow further."""
    name = f"{group_name(group)}{of_its_cluster(sides.after, group)}"
    each = [
        line.each
        for line in cost.lines(sides.after, prices(), sides.today)
        if line.what in {f"nodes of {name}", f"node volumes of {name}"}
    ]
    priced = [amount for amount in each if amount is not None]
    price = (
        sum(priced, Amount()) * more if priced and len(priced) == len(each) else "an unknown sum"
    )
    yield DETAILS["growth"].format(more=more, nodes="node" if more == 1 else "nodes", price=price)


def of_both_groups(sides: Sides, stack: Stack) -> str:
    """Return the vCPUs that count while the new node groups of a stack stand beside the old ones.

    Empty where no quota has to cover more than before and after, as between Spot and On-Demand.
    """
    old, new = (
        {x.name: x for x in each.inputs.groups} if each.inputs else {} for each in sides.both
    )
    said = DETAILS["both groups"].format(stack=stack.name)
    going = {x.resource.node for x in sides.changes if x.kind in {"replaced", "removed"}}
    comes = {x.resource.node for x in sides.changes if x.kind in {"replaced", "added"}}
    if not any(x.node in comes for x in sides.after.resources(NODE_GROUP) if x.stack == stack.path):
        return ""
    if not old or not new:
        return f"{said}."
    done = {stack.path, *sides.after.order.stacks_before(stack.path)}
    between = [
        *(new[group_name(x)] for x in _groups(sides.after, new) if x.stack in done),
        *(
            old[group_name(x)]
            for x in _groups(sides.before, old)
            if x.stack not in done or (x.stack == stack.path and x.node in going)
        ),
    ]
    was, now, both = map(together, (old.values(), new.values(), between))
    parts = [
        f"at most {count:,} vCPUs of `{quota.name}` ({was.get(quota, 0):,} before, "
        f"{now.get(quota, 0):,} after)"
        for quota, count in both.items()
        if count > max(was.get(quota, 0), now.get(quota, 0))
    ]
    return f"{said}: {listed(parts)}." if parts else ""


def _groups(environment: Environment, known: Mapping[str, Group]) -> Iterator[Resource]:
    return (x for x in environment.resources(NODE_GROUP) if group_name(x) in known)


def _cpus(environment: Environment) -> int:
    """Return the CPUs of the desired nodes, of several types the least."""
    groups = environment.inputs.groups if environment.inputs else ()
    return sum(x.desired * min((kind.vcpus for kind in x.kinds), default=0) for x in groups)


def _asked(environment: Environment) -> Decimal:
    """Return the CPUs that the pods of the stacks ask of nodes."""
    return sum(
        (
            requests(template.spec).get("cpu", Decimal()) * (replicas(item.content) or 0)
            for item in environment.kubernetes_objects("Deployment", "StatefulSet")
            if (template := pod_template(item.content)) is not None
            and cost.profile_of(environment, item) is None
        ),
        Decimal(),
    )
