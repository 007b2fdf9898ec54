"""Security groups: which connections they let out and in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, INGRESS, LAUNCH_TEMPLATE, SECURITY_GROUP, VPC
from assembly.references import Node, Reference
from assembly.resource import Resource
from guardrails.reach.subnets import network_of
from kube.values import Json, Unknown, dicts, look_up, several, text

Key = Node | None
"""What tells a security group from others; None where only a deploy knows which it is."""
OF_CLUSTER = "ClusterSecurityGroupId"
PROTOCOLS = {"tcp": ("tcp", "6"), "udp": ("udp", "17")}
ANY = ({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},)


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A connection from one side to another; of a side without networks the addresses aren't known."""

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
    return tuple(key_of(environment, each) for each in several(value, *path))


def key_of(environment: Environment, value: object) -> Key:
    """Return the security group that a value stands for."""
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
    found = [
        *keys(environment, data, "SecurityGroupIds"),
        *(key for each in interfaces for key in each),
    ]
    return tuple(found) or (of_cluster(cluster),)


def name_of(key: Key) -> str:
    """Return a security group for people."""
    return "a security group that only a deploy knows" if key is None else key[1]


def lets_out(environment: Environment, flow: Flow) -> bool:
    """Tell whether one of the source's groups lets a connection out, or may."""
    return not flow.sources or any(
        rules is None or any(_fits(environment, each, flow, "Destination") for each in rules)
        for rules in (_rules(environment, key, "Egress") for key in flow.sources)
    )


def lets_in(environment: Environment, flow: Flow) -> bool:
    """Tell whether one of the target's groups lets a connection in, or may."""
    return any(
        rules is None or any(_fits(environment, each, flow, "Source") for each in rules)
        for rules in (_rules(environment, key, "Ingress") for key in flow.targets)
    )


def _rules(environment: Environment, key: Key, direction: str) -> Sequence[object] | None:
    """Return the rules of a group, None where they were made elsewhere."""
    if key is None:
        return None
    added = _added(environment).get((key, direction), [])
    owner, _, attribute = key[1].partition(".")
    cluster = environment.by_node.get((key[0], owner)) if attribute == OF_CLUSTER else None
    if cluster is not None and cluster.kind == CLUSTER:
        itself = {"IpProtocol": "-1", "SourceSecurityGroupId": key}
        return [*added, itself] if direction == "Ingress" else [*added, *ANY]
    group = environment.by_node.get(key)
    if group is None or group.kind != SECURITY_GROUP:
        return None
    own = group.properties.get(f"SecurityGroup{direction}")
    # EC2 opens the way out of a group that says nothing about it.
    by_default = ANY if direction == "Egress" and own is None and not added else ()
    return [*several(group.properties, f"SecurityGroup{direction}"), *added, *by_default]


@indexed
def _added(environment: Environment) -> Mapping[tuple[Key, str], list[Json]]:
    kinds = {INGRESS: "Ingress", "AWS::EC2::SecurityGroupEgress": "Egress"}
    return grouped(
        ((key_of(environment, each.properties.get("GroupId")), direction), each.properties)
        for kind, direction in kinds.items()
        for each in environment.resources(kind)
    )


def _fits(environment: Environment, rule: object, flow: Flow, side: str) -> bool:
    """Tell whether a rule lets a connection through, or may: what can't be read here is let pass."""
    into = side == "Source"
    peers, network = (flow.sources, flow.source) if into else (flow.targets, flow.target)
    protocol = look_up(rule, "IpProtocol")
    if isinstance(rule, Unknown) or isinstance(protocol, Unknown):
        return True
    if text(protocol) != "-1" and not (
        text(protocol).lower() in PROTOCOLS[flow.protocol] and _holds(rule, flow.port)
    ):
        return False
    group = look_up(rule, f"{side}SecurityGroupId")
    if group is not None:
        key = group if isinstance(group, tuple) else key_of(environment, group)
        return key is None or any(peer in (None, key) for peer in peers)
    if (written := look_up(rule, "CidrIp")) is None:
        # A prefix list may hold anything.
        return look_up(rule, "CidrIpv6") is None
    outer = range_of(environment, written)
    return outer is None or network is None or network.subnet_of(outer)


def _holds(rule: object, port: int) -> bool:
    ends = [text(rule, end) for end in ("FromPort", "ToPort")]
    return not all(end.isdecimal() for end in ends) or int(ends[0]) <= port <= int(ends[1])


def range_of(environment: Environment, written: object) -> IPv4Network | None:
    """Return the range that a value is, also where it is that of a VPC."""
    if isinstance(written, Reference) and written.attribute == "CidrBlock":
        found = environment.by_node.get(written.node)
        if found is not None and found.kind == VPC:
            return network_of(found.properties.get("CidrBlock"))
    return network_of(written)
