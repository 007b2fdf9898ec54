"""What drops packets: security groups, and network ACLs, whose replies need an entry of their own.

Source: Amazon VPC user guide, "Network ACL rules" and "Ephemeral ports". A subnet without an ACL of its
own has the VPC's default, which lets everything through. Queries to the VPC's own resolver pass all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, INGRESS, SECURITY_GROUP, VPC
from assembly.links import by_target
from assembly.references import Node, Reference
from assembly.resource import Resource
from guardrails.reach.hops import Hop, hop
from guardrails.reach.subnets import block_of, network_of
from kube.values import Json, Unknown, flag, known, look_up, number, several, text

HTTPS = 443
NUMBERS = {"tcp": "6", "udp": "17"}
"""The protocols of connections, by their numbers."""
REPLIES = (32768, 45000, 60999)
"""Ports on which Linux takes replies."""
NAT_REPLIES = (1024, *REPLIES, 65535)
"""A NAT gateway takes them on more."""
OUTSIDE = IPv4Network("52.94.76.0/24")
"""Stands for the internet: a range of AWS services."""
Key = Node | None
"""What tells a security group from others; None where only a deploy knows which it is."""
BY_AWS = {CLUSTER: "ClusterSecurityGroupId", VPC: "DefaultSecurityGroup"}
"""The groups that AWS makes, by what they belong to: their members reach each other and everything."""
ANY = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A connection between two sides, by their groups; None for a network that isn't known."""

    port: int
    protocol: str = "tcp"
    sources: Sequence[Key] = ()
    source: IPv4Network | None = None
    targets: Sequence[Key] = ()
    target: IPv4Network | None = None


def through(
    environment: Environment,
    subnet: Resource,
    other: Resource | None,
    flow: Flow,
    nat: Resource | None = None,
) -> Iterator[Hop]:
    """Yield the network ACLs on the way from a subnet to another one, or to the internet.

    `nat` is the subnet of the NAT gateway in between.
    """
    here, there, asked = block_of(subnet), block_of(other) if other else OUTSIDE, (flow.port,)
    crossings: list[tuple[Resource, IPv4Network | None, Sequence[int], Sequence[int]]] = [
        (subnet, there, asked, REPLIES)
    ]
    if nat is not None and nat != subnet:
        crossings += [(nat, here, REPLIES, asked), (nat, OUTSIDE, asked, NAT_REPLIES)]
    if other:
        crossings.append((other, here, REPLIES, asked))
    # Packets go out of each to some ports, and come in to others.
    for crossed, peer, out, back in crossings if subnet != other else ():
        for egress, ports, words in ((True, out, "out to"), (False, back, "in from")):
            for acl, entries in _acls(environment).get((crossed.node, egress), ()):
                judged = ports if known(entries) else ()
                dropped = (e for e in judged if not _allowed(entries, peer, e, flow.protocol))
                port = next(dropped, None)
                facts = {"acl": acl, "words": words, "flow": flow, "port": port, "subnet": crossed}
                value = f"{crossed.logical_id}:{words.split()[0]}:{flow.protocol}/{port}"
                where = "the internet" if peer == OUTSIDE else peer
                yield hop("network ACL", acl, value, passes=port is None, where=where, **facts)


@indexed
def _acls(
    environment: Environment,
) -> Mapping[tuple[Node, bool], list[tuple[Resource, list[Json]]]]:
    """Return the network ACLs of subnets, each with its entries for a direction in their order."""
    every = by_target(environment, "AWS::EC2::NetworkAclEntry", "NetworkAclId")
    ordered = {
        node: sorted(
            # What leads to the ACL needn't be known.
            ({**each.properties, "NetworkAclId": None} for each in entries),
            key=lambda each: number(each, "RuleNumber") or 0,
        )
        for node, entries in every.items()
    }
    associations = by_target(environment, "AWS::EC2::SubnetNetworkAclAssociation", "SubnetId")
    return grouped(
        (
            (node, egress),
            (acl, [e for e in ordered.get(acl.node, ()) if flag(e, "Egress") in (egress, None)]),
        )
        for node, named in associations.items()
        for acl in environment.targets([each.properties.get("NetworkAclId") for each in named])
        if acl.kind == "AWS::EC2::NetworkAcl"
        for egress in (True, False)
    )


