"""Network ACLs, which keep no state: each direction needs an entry of its own.

Source: Amazon VPC user guide, "Network ACL rules" and "Ephemeral ports". A subnet without one of its
own has the VPC's default, which lets everything through. Queries to the VPC's own resolver pass all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network

from assembly.environment import Environment
from assembly.index import indexed
from assembly.references import Node
from assembly.resource import Resource
from guardrails.reach.hops import Hop, fails
from guardrails.reach.subnets import by_target, network_of
from kube.values import Json, flag, known, number, text

ACL = "AWS::EC2::NetworkAcl"
NUMBERS = {"tcp": "6", "udp": "17"}
REPLIES = (32768, 45000, 60999)
"""Ports on which Linux takes replies."""
NAT_REPLIES = (1024, *REPLIES, 65535)
"""A NAT gateway and a Lambda function take them on more."""
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
    here = network_of(subnet.properties.get("CidrBlock"))
    there = network_of(other.properties.get("CidrBlock")) if other else OUTSIDE
    yield from _crossed(environment, subnet, there, out=[port], back=REPLIES, protocol=protocol)
    if other is not None:
        yield from _crossed(environment, other, here, out=REPLIES, back=[port], protocol=protocol)


def through_nat(
    environment: Environment, subnet: Resource, nat: Resource, port: int
) -> Iterator[Hop]:
    """Yield the network ACLs that a connection to the internet crosses, with that of a NAT gateway."""
    yield from through(environment, subnet, None, port)
    if nat != subnet:
        here = network_of(subnet.properties.get("CidrBlock"))
        yield from _crossed(environment, nat, here, out=REPLIES, back=[port])
        yield from _crossed(environment, nat, OUTSIDE, out=[port], back=NAT_REPLIES)


def from_outside(environment: Environment, subnet: Resource, port: int) -> Iterator[Hop]:
    """Yield the network ACL that a connection from the internet to a port of a subnet crosses."""
    yield from _crossed(environment, subnet, OUTSIDE, out=NAT_REPLIES, back=[port])


def _crossed(
    environment: Environment,
    subnet: Resource,
    peer: IPv4Network | None,
    *,
    out: Sequence[int],
    back: Sequence[int],
    protocol: str = "tcp",
) -> Iterator[Hop]:
    """Yield the ACL of a subnet, if it has one: packets go out to these ports, and come in to those."""
    for acl in _acls(environment).get(subnet.node, ()):
        fault, where = None, "the internet" if peer == OUTSIDE else str(peer)
        for egress, ports, words in ((True, out, "out to"), (False, back, "in from")):
            dropped = _dropped(environment, acl, peer, ports, (protocol, egress))
            if fault is None and dropped is not None:
                value = f"{subnet.logical_id}:{words.split()[0]}:{protocol}/{dropped}"
                packets = f"packet with {protocol} port {dropped} {words} {where}"
                detail = f"It lets no {packets}, which {subnet.path} needs."
                fault = fails("REACH11", acl, "", value, detail)
        yield Hop(what=f"network ACL {acl.name}", fault=fault)


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
    ordered = sorted(entries, key=lambda each: number(each, "RuleNumber") or 0)
    return next((port for port in ports if not _allowed(ordered, peer, port, protocol)), None)


def _allowed(entries: Sequence[Json], peer: IPv4Network, port: int, protocol: str) -> bool:
    for entry in entries:
        block = network_of(entry.get("CidrBlock"))
        of_all = text(entry, "Protocol") == "-1"
        if block is None or not (of_all or text(entry, "Protocol") == NUMBERS[protocol]):
            continue
        ends = [number(entry, "PortRange", end) for end in ("From", "To")]
        if not of_all and None not in ends and not (ends[0] or 0) <= port <= (ends[1] or 0):
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
    return {
        node: [acl for acl in acls if acl is not None and acl.kind == ACL]
        for node, named in associations.items()
        for acls in [[environment.target(each.properties.get("NetworkAclId")) for each in named]]
    }


@indexed
def _entries(environment: Environment) -> Mapping[Node, list[Json]]:
    found = by_target(environment, "AWS::EC2::NetworkAclEntry", "NetworkAclId")
    return {
        node: [{**each.properties, "NetworkAclId": None} for each in entries]
        for node, entries in found.items()
    }
