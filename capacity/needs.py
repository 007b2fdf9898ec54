"""What an environment needs of the account's service quotas: as deployed, in an update, and at most.

service_quotas.json has the quotas, each with its default and its source.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from capacity.inputs import Group, Inputs
from capacity.pods import most_branches
from capacity.quotas import (
    CONCURRENT_CUSTOM_RESOURCES,
    CONTROL_PLANE_INTERFACES,
    CONTROL_PLANE_UPGRADE,
    SMALLEST_FARGATE_POD,
)

DATA: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("service_quotas.json").read_text(encoding="utf-8")
)
FAMILIES: Mapping[str, str] = {
    prefix: family for family, prefixes in DATA["families"].items() for prefix in prefixes
}


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A service quota, named as Service Quotas prints it.

    `need` is what counts against it. `new_account` is what a new account often has instead of the
    default, where the service's page says so.
    """

    need: str
    name: str
    service: str
    code: str
    default: int
    url: str
    new_account: int | None = None

    @property
    def lowest(self) -> int:
        """Return what an account has without a quota increase."""
        return self.default if self.new_account is None else self.new_account


@dataclass(frozen=True, kw_only=True)
class Need:
    """What an environment needs of a quota: for its desired nodes, for their update, and at most.

    The update of a group adds its surge, and its replacement all of its nodes once more: both groups
    stand until the old one is deleted.
    """

    quota: Quota
    steady: int
    update: int
    most: int


QUOTAS: tuple[Quota, ...] = tuple(Quota(**each) for each in DATA["quotas"])


def vcpu_need(instance_type: str, *, spot: bool) -> str | None:
    """Return the need that an instance counts against; None for a family without a vCPU quota."""
    letters = re.match("[a-z]+", instance_type)
    family = FAMILIES.get(letters.group()) if letters else None
    return f"{'spot' if spot else 'on-demand'} {family}" if family else None


def needs(inputs: Inputs) -> tuple[Need, ...]:
    """Return the needs of an environment that are not zero, in the order of the data."""
    groups = inputs.groups
    steady = _taken(inputs, [x.desired for x in groups], [x.warm for x in groups])
    update = _taken(
        inputs, [x.desired + max(x.surge, x.twin) for x in groups], [x.warm for x in groups]
    )
    most = _taken(
        inputs,
        [max(x.maximum + x.surge, x.desired + x.twin) for x in groups],
        [x.always_warm for x in groups],
    )
    for taken in (update, most):
        taken["functions"] = inputs.handler_functions * CONCURRENT_CUSTOM_RESOURCES
        taken["interfaces"] += CONTROL_PLANE_UPGRADE
    return tuple(
        Need(quota=each, steady=steady[each.need], update=update[each.need], most=most[each.need])
        for each in QUOTAS
        if most[each.need]
    )


def together(groups: Iterable[Group]) -> Mapping[Quota, int]:
    """Return the vCPUs of the desired nodes of some groups, by the quota that they count against."""
    taken: Counter[str] = Counter()
    for group in groups:
        taken.update(dict(_of_a_group(group, group.desired, group.warm)))
    del taken["interfaces"]
    return {each: taken[each.need] for each in QUOTAS if taken[each.need]}


def _taken(inputs: Inputs, nodes: Sequence[int], warm: Sequence[int]) -> Counter[str]:
    """Return what an environment uses of each quota, with these numbers of nodes and instances that wait."""
    taken: Counter[str] = Counter()
    for group, count, waiting in zip(inputs.groups, nodes, warm, strict=True):
        own = group.cni or inputs.cni
        taken.update(dict(_of_a_group(group, count, waiting)))
        taken["interfaces"] += count * most_branches(own, group.kinds)
    pods = sum(profile.pods for profile in inputs.fargate)
    private = sum("private" in subnet.tiers for subnet in inputs.subnets)
    balanced = sum(bool({"private", "public"} & subnet.tiers) for subnet in inputs.subnets)
    zones = Counter(inputs.nat_zones)
    # A pod on Fargate and each kind of thing below has an interface in each of its subnets.
    taken["interfaces"] += (
        CONTROL_PLANE_INTERFACES
        + pods
        + len(inputs.nat_zones)
        + inputs.interface_endpoints * private
        + inputs.load_balancers * balanced
    )
    return taken + Counter(
        {
            "fargate": math.ceil(
                sum(max(x.vcpus, x.pods * SMALLEST_FARGATE_POD) for x in inputs.fargate)
            ),
            "elastic ips": len(inputs.nat_zones),
            "nat gateways": max(zones.values(), default=0),
            "vpcs": int(any(subnet.prefix_length is not None for subnet in inputs.subnets)),
            "network load balancers": inputs.load_balancers,
            "application load balancers": inputs.load_balancers,
            "clusters": 1,
            "fargate profiles": len(inputs.fargate),
            "node groups": sum(group.managed for group in inputs.groups),
        }
    )


def _of_a_group(group: Group, nodes: int, warm: int) -> Iterator[tuple[str, int]]:
    """Yield what the nodes of a group use; each can be of the largest type.

    What runs in a Capacity Block counts against no quota of vCPUs (EC2 user guide, "Capacity Blocks for ML").
    """
    vcpus: dict[str, int] = {}
    interfaces = 1 if group.windows else max((kind.interfaces for kind in group.kinds), default=0)
    yield "interfaces", nodes * interfaces + warm
    nodes += warm if group.running else 0
    on_demand = group.on_demand(nodes)
    for kind, spot in product(() if group.in_a_block else group.kinds, (False, True)):
        need = vcpu_need(kind.name, spot=spot)
        if need is not None:
            count = nodes if group.either else nodes - on_demand if spot else on_demand
            vcpus[need] = max(vcpus.get(need, 0), _vcpus(group, count, kind.vcpus))
    yield from vcpus.items()


def _vcpus(group: Group, nodes: int, each: int) -> int:
    """Return the vCPUs of so many nodes of a type, as far as the group's limit lets them come.

    With its most nodes, which are of its smallest type, a NodePool may as well be full of any other.
    """
    if group.vcpu_limit is None:
        return nodes * each
    return group.vcpu_limit if nodes >= group.maximum else min(nodes * each, group.vcpu_limit)