def _allowed(entries: Sequence[Json], peer: IPv4Network | None, port: int, protocol: str) -> bool:
    if peer is None:
        return True
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


def of_cluster(cluster: Resource | None) -> Key:
    """Return the security group that EKS makes for a cluster and gives to whatever names no other."""
    return (cluster.stack, f"{cluster.logical_id}.{BY_AWS[CLUSTER]}") if cluster else None


def keys(environment: Environment, value: object, *path: str) -> tuple[Key, ...]:
    """Return the security groups of a field."""
    return tuple(_key_of(environment, each) for each in several(value, *path))


def _key_of(environment: Environment, value: object) -> Key:
    if not isinstance(value, Reference):
        return None if isinstance(value, Unknown) or not text(value) else ("", text(value))
    found = environment.by_node.get(value.node)
    own = found is not None and found.kind == SECURITY_GROUP
    return value.node if own else (value.node[0], f"{value.node[1]}.{value.attribute}")


def names_of(groups: Sequence[Key]) -> str:
    """Return security groups for people."""
    return ", ".join(key[1] if key else "a group that only a deploy knows" for key in groups)


def lets(environment: Environment, flow: Flow, direction: str) -> bool:
    """Tell whether a group lets a connection out of its source, or in to its target, or may."""
    own = flow.targets if direction == "Ingress" else flow.sources
    every = (each for key in own for each in _rules(environment, key, direction))
    return any(_fits(environment, each, flow, direction) for each in every)


def _rules(environment: Environment, key: Key, direction: str) -> Iterator[object]:
    """Yield the rules of a group; those of one made elsewhere aren't known."""
    yield from (added := _added(environment).get((key, direction), []))
    stack, name = key or ("", "")
    owner, _, attribute = name.partition(".")
    maker, group = environment.by_node.get((stack, owner)), environment.by_node.get((stack, name))
    if maker is not None and attribute and attribute == BY_AWS.get(maker.kind):
        if maker.node not in by_target(
            environment, "Custom::VpcRestrictDefaultSG", "DefaultSecurityGroupId"
        ):
            members = {"IpProtocol": "-1", "SourceSecurityGroupId": key}
            yield ANY if direction == "Egress" else members
    elif group is None or group.kind != SECURITY_GROUP:
        yield Unknown("its rules")
    elif direction == "Egress" and group.properties.get("SecurityGroupEgress") is None:
        # EC2 opens the way out of a group that says nothing about it.
        yield from () if added else (ANY,)
    else:
        yield from several(group.properties, f"SecurityGroup{direction}")


@indexed
def _added(environment: Environment) -> Mapping[tuple[Key, str], list[Json]]:
    kinds = {INGRESS: "Ingress", "AWS::EC2::SecurityGroupEgress": "Egress"}
    return grouped(
        ((_key_of(environment, each.properties.get("GroupId")), direction), each.properties)
        for kind, direction in kinds.items()
        for each in environment.resources(kind)
    )


def _fits(environment: Environment, rule: object, flow: Flow, direction: str) -> bool:
    """Tell whether a rule lets a connection through, or may: what can't be read here is let pass."""
    into, protocol = direction == "Ingress", look_up(rule, "IpProtocol")
    peers, network = (flow.sources, flow.source) if into else (flow.targets, flow.target)
    if isinstance(protocol, Unknown):
        return True
    named = text(protocol).lower() in (flow.protocol, NUMBERS[flow.protocol])
    if text(protocol) != "-1" and not (named and _holds(rule, flow.port)):
        return False
    group = look_up(rule, f"{'Source' if into else 'Destination'}SecurityGroupId")
    if group is not None:
        key = group if isinstance(group, tuple) else _key_of(environment, group)
        return key is None or any(peer in (None, key) for peer in peers)
    written = look_up(rule, "CidrIp")
    if isinstance(written, Reference) and written.attribute == "CidrBlock":
        found = environment.by_node.get(written.node)
        written = found.properties.get("CidrBlock") if found and found.kind == VPC else written
    outer = network_of(written)
    # A prefix list may hold anything.
    other = look_up(rule, "CidrIpv6") is None if written is None else outer is None
    return other if outer is None else network is None or network.subnet_of(outer)


def _holds(rule: object, port: int) -> bool:
    first, last = (text(rule, end) for end in ("FromPort", "ToPort"))
    return not (first.isdecimal() and last.isdecimal()) or int(first) <= port <= int(last)
