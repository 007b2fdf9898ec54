"""Security groups: which connections they let out and in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, INGRESS, LAUNCH_TEMPLATE, SECURITY_GROUP, VPC
from assembly.references import Node, Reference
from assembly.resource import Resource
from guardrails.reach.acls import NUMBERS
from guardrails.reach.subnets import network_of
from kube.values import Json, Unknown, dicts, look_up, several, text

Key = Node | None
"""What tells a security group from others; None where only a deploy knows which it is."""
OF_CLUSTER = "ClusterSecurityGroupId"
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


def of_cluster(cluster: Resource | None) -> Key:
    """Return the security group that EKS makes for a cluster and gives to whatever names no other."""
    return (cluster.stack, f"{cluster.logical_id}.{OF_CLUSTER}") if cluster else None


def keys(environment: Environment, value: object, *path: str) -> tuple[Key, ...]:
    """Return the security groups of a field."""
    return tuple(_key_of(environment, each) for each in several(value, *path))


def _key_of(environment: Environment, value: object) -> Key:
    if not isinstance(value, Reference):
        return None if isinstance(value, Unknown) or not text(value) else ("", text(value))
    found = environment.by_node.get(value.node)
    own = found is not None and found.kind == SECURITY_GROUP
    return value.node if own else (value.node[0], f"{value.node[1]}.{value.attribute}")


def of_nodes(
    environment: Environment, group: Resource, cluster: Resource | None
) -> tuple[Key, ...]:
    """Return the security groups of a node group: the cluster's, unless its template names some.

    Source: EKS user guide, "Customize managed nodes with launch templates".
    """
    named = look_up(group.properties, "LaunchTemplate")
    template = environment.target(look_up(named, "Id"))
    if named is not None and (template is None or template.kind != LAUNCH_TEMPLATE):
        return (None,)
    data = look_up(template.properties, "LaunchTemplateData") if template else None
    interfaces = (keys(environment, each, "Groups") for each in dicts(data, "NetworkInterfaces"))
    found = (
        *keys(environment, data, "SecurityGroupIds"),
        *(key for one in interfaces for key in one),
    )
    return found or (of_cluster(cluster),)


def names_of(groups: Sequence[Key]) -> str:
    """Return security groups for people."""
    return ", ".join(key[1] if key else "a group that only a deploy knows" for key in groups)


def lets_out(environment: Environment, flow: Flow) -> bool:
    """Tell whether one of the source's groups lets a connection out, or may."""
    return not flow.sources or any(
        _fits(environment, each, flow, "Destination")
        for key in flow.sources
        for each in _rules(environment, key, "Egress")
    )


def lets_in(environment: Environment, flow: Flow) -> bool:
    """Tell whether one of the target's groups lets a connection in, or may."""
    return any(
        _fits(environment, each, flow, "Source")
        for key in flow.targets
        for each in _rules(environment, key, "Ingress")
    )


def _rules(environment: Environment, key: Key, direction: str) -> Iterator[object]:
    """Yield the rules of a group; those of one made elsewhere aren't known."""
    yield from (added := _added(environment).get((key, direction), []))
    stack, name = key or ("", "")
    owner, _, attribute = name.partition(".")
    cluster, group = environment.by_node.get((stack, owner)), environment.by_node.get((stack, name))
    if cluster is not None and cluster.kind == CLUSTER and attribute == OF_CLUSTER:
        yield ANY if direction == "Egress" else {"IpProtocol": "-1", "SourceSecurityGroupId": key}
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


def _fits(environment: Environment, rule: object, flow: Flow, side: str) -> bool:
    """Tell whether a rule lets a connection through, or may: what can't be read here is let pass."""
    into, protocol = side == "Source", look_up(rule, "IpProtocol")
    peers, network = (flow.sources, flow.source) if into else (flow.targets, flow.target)
    if isinstance(protocol, Unknown):
        return True
    named = text(protocol).lower() in (flow.protocol, NUMBERS[flow.protocol])
    if text(protocol) != "-1" and not (named and _holds(rule, flow.port)):
        return False
    group = look_up(rule, f"{side}SecurityGroupId")
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
