"""Networks that AWS doesn't take beside the old ones, and clusters that can't follow them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from assembly.kinds import CLUSTER, SUBNET
from assembly.references import Node
from assembly.resource import Resource
from capacity.quotas import RESERVED_ADDRESSES
from guardrails.reach.places import subnets_of
from guardrails.step.change import GONE
from guardrails.step.replacement import changes_of
from kube.validity import formats
from kube.values import text
from review.sides import Change, Sides


def overlapping(sides: Sides) -> Mapping[Resource, str]:
    """Return new subnets whose ranges overlap old ones of their VPC, which are deleted only afterwards.

    Source: EC2 API, CreateSubnet, InvalidSubnet.Conflict. The same range is told as one that is taken.
    """
    made = {x.resource.node for x in sides.changes if x.kind in {"added", "replaced"}}
    old, new = ([*map(_placed, side.resources(SUBNET))] for side in sides.both)
    return {
        one: f"`{cidr}` overlaps `{before}`"
        for one, vpcs, cidr in new
        for _, was, before in old
        if one.node in made and cidr and before and cidr != before and (vpcs & was) - made
        if cidr.version == before.version and cidr.overlaps(before)
    }


def _placed(subnet: Resource) -> tuple[Resource, set[Node], formats.Network | None]:
    vpcs = subnet.scope.environment.targets(subnet.properties.get("VpcId"))
    return subnet, {x.node for x in vpcs}, formats.network(text(subnet.properties, "CidrBlock"))


def addresses(subnets: Iterable[Resource]) -> str:
    """Return how many addresses each of some subnets has, if they are known and all the same."""
    found = {network and network.num_addresses for *_, network in map(_placed, subnets)}
    each = found.pop() if len(found) == 1 else None
    return f" ({each - RESERVED_ADDRESSES:,} in each)" if each else ""


def moved(sides: Sides) -> Iterator[Resource]:
    """Yield each cluster that stays while its subnets move to another VPC.

    EKS takes other subnets only in the same one (EKS user guide, "Amazon EKS networking requirements").
    """
    gone = {change.node for change in changes_of(sides.compared) if change.effect in GONE}
    for pair in sides.kept(CLUSTER):
        was, now = (
            {
                network.node
                for subnet in subnets_of(side, each)
                for network in side.targets(subnet.properties.get("VpcId"))
            }
            for side, each in zip(sides.both, pair, strict=True)
        )
        if was and now and (was != now or was & gone) and pair[1].node not in gone:
            yield pair[1]


def back(networks: Sequence[Change]) -> str:
    """Return how a network is put back as it was: by its field where that is the only cause."""
    if [each.causes for each in networks] != [("CidrBlock",)]:
        return "Put the old network back"
    before = networks[0].before
    cidr = text(before.properties if before else {}, "CidrBlock")
    return f"Set `network.cidr` back to `{cidr}`"
