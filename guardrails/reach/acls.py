"""Network ACLs, which keep no state: each direction needs an entry of its own.

Source: Amazon VPC user guide, "Network ACL rules" and "Ephemeral ports". A subnet without one of its
own has the VPC's default, which lets everything through. Queries to the VPC's own resolver pass all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.references import Node
from assembly.resource import Resource
from guardrails.reach.hops import Hop
from guardrails.reach.subnets import by_target, network_of
from guardrails.rule import breach
from kube.values import Json, flag, known, number, text

HTTPS = 443
NUMBERS = {"tcp": "6", "udp": "17"}
"""The protocols of connections, by their numbers."""
REPLIES = (32768, 45000, 60999)
"""Ports on which Linux takes replies."""
NAT_REPLIES = (1024, *REPLIES, 65535)
"""A NAT gateway takes them on more."""
OUTSIDE = IPv4Network("52.94.76.0/24")
"""Stands for the internet: a range of AWS services."""


def through(
    environment: Environment,
    subnet: Resource,
    other: Resource | None,
    port: int,
    protocol: str = "tcp",
) -> Iterator[Hop]:
    """Yield the network ACLs on the way from a subnet to another one, or to the internet."""
    if subnet == other:
        return
    there = network_of(other.properties.get("CidrBlock")) if other else OUTSIDE
    yield from _crossed(environment, subnet, there, ([port], REPLIES), protocol)
    if other is not None:
        here = network_of(subnet.properties.get("CidrBlock"))
        yield from _crossed(environment, other, here, (REPLIES, [port]), protocol)


def through_nat(
    environment: Environment, subnet: Resource, nat: Resource, port: int
) -> Iterator[Hop]:
    """Yield the network ACLs on the way to the internet, with that of a NAT gateway's subnet."""
    yield from through(environment, subnet, None, port)
    if nat != subnet:
        here = network_of(subnet.properties.get("CidrBlock"))
        yield from _crossed(environment, nat, here, (REPLIES, [port]))
        yield from _crossed(environment, nat, OUTSIDE, ([port], NAT_REPLIES))


def _crossed(
    environment: Environment,
    subnet: Resource,
    peer: IPv4Network | None,
    ports: tuple[Sequence[int], Sequence[int]],
    protocol: str = "tcp",
) -> Iterator[Hop]:
    """Yield the ACL of a subnet, if it has one: packets go out to some ports, and come in to others."""
    for acl in _acls(environment).get(subnet.node, ()):
        where = "the internet" if peer == OUTSIDE else str(peer)
        for egress, needed, words in zip((True, False), ports, ("out to", "in from"), strict=True):
            dropped = _dropped(environment, acl, peer, needed, (protocol, egress))
            value = f"{subnet.logical_id}:{words.split()[0]}:{protocol}/{dropped}"
            packet = f"packet with {protocol} port {dropped} {words} {where}"
            detail = f"It lets no {packet}, which {subnet.path} needs."
            found = None if dropped is None else breach(acl, "", value, detail)
            yield Hop(what=f"network ACL {acl.name}, {words}", rule="REACH11", finding=found)


def _dropped(
    environment: Environment,
    acl: Resource,
    peer: IPv4Network | None,
    ports: Sequence[int],
    packets: tuple[str, bool],
) -> int | None:
    """Return the first port whose packets an ACL drops for certain."""
    protocol, egress = packets
    every = _entries(environment).get(acl.node, ())
    entries = [each for each in every if flag(each, "Egress") in (egress, None)]
    if peer is None or not known(entries):
        return None
    return next((port for port in ports if not _allowed(entries, peer, port, protocol)), None)


@indexed
def _entries(environment: Environment) -> Mapping[Node, list[Json]]:
    """Return the entries of each ACL in their order, without what leads to it."""
    every = by_target(environment, "AWS::EC2::NetworkAclEntry", "NetworkAclId")
    return {
        node: sorted(
            ({**each.properties, "NetworkAclId": None} for each in entries),
            key=lambda each: number(each, "RuleNumber") or 0,
        )
        for node, entries in every.items()
    }


def _allowed(entries: Sequence[Json], peer: IPv4Network, port: int, protocol: str) -> bool:
    for entry in entries:
        block, of_all = network_of(entry.get("CidrBlock")), text(entry, "Protocol") == "-1"
        if block is None or not (of_all or text(entry, "Protocol") == NUMBERS[protocol]):
            continue
        first, last = (number(entry, "PortRange", end) for end in ("From", "To"))
        if not of_all and first is not None and last is not None and not first <= port <= last:
            continue
        allows = text(entry, "RuleAction").lower() == "allow"
        # Only a part of the internet may be open, and nobody knows which part is needed.
        part = peer == OUTSIDE and allows and not block.is_private
        if part or (peer.subnet_of(block) if allows else peer.overlaps(block)):
            return allows
    return False


@indexed
def _acls(environment: Environment) -> Mapping[Node, list[Resource]]:
    associations = by_target(environment, "AWS::EC2::SubnetNetworkAclAssociation", "SubnetId")
    return grouped(
        (node, acl)
        for node, named in associations.items()
        for each in named
        for acl in environment.targets(each.properties.get("NetworkAclId"))
        if acl.kind == "AWS::EC2::NetworkAcl"
    )
